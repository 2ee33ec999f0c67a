"""Events as they become final, for whoever watches: by a cursor that misses none.

A transaction's events are told when no older one can still commit: nothing appears behind the
cursor later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    tx: int
    seq: int

    def __str__(self) -> str:
        return f"{self.tx}-{self.seq}"


def parse_cursor(value: str) -> Cursor | None:
    """A cursor as a browser sends it back; None for anything else."""
    tx, dash, seq = value.partition("-")
    if not dash or not (tx.isascii() and tx.isdigit() and seq.isascii() and seq.isdigit()):
        return None
    if len(tx) > 19 or len(seq) > 18:
        return None
    return Cursor(int(tx), int(seq))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is touched: codes and ids alone."""

    cursor: Cursor
    kind: str
    campaign_id: UUID | None
    lead_id: UUID | None
    attempt_id: UUID | None


_AFTER = text("""
SELECT cast(cast(tx AS text) AS bigint) AS tx, seq, kind, campaign_id, lead_id, attempt_id
FROM events
WHERE (tx, seq) > (cast(cast(:tx AS text) AS xid8), cast(:seq AS bigint))
  AND tx >= cast(cast(:tx AS text) AS xid8)
  AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY events.tx, seq LIMIT :limit
""")
_NEWEST = text("""
SELECT cast(cast(tx AS text) AS bigint) AS tx, seq FROM events
WHERE tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY events.tx DESC, seq DESC LIMIT 1
""")


async def after(tx: AsyncConnection, cursor: Cursor, limit: int) -> Sequence[Change]:
    """What became final behind the cursor, in reading order."""
    values = {"tx": str(cursor.tx), "seq": cursor.seq, "limit": limit}
    return [
        Change(
            cursor=Cursor(row.tx, row.seq),
            kind=row.kind,
            campaign_id=row.campaign_id,
            lead_id=row.lead_id,
            attempt_id=row.attempt_id,
        )
        for row in await tx.execute(_AFTER, values)
    ]


async def newest(tx: AsyncConnection) -> Cursor:
    """Where somebody begins who wants to know only what comes."""
    row = (await tx.execute(_NEWEST)).one_or_none()
    return Cursor(row.tx, row.seq) if row is not None else Cursor(0, 0)
