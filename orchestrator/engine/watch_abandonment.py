"""Campaigns in which too many people answer to silence are paused."""

from uuid import UUID

import structlog

from orchestrator.engine.context import Context
from outreach.abandonment import SPAN
from storage import abandonment, campaigns, clock
from storage.campaigns import StatusChange
from storage.database import transaction

log = structlog.get_logger(__name__)

REASON = "abandonment"


async def pause_abandoned(ctx: Context) -> int:
    """Count, remember for monitoring, pause what is above the bound; returns how many. A duty.

    Whoever lets a campaign go on has mended something: it is judged by its calls from then on.
    """
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        running = await abandonment.running(tx)
    found = {}
    above: list[UUID] = []
    for id, name, resumed_at in running:
        since = now - SPAN
        async with transaction(ctx.database) as tx:
            found[name] = await abandonment.count(tx, id, since=since, now=now)
            judged = found[name]
            if resumed_at is not None and resumed_at > since:
                judged = await abandonment.count(tx, id, since=resumed_at, now=now)
        if judged.is_too_much(ctx.limits.abandoned_percent):
            above.append(id)
    async with transaction(ctx.database) as tx:
        await abandonment.keep(tx, found, now)
    return sum([await _pause(ctx, id) for id in above])


async def _pause(ctx: Context, campaign_id: UUID) -> bool:
    async with transaction(ctx.database) as tx:
        campaign = await campaigns.lock(tx, campaign_id)
        if campaign is None or campaign.status != "running":
            return False
        change = StatusChange(
            campaign_id=campaign.id, before="running", status="paused", reason=REASON
        )
        await campaigns.set_status(tx, change, await clock.now(tx))
    log.warning("campaign paused", campaign=campaign.name, reason=REASON)
    return True
