"""Takes one person out of a campaign; doing it again changes nothing."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import hold_lead
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.events import Kind
from outreach.lead import Work
from storage import attempts, clock, conversations, lead_membership, leads, worked_leads

REMOVED: Final = "removed"


async def remove_lead(ctx: Context, tx: AsyncConnection, lead_id: UUID, actor: Actor) -> bool:
    """End the lead and take back what is planned; False when it was taken out before.

    What is under way goes on to its end, and nothing follows it. The lead stays in the history.
    Raises Rejected for an unknown lead.
    """
    require(actor, Role.OPERATOR)
    lead = await hold_lead(tx, lead_id)
    if lead.closed_reason is not None:
        return False
    now = await clock.now(tx)
    open_now = await worked_leads.open_attempts(tx, lead_id)
    ids = [one.id for one in open_now if one.state in (State.PLANNED, State.CLAIMED)]
    await attempts.cancel(tx, ids, by=actor.name, reason=REMOVED, now=now)
    await conversations.stop_waiting(tx, lead_id)
    await lead_membership.close(
        tx, lead_id, kind=Kind.LEAD_REMOVED, reason=REMOVED, by=actor.name, now=now
    )
    if await worked_leads.not_in_flight(tx, [lead_id]):
        await leads.set_work(tx, [lead_id], Work.ENDED, REMOVED)
    return True
