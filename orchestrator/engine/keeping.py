"""Recordings and transcripts go when they are old enough where the person is; held ones stay."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.recordings import discard
from outreach.law.law import Law
from outreach.law.places import places_of
from storage import clock, holds
from storage.database import transaction
from storage.holds import Old

log = structlog.get_logger(__name__)

FIRST: Final = UUID(int=0)
AT_ONCE: Final = 200

Forget = Callable[[AsyncConnection, Sequence[Old]], Awaitable[None]]


async def forget_old(ctx: Context) -> int:
    """Remove what is kept no longer, in batches; returns of how many calls."""
    limits, rules = ctx.limits, ctx.rulebook.tightened.values()

    def spoken(law: Law) -> timedelta:
        return min([limits.recordings_kept, *law.recordings_kept])

    def written(law: Law) -> timedelta:
        return min([limits.transcripts_kept, *law.transcripts_kept])

    async def remove(tx: AsyncConnection, old: Sequence[Old]) -> None:
        await holds.forget_recordings(tx, [one.id for one in old])
        files = sorted({file for one in old for file in one.files})
        await asyncio.to_thread(discard, ctx.recordings, files)

    async def unwrite(tx: AsyncConnection, old: Sequence[Old]) -> None:
        await holds.forget_transcripts(tx, [one.id for one in old])

    shortest = [one.recordings_kept for one in rules if one.recordings_kept is not None]
    done = await _each(
        ctx, holds.recorded, spoken, min([limits.recordings_kept, *shortest]), remove
    )
    shortest = [one.transcripts_kept for one in rules if one.transcripts_kept is not None]
    done += await _each(
        ctx, holds.written, written, min([limits.transcripts_kept, *shortest]), unwrite
    )
    if done:
        log.info("old recordings and transcripts were removed", calls=done)
    return done


async def _each(
    ctx: Context,
    read: Callable[..., Awaitable[list[Old]]],
    span: Callable[[Law], timedelta],
    shortest: timedelta,
    forget: Forget,
) -> int:
    total, after = 0, FIRST
    while True:
        async with transaction(ctx.database) as tx:
            now = await clock.now(tx)
            some = await read(tx, before=now - shortest, after=after, limit=AT_ONCE)
            old = [one for one in some if one.ended_at < now - span(_law(ctx, one))]
            if old:
                await forget(tx, old)
        ctx.seam("kept no longer")
        total += len(old)
        if len(some) < AT_ONCE:
            return total
        after = some[-1].id


def _law(ctx: Context, old: Old) -> Law:
    """The span hangs on the place alone, whatever the campaign is for."""
    return ctx.rulebook.law(places_of((old.phone,), old.country), "service")
