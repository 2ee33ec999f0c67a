"""Take back what is planned for one lead; doing it again changes nothing."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import hold_lead
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.lead import Work
from storage import attempts, clock, conversations, leads, worked_leads

CANCELLED = "follow_up_cancelled"


async def cancel_follow_up(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, actor: Actor
) -> frozenset[UUID]:
    """Cancel the lead's planned attempt and its waiting for an answer; returns what was cancelled.

    What is under way goes on; its own end decides anew. Raises Rejected for an unknown lead.
    """
    require(actor, Role.REP)
    await hold_lead(tx, lead_id)
    now = await clock.now(tx)
    open_now = await worked_leads.open_attempts(tx, lead_id)
    ids = [one.id for one in open_now if one.state in (State.PLANNED, State.CLAIMED)]
    cancelled = await attempts.cancel(tx, ids, by=actor.name, reason=CANCELLED, now=now)
    await conversations.stop_waiting(tx, lead_id)
    lead = await worked_leads.get(tx, lead_id)
    under_way = await worked_leads.not_in_flight(tx, [lead_id]) == []
    if not under_way and lead.work is not Work.ENDED:
        await leads.set_work(tx, [lead_id], Work.ENDED, CANCELLED)
    return cancelled
