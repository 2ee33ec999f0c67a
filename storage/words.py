"""The index of words takes new rows from its list of pending ones.

PostgreSQL keeps the words of new rows in a list beside the index, and lets whoever writes next
merge them once the list is long. Here somebody else merges, on a connection of their own.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

_BY_THE_WAY: Final = (
    # As long as it takes: nobody waits for this, and half a merge is not lost.
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL maintenance_work_mem = '64MB'",
    "SELECT gin_clean_pending_list('leads_search')",
)


async def merge(tx: AsyncConnection) -> None:
    """Bring the index up to date, with what is still being committed too."""
    for statement in _BY_THE_WAY:
        await tx.exec_driver_sql(statement)
