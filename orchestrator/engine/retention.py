"""The duty that lets go of what is old: never more at once than nobody notices."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from orchestrator.engine.context import Context
from orchestrator.engine.keeping import forget_old
from orchestrator.engine.provider_copies import delete_copies
from storage import api_answers, clock, duties, pre_dial, retention
from storage.database import transaction

log = structlog.get_logger(__name__)

FIRST: Final = UUID(int=0)
LONGEST_ANSWER: Final = timedelta(days=1)
"""No answer of a pre-dial check is configured to hold longer."""


async def let_go(ctx: Context) -> int:
    """Drop old months, prune old tries; returns how many months and attempts went. A duty.

    Each month and each batch is a transaction of its own.
    """
    await _forget_answers(ctx)
    await forget_old(ctx)
    await delete_copies(ctx)
    async with transaction(ctx.database) as tx:
        await api_answers.forget_old(tx)
    return await drop_months(ctx) + await prune_attempts(ctx)


async def _forget_answers(ctx: Context) -> None:
    """Nobody asks for what was said about a number the day before."""
    async with transaction(ctx.database) as tx:
        await pre_dial.forget(tx, await clock.now(tx) - LONGEST_ANSWER)


async def drop_months(ctx: Context) -> int:
    """Months of events and of the inbox that policy no longer keeps (business time)."""
    kept = {"events": ctx.limits.events_kept, "inbox": ctx.limits.inbox_kept}
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        old = [
            name
            for table, span in kept.items()
            for name in await retention.list_old_months(tx, table, now - span)
        ]
    dropped = 0
    for name in old:
        async with transaction(ctx.database) as tx:
            gone = await retention.drop_month(tx, name)
        if gone:
            log.info("a month was dropped", table=name)
        dropped += gone
    ctx.seam("months dropped")
    return dropped


async def prune_attempts(ctx: Context) -> int:
    """Closed attempts of campaigns that are over, batch by batch; each campaign once a month."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        before = now - ctx.limits.attempts_kept
        over = await retention.list_over(tx, before)
    return sum([await _prune(ctx, campaign, now, before) for campaign in over])


async def _prune(ctx: Context, campaign_id: UUID, now: datetime, before: datetime) -> int:
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    name = f"prune {campaign_id}"
    async with transaction(ctx.database) as tx:
        if await duties.is_done(tx, name, month):
            return 0
    total, after = 0, FIRST
    while True:
        async with transaction(ctx.database) as tx:
            pruned = await retention.prune(
                tx, campaign_id, after=after, before=before, limit=ctx.limits.prune_batch
            )
        ctx.seam("pruned")
        total += pruned.attempts
        if pruned.last is None:
            break
        after = pruned.last
    # Said at the end: whoever dies on the way begins again, and that changes nothing.
    async with transaction(ctx.database) as tx:
        await duties.claim_period(tx, name, month)
    return total
