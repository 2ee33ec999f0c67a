"""Who holds the right to reach a person just now: one attempt per channel and phone."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Lines are taken by the claim alone (storage/taking.py).
_RELEASE = text("DELETE FROM lines WHERE attempt_id = ANY(cast(:ids AS uuid[]))")


async def release(tx: AsyncConnection, attempt_ids: Collection[UUID]) -> None:
    """Give back the lines of these attempts; those that hold none are passed over.

    Belongs last into a transaction that ends, cancels or re-plans them: lines are locked after
    leads and attempts.
    """
    if attempt_ids:
        await tx.execute(_RELEASE, {"ids": list(attempt_ids)})
