"""What an agent may do in a conversation, bound to its person and checked by our rules."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.tools import (
    BookMeeting,
    DoNotContact,
    EndCall,
    ScheduleCallback,
    SendWhatsApp,
    ToolResult,
    TransferToHuman,
    Wish,
)
from orchestrator.engine.actions.actor import AGENT, PERSON
from orchestrator.engine.actions.book_meeting import Occasion, book_meeting, on_their_clock
from orchestrator.engine.actions.schedule_callback import schedule_callback
from orchestrator.engine.actions.send_promised import send_promised
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.handing_over import ask_for_colleague
from orchestrator.engine.plan_next import Where, read_where
from orchestrator.engine.worked import worked_by
from outreach.errors import Rejected
from outreach.outcome import Outcome
from storage import clock, leads, worked_leads
from storage.contention import patiently
from storage.database import transaction
from storage.tasks import Task, open_task

ForLead: TypeAlias = ScheduleCallback | BookMeeting | SendWhatsApp


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

    async def use(self, wish: Wish) -> ToolResult:
        match wish:
            case DoNotContact():
                return await self._never_again()
            case TransferToHuman(reason=reason):
                return await patiently(partial(self._transfer, reason))
            case EndCall():
                said = "Say goodbye in one sentence."
                return ToolResult(done=True, say=said, ends_conversation=True)
            case ScheduleCallback() | BookMeeting() | SendWhatsApp():
                return await self._for_lead(wish)
            case _:
                assert_never(wish)

    async def _for_lead(self, wish: ForLead) -> ToolResult:
        if self.lead_id is None:
            return ToolResult(done=False, say="A colleague has to arrange that.")
        try:
            said = await patiently(partial(self._decide, self.lead_id, wish))
        except Rejected as no:
            if isinstance(wish, BookMeeting) and no.code == "no_calendar":
                await patiently(partial(self._ask_colleague, self.lead_id, wish))
            return ToolResult(done=False, say=str(no))
        return ToolResult(done=True, say=said)

    async def _decide(self, lead_id: UUID, wish: ForLead) -> str:
        """What the agent says of it, on the person's clock. Raises Rejected."""
        async with transaction(self.ctx.database) as tx:
            await worked_leads.lock(tx, lead_id)
            where = await self._where(tx, lead_id, await clock.now(tx))
            match wish:
                case ScheduleCallback(when=when):
                    promised = await schedule_callback(self.ctx, tx, where, when, AGENT)
                    moved = "That time is not allowed; the next one that is: "
                    said = f"We call on {promised.words}, their time."
                    return (moved if promised.was_moved else "") + said
                case BookMeeting(when=when):
                    occasion = Occasion(source=self.source, attempt_id=self.attempt_id)
                    meeting = await book_meeting(self.ctx, tx, where, when, occasion, AGENT)
                    at = on_their_clock(meeting.starts_at, where.lead.zone or "UTC")
                    return f"The meeting is booked for {at}, their time."
                case SendWhatsApp():
                    await send_promised(self.ctx, tx, where, AGENT)
                    return "The message leaves after this conversation."
                case _:
                    assert_never(wish)

    async def _transfer(self, reason: str) -> ToolResult:
        """The task is written first: whoever is not reached calls back."""
        if self.lead_id is None or self.attempt_id is None:
            return ToolResult(done=False, say="A colleague has to arrange that.")
        async with transaction(self.ctx.database) as tx:
            reached = await ask_for_colleague(self.ctx, tx, self.attempt_id, reason)
        if not reached:
            return ToolResult(done=True, say="Nobody can take the call; a colleague calls back.")
        said = "Say in one sentence that you connect them now."
        return ToolResult(done=True, say=said, ends_conversation=True)

    async def _where(self, tx: AsyncConnection, lead_id: UUID, now: datetime) -> Where:
        lead = await worked_leads.get(tx, lead_id)
        return await read_where(tx, lead_id, await worked_by(self.ctx, tx, lead.campaign_id), now)

    async def _ask_colleague(self, lead_id: UUID, wish: BookMeeting) -> None:
        """Nobody keeps a calendar here, and yet somebody wants to meet us."""
        async with transaction(self.ctx.database) as tx:
            now = await clock.now(tx)
            task = Task(
                id=self.ctx.new_id(now),
                kind="arrange_meeting",
                body=wish.when,
                created_by=AGENT.name,
                created_at=now,
                lead_id=lead_id,
                contact_id=self.contact_id,
            )
            await open_task(tx, task)

    async def _never_again(self) -> ToolResult:
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
