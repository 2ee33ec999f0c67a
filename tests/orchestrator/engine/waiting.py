"""Waits for the fact that somebody waits."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import transaction


async def somebody_waits(engine: AsyncEngine) -> None:
    """Return when a session of this database waits for a row."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    found = 0
    async with asyncio.timeout(10):
        while not found:
            # A transaction of its own each time: within one the view shows the same for ever.
            async with transaction(engine) as tx:
                found = (await tx.execute(waiting)).scalar_one()
