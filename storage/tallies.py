"""How often each kind of thing happened in a campaign: exact, and cheap however much happened.

A duty folds events into `tallies` by a cursor in the order (tx, seq), and only those whose
transaction no running one can precede: nothing can appear behind the cursor later. Running ones of
other databases on the same server count too, for transaction ids are the server's. Whoever counts
adds the rest that is not folded yet, in the same statement and so at the same moment.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind

CURSOR: Final = "tallies"
"""The row of `duties` whose state says how far events are folded."""

_BEGIN = text("INSERT INTO duties (name) VALUES (:cursor) ON CONFLICT DO NOTHING")

# Held until the commit: folding twice at once takes turns, and the second sees the first's cursor.
_HOLD = text("""
SELECT coalesce(state->>'tx', '0') AS tx, coalesce((state->>'seq')::bigint, 0) AS seq
FROM duties WHERE name = :cursor FOR NO KEY UPDATE
""")

_FOLD = text("""
WITH batch AS MATERIALIZED (
  SELECT tx, seq, at, kind, campaign_id FROM events
  WHERE (tx, seq) > (cast(cast(:tx AS text) AS xid8), cast(:seq AS bigint))
    AND tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY tx, seq LIMIT :limit
), counted AS (
  INSERT INTO tallies AS t (campaign_id, hour, kind, count)
  SELECT campaign_id, date_trunc('hour', at, 'UTC') AS hour, kind, count(*) FROM batch
  WHERE campaign_id IS NOT NULL GROUP BY campaign_id, hour, kind
  ON CONFLICT (campaign_id, hour, kind) DO UPDATE SET count = t.count + excluded.count
)
SELECT cast(tx AS text) AS tx, seq, (SELECT count(*) FROM batch) AS folded
FROM batch ORDER BY batch.tx DESC, seq DESC LIMIT 1
""")

_ADVANCE = text("UPDATE duties SET state = cast(:state AS jsonb) WHERE name = :cursor")

_TX = """coalesce((SELECT cast(state->>'tx' AS xid8) FROM duties WHERE name = 'tallies'),
                      cast('0' AS xid8))"""
_SEQ = """coalesce((SELECT (state->>'seq')::bigint FROM duties WHERE name = 'tallies'), 0)"""

# The first two bounds follow from the third and from what can be visible. They stand here because
# the planner takes a range for few rows, and so goes by (tx, seq) and not by all of the campaign's.
UNFOLDED: Final = f"""
tx >= {_TX} AND tx <= pg_snapshot_xmax(pg_current_snapshot()) AND (tx, seq) > ({_TX}, {_SEQ})
"""
"""In SQL: this event is not in `tallies` yet."""

_COUNTS = text(f"""
SELECT campaign_id, kind, cast(sum(count) AS bigint) AS times FROM (
  SELECT campaign_id, kind, count FROM tallies
  WHERE campaign_id = ANY(cast(:campaigns AS uuid[]))
  UNION ALL
  SELECT campaign_id, kind, count(*) FROM events
  WHERE {UNFOLDED} AND campaign_id = ANY(cast(:campaigns AS uuid[]))
  GROUP BY campaign_id, kind
) AS folded_and_rest GROUP BY campaign_id, kind
""")

_HOURS = text(f"""
SELECT hour, kind, cast(sum(count) AS bigint) AS times FROM (
  SELECT hour, kind, count FROM tallies
  WHERE campaign_id = :campaign AND hour >= :since
  UNION ALL
  SELECT date_trunc('hour', at, 'UTC') AS hour, kind, count(*) FROM events
  WHERE {UNFOLDED} AND campaign_id = :campaign AND at >= :since
  GROUP BY hour, kind
) AS folded_and_rest GROUP BY hour, kind ORDER BY hour, kind
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    hour: datetime
    """Business time: the beginning of the hour, in UTC."""
    kind: Kind
    count: int


async def fold(tx: AsyncConnection, limit: int) -> int:
    """Count the next `limit` events into `tallies`; returns how many, of whatever campaign.

    The cursor moves in the caller's transaction, so an event is counted once whatever dies.
    """
    await tx.execute(_BEGIN, {"cursor": CURSOR})
    held = (await tx.execute(_HOLD, {"cursor": CURSOR})).one()
    last = (await tx.execute(_FOLD, {"tx": held.tx, "seq": held.seq, "limit": limit})).one_or_none()
    if last is None:
        return 0
    state = json.dumps({"tx": last.tx, "seq": last.seq})
    await tx.execute(_ADVANCE, {"cursor": CURSOR, "state": state})
    folded: int = last.folded
    return folded


async def counts(
    tx: AsyncConnection, campaign_ids: Collection[UUID]
) -> dict[UUID, dict[Kind, int]]:
    """How often each kind of event happened in each of these campaigns, up to this moment.

    A campaign of which nothing is known has an empty dictionary.
    """
    found: dict[UUID, dict[Kind, int]] = {id: {} for id in campaign_ids}
    for row in await tx.execute(_COUNTS, {"campaigns": list(campaign_ids)}):
        found[row.campaign_id][Kind(row.kind)] = row.times
    return found


async def by_hour(tx: AsyncConnection, campaign_id: UUID, since: datetime) -> list[HourCount]:
    """The same by the hour, oldest first; `since` (business time) is the beginning of an hour."""
    values = {"campaign": campaign_id, "since": since}
    return [
        HourCount(hour=row.hour, kind=Kind(row.kind), count=row.times)
        for row in await tx.execute(_HOURS, values)
    ]
