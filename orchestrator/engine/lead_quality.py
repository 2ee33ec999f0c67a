"""How good each lead is, computed anew when something about them has changed: by duties alone."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.accounts.quality import quality
from outreach.events import Kind
from storage import clock, duties, lead_quality, news
from storage.database import transaction
from storage.news import News

READER: Final = "quality"
BATCH: Final = 500
"""Events, or leads, in one transaction."""
FIRST: Final = UUID(int=0)
OF_COMPANIES: Final = frozenset({Kind.COMPANY_EDITED, Kind.COMPANY_MERGED})
KINDS: Final = OF_COMPANIES | {
    Kind.LEAD_ADDED,
    Kind.LEAD_EDITED,
    Kind.LEAD_MOVED,
    Kind.ATTEMPT_RESULT,
    Kind.MESSAGE_RECEIVED,
    Kind.MEETING_BOOKED,
    Kind.TOUCHPOINTS_RECEIVED,
    Kind.SUPPRESSED,
    Kind.UNSUPPRESSED,
}


async def follow_quality(ctx: Context) -> int:
    """Score whom the latest events are about; returns how many events were looked at. A duty.

    It comes behind the journeys, which score the touchpoints; what slips between the two counts
    from the next look on, a day later at most.
    """
    total, looked_at = 0, BATCH
    while looked_at == BATCH:
        async with transaction(ctx.database) as tx:
            batch = await news.read(tx, READER, KINDS, BATCH)
            await score(tx, await _whose(tx, batch.news))
        ctx.seam("quality followed")
        looked_at = batch.looked_at
        total += looked_at
    return total


async def fade_quality(ctx: Context) -> int:
    """Let time pass for everybody who was engaged; returns how many. A duty, once a day."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if await duties.is_done(tx, "quality decay", today):
            return 0
    total, after = 0, FIRST
    while True:
        async with transaction(ctx.database) as tx:
            found = await lead_quality.list_engaged(tx, now, after, BATCH)
            await score(tx, found)
        ctx.seam("quality faded")
        if not found:
            break
        total, after = total + len(found), found[-1]
    async with transaction(ctx.database) as tx:
        await duties.claim_period(tx, "quality decay", today)
    return total


async def score(tx: AsyncConnection, lead_ids: Collection[UUID]) -> None:
    """Compute and store the quality of these leads; the same again changes nothing."""
    if not lead_ids:
        return
    now = await clock.now(tx)
    known = await lead_quality.facts_of(tx, lead_ids, now)
    await lead_quality.store(tx, {one.lead_id: quality(one.facts) for one in known})


async def _whose(tx: AsyncConnection, batch: Sequence[News]) -> set[UUID]:
    own = {one.lead_id for one in batch if one.lead_id}
    contacts = {one.contact_id for one in batch if one.contact_id}
    companies = {one.company_id for one in batch if one.company_id and one.kind in OF_COMPANIES}
    for one in batch:
        if one.kind is Kind.TOUCHPOINTS_RECEIVED:
            companies |= set(_uuids(one.data.get("companies")))
            contacts |= set(_uuids(one.data.get("contacts")))
    return own | set(await lead_quality.leads_of(tx, contacts, companies))


def _uuids(values: object) -> list[UUID]:
    return [UUID(str(one)) for one in values if one] if isinstance(values, list) else []
