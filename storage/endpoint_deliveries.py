"""Deliveries of webhooks out: collected once per event, tried until they arrive or are given up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.event_log import Logged

# machine time
_COLLECT = text("""
INSERT INTO webhook_deliveries (id, endpoint_id, event_seq, event_at, kind, due_at)
SELECT w.id, :endpoint, w.seq, w.at, w.kind, clock_timestamp()
FROM unnest(cast(:ids AS uuid[]), cast(:seqs AS bigint[]), cast(:ats AS timestamptz[]),
            cast(:kinds AS text[])) AS w(id, seq, at, kind)
ON CONFLICT (endpoint_id, event_seq) DO NOTHING
""")


async def collect(
    tx: AsyncConnection, endpoint_id: UUID, events: Sequence[Logged], new_id: Callable[[], UUID]
) -> None:
    """One delivery for each of these events; again is harmless."""
    if not events:
        return
    values = {
        "endpoint": endpoint_id,
        "ids": [new_id() for _ in events],
        "seqs": [one.cursor.seq for one in events],
        "ats": [one.at for one in events],
        "kinds": [one.kind for one in events],
    }
    await tx.execute(_COLLECT, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery whose time has come."""

    id: UUID
    event_seq: int
    event_at: datetime
    tries: int
    url: str
    secret: str
    real_time: int
    """In seconds since 1970."""


# Who was never tried comes before who has failed: one event that is refused keeps none back.
# machine time
_NEXT = text("""
SELECT d.id, d.event_seq, d.event_at, d.tries, e.url, e.secret,
       cast(extract(epoch FROM clock_timestamp()) AS bigint) AS real_time
FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
WHERE d.endpoint_id = :endpoint AND d.state = 'pending' AND d.due_at <= clock_timestamp()
  AND e.disabled_at IS NULL
ORDER BY d.due_at, d.event_seq LIMIT 1
""")
# machine time
_SENT = text("""
UPDATE webhook_deliveries SET state = 'sent', tries = tries + 1, problem = NULL,
  ended_at = clock_timestamp()
WHERE id = :id AND state = 'pending'
""")
# machine time
_FAILED = text("""
UPDATE webhook_deliveries SET tries = tries + 1, problem = :problem,
  state = CASE WHEN cast(:wait AS interval) IS NULL THEN 'dead' ELSE 'pending' END,
  due_at = clock_timestamp() + coalesce(cast(:wait AS interval), interval '0'),
  ended_at = CASE WHEN cast(:wait AS interval) IS NULL THEN clock_timestamp() END
WHERE id = :id AND state = 'pending'
""")


async def next_due(tx: AsyncConnection, endpoint_id: UUID) -> Due | None:
    row = (await tx.execute(_NEXT, {"endpoint": endpoint_id})).one_or_none()
    return Due(**row._mapping) if row is not None else None


async def sent(tx: AsyncConnection, id: UUID) -> None:
    await tx.execute(_SENT, {"id": id})


async def failed(tx: AsyncConnection, id: UUID, problem: str, wait: timedelta | None) -> None:
    """Tried again after `wait` of machine time; None: given up."""
    await tx.execute(_FAILED, {"id": id, "problem": problem, "wait": wait})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A delivery that was given up."""

    id: UUID
    endpoint_id: UUID
    url: str
    kind: str
    event_at: datetime
    tries: int
    problem: str | None
    ended_at: datetime


_DEAD = text("""
SELECT d.id, d.endpoint_id, e.url, d.kind, d.event_at, d.tries, d.problem, d.ended_at
FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
WHERE d.state = 'dead' ORDER BY d.id DESC LIMIT :limit
""")
# machine time
_REPLAY = text("""
UPDATE webhook_deliveries SET state = 'pending', tries = 0, due_at = clock_timestamp(),
  ended_at = NULL
WHERE id = :id AND state <> 'pending' RETURNING id
""")
# machine time
_PRUNE = text("""
DELETE FROM webhook_deliveries WHERE id IN (
  SELECT id FROM webhook_deliveries
  WHERE state = 'sent' AND ended_at < clock_timestamp() - :kept LIMIT 10000)
""")


async def list_dead(tx: AsyncConnection, limit: int = 100) -> list[Dead]:
    """What was given up, the newest first."""
    return [Dead(**row._mapping) for row in await tx.execute(_DEAD, {"limit": limit})]


async def replay(tx: AsyncConnection, id: UUID) -> bool:
    """Deliver it again under the same id; False when it is unknown or still waits."""
    return (await tx.execute(_REPLAY, {"id": id})).first() is not None


async def prune(tx: AsyncConnection, kept: timedelta) -> None:
    """Let go of what arrived long ago."""
    await tx.execute(_PRUNE, {"kept": kept})


# Nothing that says who it is: a receiver that may know asks the API.
_LEAD = text("""
SELECT l.id, c.name AS campaign, l.contact_id, l.status, l.work, l.work_reason
FROM leads l JOIN campaigns c ON c.id = l.campaign_id WHERE l.id = :id
""")
_ATTEMPT = text("""
SELECT id, n, channel, state, reason, outcome, answered_by, due_at, starting_at, ended_at
FROM attempts WHERE id = :id
""")


async def lead_in_public(tx: AsyncConnection, id: UUID) -> Mapping[str, Any] | None:
    """What is told of a lead; None where it is gone."""
    row = (await tx.execute(_LEAD, {"id": id})).one_or_none()
    return dict(row._mapping) if row is not None else None


async def attempt_in_public(tx: AsyncConnection, id: UUID) -> Mapping[str, Any] | None:
    """What is told of an attempt; None where it is gone."""
    row = (await tx.execute(_ATTEMPT, {"id": id})).one_or_none()
    return dict(row._mapping) if row is not None else None
