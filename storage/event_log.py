"""Events in full, as they become final, by a cursor that misses none (see `live_events`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.live_events import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    cursor: Cursor
    at: datetime
    """Business time."""
    kind: str
    actor: str
    campaign_id: UUID | None
    lead_id: UUID | None
    contact_id: UUID | None
    attempt_id: UUID | None
    data: Mapping[str, object]


_COLUMNS = """cast(cast(tx AS text) AS bigint) AS tx, seq, at, kind, actor, campaign_id, lead_id,
contact_id, attempt_id, data"""
_AFTER = text(f"""
SELECT {_COLUMNS} FROM events
WHERE (tx, seq) > (cast(cast(:tx AS text) AS xid8), cast(:seq AS bigint))
  AND tx >= cast(cast(:tx AS text) AS xid8)
  AND tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY events.tx, seq LIMIT :limit
""")
_ONE = text(f"SELECT {_COLUMNS} FROM events WHERE seq = :seq AND at = :at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Events of the kinds that were asked for, and how far was looked."""

    events: tuple[Logged, ...]
    until: Cursor


async def after(
    tx: AsyncConnection, cursor: Cursor, limit: int, kinds: Collection[str] | None = None
) -> Read:
    """Look at the next `limit` events behind the cursor, and keep those of these kinds."""
    values = {"tx": str(cursor.tx), "seq": cursor.seq, "limit": limit}
    found = [_logged(row) for row in await tx.execute(_AFTER, values)]
    return Read(
        events=tuple(one for one in found if kinds is None or one.kind in kinds),
        until=found[-1].cursor if found else cursor,
    )


async def find(tx: AsyncConnection, seq: int, at: datetime) -> Logged | None:
    """The event with this number; None where it was let go of."""
    row = (await tx.execute(_ONE, {"seq": seq, "at": at})).first()
    return _logged(row) if row is not None else None


def _logged(row: Row[Any]) -> Logged:
    values = dict(row._mapping)
    return Logged(cursor=Cursor(values.pop("tx"), values.pop("seq")), **values)
