"""A call goes on with a colleague: they are called, told who waits, and joined when they agree."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import AGENT
from orchestrator.engine.call_words import nobody_free, plain
from orchestrator.engine.context import Context
from orchestrator.engine.handing_over import TRANSFER, spoken_by
from orchestrator.engine.media import HangUp
from storage import calls, clock, reported, tasks, worked_leads
from storage.database import transaction
from storage.reported import Reported
from storage.tasks import OpenTask

RINGS: Final = timedelta(seconds=25)
"""How long a colleague's phone rings."""
LONGEST_BRIEFING: Final = 600
"""Characters; the person waits meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Call a colleague and join them with the person."""

    attempt_id: UUID
    to: str
    from_: str
    rings: timedelta = RINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the colleague hears; they press a key to take the call."""

    attempt_id: UUID
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Each step may be asked for again; nothing is done twice."""

    ctx: Context

    async def follow(self, attempt_id: UUID, call_ref: str) -> Dial | HangUp:
        """Our side has closed the conversation: go on with a colleague if that was wished for."""
        async with transaction(self.ctx.database) as tx:
            attempt = await self._of(tx, attempt_id, call_ref)
            if attempt is None or await self._wish(tx, attempt) is None:
                return HangUp()
            agent = (await spoken_by(self.ctx, tx, attempt)).agent
            call = await calls.find(tx, attempt_id)
        if agent is None or agent.transfer_to is None or call is None:
            return HangUp()
        return Dial(attempt_id=attempt_id, to=agent.transfer_to, from_=call.our_phone)

    async def brief(self, attempt_id: UUID) -> Brief | HangUp:
        """A colleague has answered."""
        async with transaction(self.ctx.database) as tx:
            attempt = await reported.lock(tx, attempt_id)
            wish = None if attempt is None else await self._wish(tx, attempt)
            if attempt is None or wish is None:
                return HangUp()
            lead = await worked_leads.get(tx, attempt.lead_id)
            title = (await spoken_by(self.ctx, tx, attempt)).campaign.title
        name = " ".join(part for part in (lead.first_name, lead.last_name) if part) or "Somebody"
        of = f" of {lead.company}" if lead.company else ""
        words = f"{name}{of} is on the line about {title}. {wish.body}"[:LONGEST_BRIEFING]
        return Brief(attempt_id=attempt_id, words=f"{words} Press any key to take the call.")

    async def accepted(self, attempt_id: UUID) -> None:
        """The colleague has pressed a key: there is nothing left to call back for."""
        async with transaction(self.ctx.database) as tx:
            attempt = await reported.lock(tx, attempt_id)
            if attempt is not None:
                now = await clock.now(tx)
                await tasks.finish_all(tx, attempt.lead_id, TRANSFER, by=AGENT.name, now=now)

    async def returned(self, attempt_id: UUID, call_ref: str) -> HangUp:
        """The colleague has left, or never came: then the task stays, and the person hears so."""
        async with transaction(self.ctx.database) as tx:
            attempt = await self._of(tx, attempt_id, call_ref)
            if attempt is None or await self._wish(tx, attempt) is None:
                return HangUp()
            agent = (await spoken_by(self.ctx, tx, attempt)).agent
        words, language = nobody_free(plain(agent.language) if agent else "en")
        return HangUp(words=words, language=language)

    async def _of(self, tx: AsyncConnection, attempt_id: UUID, call_ref: str) -> Reported | None:
        attempt = await reported.lock(tx, attempt_id)
        return attempt if attempt is not None and attempt.provider_ref == call_ref else None

    async def _wish(self, tx: AsyncConnection, attempt: Reported) -> OpenTask | None:
        """The wish that was said in this call and that nobody has answered."""
        if attempt.starting_at is None:
            return None
        return await tasks.latest(tx, attempt.lead_id, TRANSFER, attempt.starting_at)
