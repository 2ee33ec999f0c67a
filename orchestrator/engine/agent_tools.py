"""What an agent may do in a conversation, bound to its person and checked by our rules."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.tools import ToolResult
from orchestrator.engine.actions.actor import AGENT, PERSON
from orchestrator.engine.actions.schedule_callback import Promised, schedule_callback
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Where, read_where
from orchestrator.engine.worked import worked_by
from outreach.errors import Rejected
from outreach.outcome import Outcome
from storage import clock, leads, worked_leads
from storage.contention import patiently
from storage.database import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundTools:
    """The tools of one conversation; each deed is a transaction of its own and repeat-safe."""

    ctx: Context
    lead_id: UUID | None
    """None where we do not know for which lead they speak; then nothing can be planned."""
    contact_id: UUID
    source: str
    """call:ID | conversation:ID"""
    attempt_id: UUID | None = None
    """The call that is talked in."""

    async def schedule_callback(self, when: str) -> ToolResult:
        if self.lead_id is None:
            return ToolResult(done=False, say="A colleague has to arrange that.")
        try:
            promised = await patiently(partial(self._promise, self.lead_id, when))
        except Rejected as no:
            return ToolResult(done=False, say=str(no))
        moved = "That time is not allowed; the next one that is: " if promised.was_moved else ""
        return ToolResult(done=True, say=f"{moved}We call on {promised.words}, their time.")

    async def _promise(self, lead_id: UUID, when: str) -> Promised:
        async with transaction(self.ctx.database) as tx:
            await worked_leads.lock(tx, lead_id)
            where = await self._where(tx, lead_id, await clock.now(tx))
            return await schedule_callback(self.ctx, tx, where, when, AGENT)

    async def _where(self, tx: AsyncConnection, lead_id: UUID, now: datetime) -> Where:
        lead = await worked_leads.get(tx, lead_id)
        return await read_where(tx, lead_id, await worked_by(self.ctx, tx, lead.campaign_id), now)

    async def do_not_contact(self, words: str) -> ToolResult:
        reach = Reach(
            source=self.source,
            reason=Outcome.OPTED_OUT,
            by=PERSON,
            attempt_id=self.attempt_id,
        )
        await patiently(partial(self._suppress, reach))
        return ToolResult(
            done=True, say="They will not be contacted again.", ends_conversation=True
        )

    async def _suppress(self, reach: Reach) -> None:
        async with transaction(self.ctx.database) as tx:
            now = await clock.now(tx)
            await leads.lock(tx, await worked_leads.leads_of_contacts(tx, [self.contact_id]))
            await suppress_contacts(self.ctx, tx, [self.contact_id], reach, now)

    async def end_call(self, reason: str) -> ToolResult:
        return ToolResult(done=True, say="Say goodbye in one sentence.", ends_conversation=True)
