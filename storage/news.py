"""What has happened since somebody last looked: events in the order of writing, each once.

The same cursor as that of the tallies (`storage.tallies`), for a reader of its own.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    kind: Kind
    lead_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    attempt_id: UUID | None
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    news: tuple[News, ...]
    """Those of the kinds that were asked for."""
    looked_at: int
    """Events of any kind; fewer than the limit: there are no more for now."""


_BEGIN = text("INSERT INTO duties (name) VALUES (:reader) ON CONFLICT DO NOTHING")
# Held until the commit: two who read at once take turns, and the second goes on behind the first.
_HOLD = text("""
SELECT coalesce(state->>'tx', '0') AS tx, coalesce((state->>'seq')::bigint, 0) AS seq
FROM duties WHERE name = :reader FOR NO KEY UPDATE
""")
_READ = text("""
WITH batch AS MATERIALIZED (
  SELECT tx, seq, kind, lead_id, contact_id, company_id, attempt_id, data FROM events
  WHERE (tx, seq) > (cast(cast(:tx AS text) AS xid8), cast(:seq AS bigint))
    AND tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY tx, seq LIMIT :limit
), last AS (
  SELECT cast(tx AS text) AS last_tx, seq AS last_seq, (SELECT count(*) FROM batch) AS looked_at
  FROM batch ORDER BY batch.tx DESC, seq DESC LIMIT 1
)
SELECT l.last_tx, l.last_seq, l.looked_at, b.kind, b.lead_id, b.contact_id, b.company_id,
       b.attempt_id, b.data
FROM last l LEFT JOIN batch b ON b.kind = ANY(cast(:kinds AS text[]))
ORDER BY b.tx, b.seq
""")
_ADVANCE = text("UPDATE duties SET state = cast(:state AS jsonb) WHERE name = :reader")


async def read(tx: AsyncConnection, reader: str, kinds: Collection[Kind], limit: int) -> Batch:
    """Go on from where the reader stood; it counts as read if the caller's transaction commits."""
    await tx.execute(_BEGIN, {"reader": reader})
    held = (await tx.execute(_HOLD, {"reader": reader})).one()
    values = {"tx": held.tx, "seq": held.seq, "limit": limit, "kinds": [str(one) for one in kinds]}
    rows = (await tx.execute(_READ, values)).all()
    if not rows:
        return Batch(news=(), looked_at=0)
    state = json.dumps({"tx": rows[0].last_tx, "seq": rows[0].last_seq})
    await tx.execute(_ADVANCE, {"reader": reader, "state": state})
    found = tuple(
        News(
            kind=Kind(row.kind),
            lead_id=row.lead_id,
            contact_id=row.contact_id,
            company_id=row.company_id,
            attempt_id=row.attempt_id,
            data=row.data,
        )
        for row in rows
        if row.kind is not None
    )
    return Batch(news=found, looked_at=rows[0].looked_at)
