"""A hint to all processes that there may be work: never needed, because everybody polls."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL: Final = "outreach_work"

_NOTIFY = text(f"NOTIFY {CHANNEL}")


async def notify(tx: AsyncConnection) -> None:
    """Wake everybody when the transaction commits; once per command, never per attempt.

    A NOTIFY takes a lock of the whole server at commit, so hot paths do without.
    """
    await tx.execute(_NOTIFY)
