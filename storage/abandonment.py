"""How many people who answered heard nothing of ours in time, campaign by campaign?"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.abandonment import IN_TIME, Answered

DUTY: Final = "abandonment"
SETTLES: Final = timedelta(minutes=5)
"""A call whose conversation never said its end has said all that it will by then."""

# A greeting ends late what began early: who speaks first is given the time to finish.
_COUNT = text("""
SELECT count(*) AS calls, count(*) FILTER (
  WHERE coalesce(first.ours, 2147483647) > coalesce(greeting.end_ms, 0) + :in_time
    AND (first.ours IS NOT NULL OR k.ended_at >= k.answered_at + cast(:in_time_span AS interval)))
  AS abandoned
FROM attempts a
JOIN calls k ON k.attempt_id = a.id
CROSS JOIN LATERAL (
  SELECT min(t.start_ms) AS ours FROM turns t
  WHERE t.call_id = k.id AND t.speaker IN ('agent', 'rep')) AS first
LEFT JOIN LATERAL (
  SELECT t.end_ms FROM turns t
  WHERE t.call_id = k.id AND t.speaker = 'person' AND t.start_ms <= :in_time
    AND (first.ours IS NULL OR t.start_ms < first.ours)
  ORDER BY t.number LIMIT 1) AS greeting ON true
WHERE a.campaign_id = :campaign AND a.starting_at > :since AND a.channel = 'voice'
  AND k.answered_at > :since AND k.ended_at IS NOT NULL
  AND (k.ended_by IS NOT NULL OR k.ended_at < :settled)
  AND coalesce(k.answered_by, a.answered_by, 'human') IN ('human', 'unknown', 'silence')
""")
_RUNNING = text("""
SELECT c.id, c.name,
       (SELECT max(e.at) FROM events e
        WHERE e.campaign_id = c.id AND e.kind = 'campaign.resumed') AS resumed_at
FROM campaigns c WHERE c.status = 'running' ORDER BY c.id
""")
_KEEP = text("""
INSERT INTO duties (name, done_for, state) VALUES (:name, :now, cast(:state AS jsonb))
ON CONFLICT (name) DO UPDATE SET done_for = excluded.done_for, state = excluded.state
""")
_KEPT = text("SELECT state FROM duties WHERE name = :name")


async def count(
    tx: AsyncConnection, campaign_id: UUID, *, since: datetime, now: datetime
) -> Answered:
    """Calls that people answered since then, as far as all is known that was said in them."""
    values = {
        "campaign": campaign_id,
        "since": since,
        "settled": now - SETTLES,
        "in_time": IN_TIME // timedelta(milliseconds=1),
        "in_time_span": IN_TIME,
    }
    row = (await tx.execute(_COUNT, values)).one()
    return Answered(calls=row.calls, abandoned=row.abandoned)


async def running(tx: AsyncConnection) -> list[tuple[UUID, str, datetime | None]]:
    """Running campaigns: id, name, and when a person last let one go on."""
    return [(row.id, row.name, row.resumed_at) for row in await tx.execute(_RUNNING)]


async def keep(tx: AsyncConnection, found: Mapping[str, Answered], now: datetime) -> None:
    """Remember what was counted, by the campaign's name, for monitoring."""
    state = {name: [one.calls, one.abandoned] for name, one in found.items()}
    await tx.execute(_KEEP, {"name": DUTY, "now": now, "state": json.dumps(state)})


async def kept(tx: AsyncConnection) -> dict[str, Answered]:
    """What was counted last."""
    state = (await tx.execute(_KEPT, {"name": DUTY})).scalar_one_or_none() or {}
    return {
        name: Answered(calls=calls, abandoned=abandoned)
        for name, (calls, abandoned) in state.items()
    }
