"""A company's journey as people see it: replayed up to now from all that was told of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import score_all
from outreach.accounts.journey import Journey, replay
from storage import journeys


async def journey_of(tx: AsyncConnection, company_id: UUID, now: datetime) -> Journey:
    """As it would be computed at `now`; nothing is stored."""
    past = await journeys.past_of(tx, [company_id])
    promises = await journeys.promises_of(tx, [company_id])
    return replay(score_all(past[company_id].raws), promises[company_id], now)
