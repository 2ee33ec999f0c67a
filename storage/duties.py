"""Who does what only one may do, and for which period it has been done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database import transaction

# Who freezes in the middle holds the duty no longer than this.
_TRY = text("""
SELECT pg_try_advisory_xact_lock(hashtext('outreach duty'), hashtext(:name)) AS mine,
       set_config('idle_in_transaction_session_timeout', '10min', true)
""")

_CLAIM_PERIOD = text("""
INSERT INTO duties (name, done_for) VALUES (:name, :period)
ON CONFLICT (name) DO UPDATE SET done_for = excluded.done_for
  WHERE duties.done_for IS NULL OR duties.done_for < excluded.done_for
RETURNING name
""")

_IS_DONE = text("SELECT EXISTS (SELECT FROM duties WHERE name = :name AND done_for >= :period)")


@asynccontextmanager
async def alone(engine: AsyncEngine, name: str) -> AsyncIterator[bool]:
    """Whether this process may do the duty now; no other does it meanwhile.

    The lock ends with its own transaction, so it also works behind a transaction pooler and ends
    with the process.
    """
    async with transaction(engine) as tx:
        yield bool((await tx.execute(_TRY, {"name": name})).one().mine)


async def is_done(tx: AsyncConnection, name: str, period: datetime) -> bool:
    """Whether a duty was done for the period that begins at `period`, or for a later one."""
    return bool((await tx.execute(_IS_DONE, {"name": name, "period": period})).scalar_one())


async def claim_period(tx: AsyncConnection, name: str, period: datetime) -> bool:
    """Take a daily or hourly duty for the period that begins at `period` (business time).

    False when it was done for that period or a later one. It counts as done if the caller's
    transaction commits.
    """
    row = (await tx.execute(_CLAIM_PERIOD, {"name": name, "period": period})).first()
    return row is not None
