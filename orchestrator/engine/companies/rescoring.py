"""Measures every company anew after the profile has changed, in batches. A part of the duty."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.companies.measuring import current_icp, measured, told_fits
from orchestrator.engine.context import Context
from storage import clock, companies, rescoring
from storage.companies import Company
from storage.database import transaction
from storage.events import record

BATCH: Final = 500
"""Companies that one transaction measures."""


async def rescore(ctx: Context) -> int:
    """Measure all companies by the newest profile, from where it was left; returns how many."""
    total = 0
    while True:
        async with transaction(ctx.database) as tx:
            done = await _batch(ctx, tx)
        if done is None:
            return total
        ctx.seam("rescored")
        total += done


async def _batch(ctx: Context, tx: AsyncConnection) -> int | None:
    """None when all are measured by the newest version."""
    icp = await current_icp(ctx, tx)
    if icp is None or await rescoring.is_done(tx, icp.version):
        return None
    # Who is made meanwhile waits for this, and is then measured by the same version.
    await companies.hold_all(tx)
    after = await rescoring.hold_place(tx, icp.version)
    found = await companies.hold_after(tx, after, BATCH)
    await write_measured(tx, [(one, measured(one, icp)) for one in found])
    up_to = found[-1].id if found else after
    await rescoring.go_on(tx, icp.version, up_to, done=len(found) < BATCH)
    return len(found)


async def write_measured(tx: AsyncConnection, pairs: list[tuple[Company, Company]]) -> None:
    """Write companies that were measured, each before and after, with the events of it."""
    await companies.write(tx, [after for before, after in pairs if before.fit != after.fit])
    await record(tx, told_fits(pairs, await clock.now(tx)))
