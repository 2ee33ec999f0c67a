"""Every webhook that was let in, once: what was told, and what became of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Status(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    """Tried as often as we try; a person has to look."""
    UNMATCHED = "unmatched"
    """It speaks of nothing that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: UUID
    month: date
    kind: str
    payload: Mapping[str, object]
    tries: int


# A repeat may fall into the next month, so the month before is asked too.
_ENTER = text("""
INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)
SELECT :id, :month, :source, :key, :kind, cast(:payload AS jsonb), :now, 'pending'
WHERE NOT EXISTS (
    SELECT FROM inbox WHERE month = :before AND source = :source AND key = :key)
ON CONFLICT (month, source, key) DO NOTHING
RETURNING id
""")


async def enter(
    tx: AsyncConnection,
    entry: Entry,
    *,
    source: str,
    key: str,
    now: datetime,
) -> bool:
    """Write a delivery down as pending; False when it has been seen before."""
    row = await tx.execute(
        _ENTER,
        {
            "id": entry.id,
            "month": entry.month,
            "before": month_of(entry.month - timedelta(days=1)),
            "source": source,
            "key": key,
            "kind": entry.kind,
            "payload": json.dumps(entry.payload),
            "now": now,
        },
    )
    return row.first() is not None


def month_of(moment: datetime | date) -> date:
    """The month, in UTC, under which a delivery of `moment` is kept."""
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return day.replace(day=1)


_SETTLE = text("""
UPDATE inbox SET status = :status, problem = NULL, retry_at = NULL, tries = tries + 1
WHERE month = :month AND id = :id
""")


async def settle(tx: AsyncConnection, entry: Entry, status: Status) -> None:
    """It was applied, or speaks of nothing we know."""
    await tx.execute(_SETTLE, {"month": entry.month, "id": entry.id, "status": status.value})


_POSTPONE = text("""
-- clock_timestamp() is machine time.
UPDATE inbox
SET status = :status, problem = :problem, tries = tries + 1,
    retry_at = CASE WHEN :status = 'pending' THEN clock_timestamp() + :wait END
WHERE month = :month AND id = :id
""")


async def postpone(
    tx: AsyncConnection, entry: Entry, *, problem: str, wait: timedelta | None
) -> None:
    """It could not be applied; tried again after `wait` of machine time, or never when None."""
    status = Status.FAILED if wait is None else Status.PENDING
    await tx.execute(
        _POSTPONE,
        {
            "month": entry.month,
            "id": entry.id,
            "status": status.value,
            "problem": problem,
            "wait": wait or timedelta(0),
        },
    )


# Two processes take different deliveries; the lock ends with the caller's transaction.
_TAKE = text("""
-- clock_timestamp() is machine time.
SELECT id, month, kind, payload, tries FROM inbox
WHERE status = 'pending' AND retry_at <= clock_timestamp()
ORDER BY retry_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
""")


async def take_pending(tx: AsyncConnection) -> Entry | None:
    """One delivery whose time to be tried again has come, locked; None when there is none."""
    row = (await tx.execute(_TAKE)).first()
    return None if row is None else Entry(**row._mapping)
