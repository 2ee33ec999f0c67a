"""Takes one person from a campaign into another: the old lead ends, a new one begins."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import hold_lead, open_campaign
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.replan import replan_leads
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lead import Status, Work
from storage import attempts, clock, conversations, lead_membership, leads, worked_leads
from storage.worked_leads import WorkedLead

MOVED: Final = "moved"
NEVER: Final = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT})


async def move_lead(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, to: str, actor: Actor
) -> UUID:
    """Begin anew with the person in campaign `to`; returns the new lead.

    Its history stays with the old lead. Raises Rejected while an attempt is under way, for who
    must not be contacted, and where the campaign is over or has a lead with the number.
    """
    require(actor, Role.OPERATOR)
    target = await open_campaign(tx, to)
    if await worked_leads.exists(tx, lead_id):
        source = await worked_leads.get(tx, lead_id)
        await lead_membership.hold_campaigns(tx, [source.campaign_id, target.id])
    lead = await hold_lead(tx, lead_id)
    _refuse(lead, target.id, to)
    if not await worked_leads.not_in_flight(tx, [lead_id]):
        raise Rejected(
            code="in_flight",
            message="This person is being contacted just now.",
            fix="Wait until that is over.",
            where="lead",
        )
    now = await clock.now(tx)
    open_now = await worked_leads.open_attempts(tx, lead_id)
    await attempts.cancel(tx, [one.id for one in open_now], by=actor.name, reason=MOVED, now=now)
    await conversations.stop_waiting(tx, lead_id)
    await lead_membership.close(
        tx, lead_id, kind=Kind.LEAD_MOVED, reason=MOVED, by=actor.name, now=now
    )
    await leads.set_work(tx, [lead_id], Work.ENDED, MOVED)
    new_id = await lead_membership.bring_back(
        tx, target.id, phone=lead.phone, whatsapp=lead.whatsapp, now=now
    )
    if new_id is None:
        new_id = ctx.new_id(now)
        if not await lead_membership.copy(tx, lead_id, new_id, target.id, now):
            raise Rejected(
                code="already_in_campaign",
                message=f"The campaign {to} already has a lead with this number.",
                fix="Remove this one instead.",
                where="lead",
            )
    await replan_leads(ctx, tx, [new_id])
    return new_id


def _refuse(lead: WorkedLead, target: UUID, to: str) -> None:
    if lead.campaign_id == target:
        raise Rejected(
            code="same_campaign",
            message=f"The lead is in {to} already.",
            fix="Name another campaign; `outreach campaign list` shows them.",
            where="campaign",
        )
    if lead.closed_reason is not None:
        raise Rejected(
            code="lead_closed",
            message=f"The lead was {lead.closed_reason} before.",
            fix="Act on the lead that it became.",
            where="lead",
        )
    if lead.status in NEVER:
        raise Rejected(
            code="do_not_contact",
            message="This person does not want to be contacted, in no campaign.",
            fix="Leave them alone; a new consent is imported before anything else.",
            where="lead",
        )
