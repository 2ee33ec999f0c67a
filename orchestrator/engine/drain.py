"""How a process ends: nothing new, starts finished, claims given back, live calls let go on."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from orchestrator.engine.context import Context
from orchestrator.engine.recover import return_claimed
from orchestrator.engine.tick import Ticker
from storage import leases, processes
from storage.database import transaction

LOOK_EVERY_S = 0.2

Found = TypeVar("Found")
log = structlog.get_logger(__name__)


async def drain(ctx: Context, ticker: Ticker, live_calls: Callable[[], Collection[UUID]]) -> bool:
    """Bring this process to its end; False when calls were still live after the time it had.

    `live_calls` are the attempts whose conversation this process holds. What it could not finish,
    for want of time or because the database is away, is found by its lease, as after a crash.
    """
    ticker.draining = True
    await _try(lambda: _refuse_calls(ctx), None)
    ctx.seam("draining")
    await ticker.idle()
    while await _try(lambda: return_claimed(ctx, own=True), 0) >= ctx.limits.recover_batch:
        pass
    return await _let_end(ctx, live_calls)


async def leave(ctx: Context) -> None:
    """The last word of a process: it is gone. Nothing of it may beat any more."""

    async def go() -> None:
        async with transaction(ctx.database) as tx:
            await processes.leave(tx, ctx.process_id)

    await _try(go, None)


async def _refuse_calls(ctx: Context) -> None:
    async with transaction(ctx.database) as tx:
        await processes.drain(tx, ctx.process_id)


async def _let_end(ctx: Context, live_calls: Callable[[], Collection[UUID]]) -> bool:
    """Wait for calls that are being held, and for those that still ring: somebody may answer."""
    clock = asyncio.get_running_loop().time
    until = clock() + ctx.limits.drain.total_seconds()
    while await _calls(ctx, live_calls):
        if clock() >= until:
            return False
        await _try(lambda: renew(ctx, live_calls()), None)
        await asyncio.sleep(LOOK_EVERY_S)
    return True


async def _calls(ctx: Context, live_calls: Callable[[], Collection[UUID]]) -> Collection[UUID]:
    async def known() -> Collection[UUID]:
        async with transaction(ctx.database) as tx:
            return await processes.list_calls(tx, ctx.process_id)

    unknown: Collection[UUID] = ()
    return {*live_calls(), *await _try(known, unknown)}


async def renew(ctx: Context, live_calls: Collection[UUID]) -> None:
    """Say that these calls are in good hands: nobody need ask the provider about them."""
    if not live_calls:
        return
    async with transaction(ctx.database) as tx:
        await leases.renew(tx, live_calls, ctx.limits.started_lease)


async def _try(deed: Callable[[], Awaitable[Found]], otherwise: Found) -> Found:
    """Do it; a database that is away keeps no process from ending."""
    try:
        return await deed()
    except (SQLAlchemyError, PoolTimeout, OSError):
        log.warning("the database is away while this process ends", exc_info=True)
        return otherwise
