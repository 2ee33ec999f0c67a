"""What is old enough goes: whole months of events and deliveries, and tries that led to nothing.

A month goes as one table, so nothing is left for vacuum, and nobody waits: who cannot have the
table at once leaves it for the next time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partitions import PARTITIONED, month_start

LOCK_NOT_AVAILABLE: Final = "55P03"
MONTH: Final = re.compile(r"(?P<table>[a-z]+)_(?P<year>\d{4})_(?P<month>\d{2})")

_MONTHS = text("""
SELECT child.relname FROM pg_inherits i
JOIN pg_class child ON child.oid = i.inhrelid
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_namespace n ON n.oid = parent.relnamespace
WHERE parent.relname = :table AND n.nspname = current_schema()
ORDER BY child.relname
""")
# Whoever writes queues behind a lock that is waited for: so nobody waits for it longer than this.
_BRIEFLY = text("SELECT set_config('lock_timeout', '100ms', true)")

_PENDING = "SELECT EXISTS (SELECT FROM {name} WHERE status = 'pending')"
_NOT_COUNTED = """
SELECT EXISTS (SELECT FROM {name} WHERE (tx, seq) > (
  SELECT coalesce(max(cast(state->>'tx' AS xid8)), cast('0' AS xid8)),
         coalesce(max((state->>'seq')::bigint), 0)
  FROM duties WHERE name = 'tallies'))
"""
NEEDED: Final = {"inbox": _PENDING, "events": _NOT_COUNTED}
"""Whether a month still holds what somebody has to do something with."""

_OVER = text("""
SELECT id FROM campaigns
WHERE status IN ('completed', 'cancelled', 'archived') AND ended_at < :before
ORDER BY id
""")

# What was said stays, and the last try of each lead; what they used up of caps is long forgotten.
_PRUNE = text("""
WITH batch AS MATERIALIZED (
  SELECT id FROM leads WHERE campaign_id = :campaign AND id > :after AND work = 'ended'
  ORDER BY id LIMIT :limit
), gone AS (
  DELETE FROM attempts a USING batch WHERE a.lead_id = batch.id
    AND a.state IN ('ended', 'cancelled') AND NOT a.undecided
    AND coalesce(a.ended_at, a.due_at) < :before AND a.created_at < :before
    AND EXISTS (SELECT FROM attempts later WHERE later.lead_id = a.lead_id AND later.n > a.n)
    AND NOT EXISTS (SELECT FROM contacts k WHERE k.id = a.contact_id AND k.held_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM calls c WHERE c.attempt_id = a.id)
    AND NOT EXISTS (SELECT FROM messages m WHERE m.attempt_id = a.id)
    AND NOT EXISTS (SELECT FROM readings r WHERE r.attempt_id = a.id)
  RETURNING a.id
)
SELECT (SELECT max(id::text)::uuid FROM batch) AS last, (SELECT count(*) FROM gone) AS gone
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """One small batch: how far it came among the campaign's leads, and what went."""

    last: UUID | None
    """None: there are no more leads."""
    attempts: int


async def list_old_months(tx: AsyncConnection, table: str, before: datetime) -> list[str]:
    """The months of `table` that were over at `before`, oldest first, by their tables' names."""
    names = (await tx.execute(_MONTHS, {"table": table})).scalars()
    return [name for name, end in _months(names) if end <= before]


def _months(names: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    for name in names:
        if found := MONTH.fullmatch(name):
            begin = datetime(int(found["year"]), int(found["month"]), 1, tzinfo=UTC)
            yield name, month_start(begin, 1)


async def drop_month(tx: AsyncConnection, name: str) -> bool:
    """Let one month go; False while it is still needed, or somebody reads or writes just there.

    Takes the whole table for an instant; the caller commits at once.
    """
    found = MONTH.fullmatch(name)
    if found is None or found["table"] not in PARTITIONED:
        raise ValueError(f"{name} is no month")
    table = found["table"]
    if (await tx.exec_driver_sql(NEEDED[table].format(name=name))).scalar_one():
        return False
    await tx.execute(_BRIEFLY)
    try:
        async with tx.begin_nested():
            await tx.exec_driver_sql(f"ALTER TABLE {table} DETACH PARTITION {name}")
            await tx.exec_driver_sql(f"DROP TABLE {name}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


async def list_over(tx: AsyncConnection, before: datetime) -> list[UUID]:
    """Campaigns that had ended at `before`."""
    return list((await tx.execute(_OVER, {"before": before})).scalars())


async def prune(
    tx: AsyncConnection, campaign_id: UUID, *, after: UUID, before: datetime, limit: int
) -> Pruned:
    """Remove the tries of the next `limit` leads that ended before `before` and led to nothing.

    Whatever a conversation hangs on stays, and so does the last attempt of each lead.
    """
    values = {"campaign": campaign_id, "after": after, "before": before, "limit": limit}
    row = (await tx.execute(_PRUNE, values)).one()
    return Pruned(last=row.last, attempts=row.gone)
