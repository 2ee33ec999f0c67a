"""Finds and holds the lead that somebody acts on, or says that there is none."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from storage import campaigns, worked_leads
from storage.campaigns import Campaign
from storage.worked_leads import WorkedLead

OVER = frozenset({"cancelled", "archived"})


async def hold_lead(tx: AsyncConnection, lead_id: UUID) -> WorkedLead:
    """The lead, held until the transaction ends. Raises Rejected for an unknown one."""
    if not await worked_leads.exists(tx, lead_id):
        raise Rejected(
            code="unknown_lead",
            message=f"There is no lead {lead_id}.",
            fix="`outreach leads list` shows those that there are.",
            where="lead",
        )
    await worked_leads.lock(tx, lead_id)
    return await worked_leads.get(tx, lead_id)


async def open_campaign(tx: AsyncConnection, name: str) -> Campaign:
    """A campaign that people may be brought into. Raises Rejected for another one."""
    row = await campaigns.find(tx, name)
    if row is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name}.",
            fix="`outreach campaign list` shows those that there are.",
            where="campaign",
        )
    if row.status in OVER:
        raise Rejected(
            code="campaign_over",
            message=f"The campaign {name} is {row.status}; nobody in it is contacted any more.",
            fix="Choose another campaign, or `outreach campaign duplicate` this one.",
            where="campaign",
        )
    return row
