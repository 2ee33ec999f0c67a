"""The life of campaigns by the clock: they start, end, are cleared and completed."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_waiting
from outreach.lead import Work
from outreach.lifting import Lifter
from outreach.reason import Reason
from storage import attempts, campaigns, clock, leads, senders
from storage.campaigns import StatusChange
from storage.database import transaction
from storage.events import ENGINE

OVER_BY = {"cancelled": "campaign_cancelled", "archived": "campaign_archived"}


async def keep_calendar(ctx: Context) -> int:
    """Do what is due for campaigns and numbers; returns how many things were done."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        to_start = await campaigns.list_to_start(tx, now)
        to_clear = await campaigns.list_to_clear(tx, now)
        to_complete = await campaigns.list_to_complete(tx)
        unparked = await senders.unpark_due(tx, now)
        if unparked:
            await lift_waiting(tx, Lifter.SENDER_BACK)
    started = [await _start(ctx, id) for id in to_start]
    cleared = [await _clear(ctx, id) for id in to_clear]
    completed = [await _complete(ctx, id) for id in to_complete]
    return unparked + sum(started) + sum(cleared) + sum(completed)


async def _start(ctx: Context, id: UUID) -> bool:
    async with transaction(ctx.database) as tx:
        campaign = await campaigns.lock(tx, id)
        now = await clock.now(tx)
        if campaign is None or campaign.status != "scheduled":
            return False
        if campaign.start_at is not None and campaign.start_at > now:
            return False
        change = StatusChange(campaign_id=id, before=campaign.status, status="running")
        await campaigns.set_status(tx, change, now)
    ctx.seam("campaign started")
    return True


async def reopen(ctx: Context) -> int:
    """Let completed campaigns go on in which somebody may be contacted; returns how many.

    Here alone, each in a transaction of its own: who plans holds leads, and campaigns are locked
    before leads.
    """
    async with transaction(ctx.database) as tx:
        found = await campaigns.list_to_reopen(tx, await clock.now(tx))
    for id, reason in found.items():
        async with transaction(ctx.database) as tx:
            campaign = await campaigns.lock(tx, id)
            if campaign is None or campaign.status != "completed":
                continue
            change = StatusChange(
                campaign_id=id, before=campaign.status, status="running", reason=reason
            )
            await campaigns.set_status(tx, change, await clock.now(tx))
    return len(found)


async def _complete(ctx: Context, id: UUID) -> bool:
    """End a campaign that owes nobody anything; asked again under its lock."""
    async with transaction(ctx.database) as tx:
        campaign = await campaigns.lock(tx, id)
        if campaign is None or id not in await campaigns.list_to_complete(tx):
            return False
        change = StatusChange(campaign_id=id, before=campaign.status, status="completed")
        await campaigns.set_status(tx, change, await clock.now(tx))
    ctx.seam("campaign completed")
    return True


async def _clear(ctx: Context, id: UUID) -> int:
    """Take back what a campaign that is over still had planned, in batches."""
    cleared = 0
    while True:
        async with transaction(ctx.database) as tx:
            campaign = await campaigns.get(tx, id)
            if campaign is None:
                return cleared
            reason = OVER_BY.get(campaign.status, Reason.CAMPAIGN_ENDED.value)
            done = await _clear_batch(ctx, tx, id, reason)
        ctx.seam("campaign cleared")
        cleared += done
        if done < ctx.limits.recover_batch:
            return cleared


async def _clear_batch(ctx: Context, tx: AsyncConnection, id: UUID, reason: str) -> int:
    now, most = await clock.now(tx), ctx.limits.recover_batch
    planned = await campaigns.planned_attempts(tx, id, most)
    idle = await campaigns.open_leads(tx, id, most)
    # All at once: everybody locks leads in one order, and before their attempts.
    held = {*await attempts.leads_of(tx, planned), *idle}
    await leads.lock(tx, held)
    await attempts.cancel(tx, planned, by=ENGINE, reason=reason, now=now)
    over = [one for one in await campaigns.open_leads(tx, id, 2 * most) if one in held]
    await leads.set_work(tx, over, Work.ENDED, reason)
    return max(len(planned), len(over))
