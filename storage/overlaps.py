"""Who is worked by another running campaign, and by which?"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Whoever began first goes on, and of those who have not begun whose lead is the older: one order
# for all, so that no two wait for each other.
_OTHERS = text("""
SELECT a.id, other.name FROM attempts a
JOIN leads l ON l.id = a.lead_id
CROSS JOIN LATERAL (
  SELECT min(b.starting_at) AS at FROM attempts b WHERE b.lead_id = l.id) AS begun
CROSS JOIN LATERAL (
  SELECT c.name FROM leads o
  JOIN campaigns c ON c.id = o.campaign_id
  CROSS JOIN LATERAL (
    SELECT min(b.starting_at) AS at FROM attempts b WHERE b.lead_id = o.id) AS theirs
  WHERE o.contact_id = l.contact_id AND o.id <> l.id
    AND c.status = 'running' AND (c.end_at IS NULL OR c.end_at > :now)
    AND o.work IN ('planned', 'in_flight', 'waiting')
    AND (coalesce(theirs.at, 'infinity'), o.id) < (coalesce(begun.at, 'infinity'), l.id)
  ORDER BY theirs.at, o.id LIMIT 1) AS other
WHERE a.id = ANY(cast(:ids AS uuid[]))
""")


async def find(
    tx: AsyncConnection, attempt_ids: Collection[UUID], now: datetime
) -> dict[UUID, str]:
    """For each attempt whose person has to be let finish elsewhere: that campaign's name."""
    if not attempt_ids:
        return {}
    rows = await tx.execute(_OTHERS, {"ids": list(attempt_ids), "now": now})
    return {row.id: row.name for row in rows}
