"""While rows come in, somebody else keeps the index of words up to date."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncEngine

from storage import words
from storage.database import transaction


@asynccontextmanager
async def indexing(database: AsyncEngine) -> AsyncIterator[Callable[[], None]]:
    """What it yields is called after each commit; when the block ends well, all is indexed.

    The merging takes a core as the loading does, and PostgreSQL lets both go on side by side.
    """
    fresh, over = asyncio.Event(), False

    async def merge() -> None:
        while True:
            await fresh.wait()
            fresh.clear()
            async with transaction(database) as tx:
                await words.merge(tx)
            if over and not fresh.is_set():
                return

    merging = asyncio.ensure_future(merge())
    try:
        yield fresh.set
        over = True
        fresh.set()
        await merging
    finally:
        merging.cancel()
        with suppress(asyncio.CancelledError):
            await merging
