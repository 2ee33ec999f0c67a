"""What kept people waiting may be over: they are looked at again, now or by a job in batches."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach import gate
from outreach.lifting import Lifter, lifts
from outreach.reason import Reason
from storage import clock
from storage import lifting as rows
from storage.database import transaction
from storage.lifting import Lift

TASK: Final = "lift_campaign"
LONGEST_WAIT: Final[timedelta] = gate.WHILE
"""Nobody is put off for longer who may be due at any moment."""
AT_ONCE: Final = 10_000
"""How many attempts one transaction makes due; the rest are due within the longest wait."""


async def lift_people(
    tx: AsyncConnection, lifter: Lifter, contact_ids: list[UUID], also: Collection[str] = ()
) -> int:
    """Look again, by the next duty, at these people's leads in all campaigns; returns how many.

    `also` are further codes for which the leads may have ended: the reason of a suppression.
    """
    reasons = {*lifts(lifter), *also}
    lift = Lift(lifter=lifter, reasons=reasons, now=await clock.now(tx))
    return await rows.recheck_people(tx, contact_ids, lift)


async def lift_waiting(tx: AsyncConnection, lifter: Lifter, campaign_id: UUID | None = None) -> int:
    """Make due what the gate has put off for minutes, in one campaign or in all."""
    now = await clock.now(tx)
    lift = Lift(lifter=lifter, reasons=lifts(lifter), now=now)
    until = now + LONGEST_WAIT
    return await rows.hasten(tx, lift, until=until, limit=AT_ONCE, campaign_id=campaign_id)


async def lift_campaign(
    ctx: Context, tx: AsyncConnection, lifter: Lifter, campaign_id: UUID
) -> None:
    """Let a job look again at a campaign's leads, in batches, once this has committed."""
    await lift_waiting(tx, lifter, campaign_id)
    await ctx.side_work.defer(tx, TASK, {"campaign_id": str(campaign_id), "lifter": lifter.value})


async def lift_everywhere(ctx: Context, tx: AsyncConnection, lifter: Lifter) -> None:
    """The same for every campaign that has somebody who waits for this."""
    await lift_waiting(tx, lifter)
    for campaign_id in await rows.campaigns_with(tx, lifts(lifter)):
        await lift_campaign(ctx, tx, lifter, campaign_id)


async def lift_in_batches(ctx: Context, campaign_id: str, lifter: str) -> int:
    """The job; again, or by two at once, changes nothing. Returns how many leads it touched."""
    what, id = Lifter(lifter), UUID(campaign_id)
    touched = 0
    while True:
        async with transaction(ctx.database) as tx:
            done = await _batch(ctx, tx, what, id)
        ctx.seam("lifted")
        touched += done
        if done < ctx.limits.unblock_batch:
            return touched


async def _batch(ctx: Context, tx: AsyncConnection, lifter: Lifter, campaign_id: UUID) -> int:
    now, limit = await clock.now(tx), ctx.limits.unblock_batch
    reasons = lifts(lifter)
    lift = Lift(lifter=lifter, reasons=reasons, now=now)
    done = await rows.recheck(tx, campaign_id, lift, limit)
    if Reason.CAMPAIGN_ENDED in reasons and done < limit:
        done += await rows.reopen(tx, campaign_id, Reason.CAMPAIGN_ENDED, now, limit - done)
    return done
