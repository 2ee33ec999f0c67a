"""A phone conversation is written down while it runs, turn by turn."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog

from orchestrator.engine import call_end, recordings, spending
from orchestrator.engine.actions.actor import AGENT
from orchestrator.engine.context import Context
from outreach.charges import Part
from outreach.outcome import AnsweredBy, Outcome
from outreach.prices import Used
from outreach.speech import Turn
from storage import calls, clock, decisions, reported
from storage.contention import patiently
from storage.database import transaction
from storage.recordings import Kept

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallJournal:
    """The journal of one outbound call, whose attempt has the same id."""

    ctx: Context
    call_id: UUID

    async def turn(self, turn: Turn) -> None:
        await patiently(partial(self._turn, turn))

    async def _turn(self, turn: Turn) -> None:
        async with transaction(self.ctx.database) as tx:
            await calls.write_turn(tx, self.call_id, turn)

    async def heard(self, answered_by: AnsweredBy, evidence: str) -> None:
        # Turn by turn the evidence stands in the transcript itself.
        async with transaction(self.ctx.database) as tx:
            await reported.lock(tx, self.call_id)
            await calls.set_heard(tx, self.call_id, answered_by)
            await reported.set_answered_by(tx, self.call_id, answered_by)

    async def disclosed(self, at: datetime) -> None:
        # The speaker's clock is the machine's; what people read is business time.
        async with transaction(self.ctx.database) as tx:
            await calls.set_disclosed(tx, self.call_id, await clock.now(tx))

    async def left_message(self) -> None:
        async with transaction(self.ctx.database) as tx:
            await calls.set_message_left(tx, self.call_id, await clock.now(tx))

    async def no_common_language(self) -> None:
        async with transaction(self.ctx.database) as tx:
            await reported.lock(tx, self.call_id)
            barrier = Outcome.LANGUAGE_BARRIER
            await decisions.foresee(tx, self.call_id, barrier, by=AGENT.name)

    async def used(self, used: Used) -> None:
        await patiently(partial(self._used, used))

    async def _used(self, used: Used) -> None:
        async with transaction(self.ctx.database) as tx:
            await reported.lock(tx, self.call_id)
            await spending.spend(self.ctx, tx, self.call_id, Part.CONVERSATION, used)

    async def closed(self, *, ended_by: str, recording: Path | None) -> None:
        kept = await self._keep(recording)
        await patiently(partial(self._close, ended_by, kept))

    async def _close(self, ended_by: str, kept: Kept | None) -> None:
        async with transaction(self.ctx.database) as tx:
            await reported.lock(tx, self.call_id)
            now = await clock.now(tx)
            call = await calls.lock(tx, self.call_id)
            assert call is not None, "the call was written down when it was answered"
            if kept is not None:
                await recordings.store_ours(self.ctx, tx, call, kept, now)
            await call_end.conversation_closed(self.ctx, tx, self.call_id, ended_by, now)

    async def _keep(self, recording: Path | None) -> Kept | None:
        """A recording that cannot be kept is no reason to lose the rest of the call."""
        if recording is None:
            return None
        try:
            return await asyncio.to_thread(
                recordings.keep, self.ctx.recordings, self.call_id, recording
            )
        except (OSError, recordings.Unusable):
            log.exception("A recording could not be kept", call_id=str(self.call_id))
            return None
