"""Where our copy of a recording is gone, the provider's goes too; asked until it says so."""

from typing import Final

import structlog

from channels.base import Unavailable
from orchestrator.engine.context import Context
from storage import clock, holds
from storage.database import transaction

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100


async def delete_copies(ctx: Context) -> int:
    """Ask for some of them; returns how many are gone. What fails is asked for the next time."""
    if ctx.delete_recording is None:
        return 0
    async with transaction(ctx.database) as tx:
        wanted = await holds.left_at_provider(tx, AT_ONCE)
    gone = 0
    for ref in wanted:
        try:
            await ctx.delete_recording(ref)
        except Unavailable:
            log.warning("the provider keeps a recording that is gone here", recording=ref)
            continue
        async with transaction(ctx.database) as tx:
            await holds.gone_at_provider(tx, ref, await clock.now(tx))
        gone += 1
    return gone
