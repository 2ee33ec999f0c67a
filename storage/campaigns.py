"""Campaigns as rows: which there are, and the life of each from draft to its end.

Who takes a campaign out of service locks its row FOR UPDATE: that waits for every gate that is
deciding on it, and every later gate sees the new status (storage/gating.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage.events import ENGINE, Event, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    id: UUID
    name: str
    title: str
    version: int
    agent_name: str
    agent_version: int | None
    status: str
    status_reason: str | None
    start_at: datetime | None
    end_at: datetime | None
    concurrency: int
    weight: int
    emission: timedelta
    burst: int
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None


COLUMNS = ", ".join(Campaign.__dataclass_fields__)

_FIND = text(f"SELECT {COLUMNS} FROM campaigns WHERE name = :name")
_GET = text(f"SELECT {COLUMNS} FROM campaigns WHERE id = :id")
_LIST = text(f"SELECT {COLUMNS} FROM campaigns ORDER BY created_at, id")
_LOCK = text(f"SELECT {COLUMNS} FROM campaigns WHERE id = :id FOR UPDATE")

_SET_STATUS = text("""
UPDATE campaigns SET status = :status, status_reason = :reason,
  launched_at = CASE WHEN :status IN ('running', 'scheduled')
                     THEN coalesce(launched_at, :now) ELSE launched_at END,
  ended_at = CASE WHEN :status IN ('completed', 'cancelled') THEN :now END
WHERE id = :id
""")

# Who follows the newest version of an agent, or opens with this template.
_FOLLOWERS = text("""
SELECT c.id FROM campaigns c
LEFT JOIN documents d ON d.kind = 'campaign' AND d.name = c.name AND d.version = c.version
WHERE c.status NOT IN ('cancelled', 'archived')
  AND CASE :kind WHEN 'agent' THEN c.agent_name = :name AND c.agent_version IS NULL
                 WHEN 'template' THEN d.body->'steps' @> jsonb_build_array(
                   jsonb_build_object('template', cast(:name AS text)))
                 WHEN 'campaign' THEN c.name = :name END
ORDER BY c.id
""")

_TO_START = text("""
SELECT id FROM campaigns WHERE status = 'scheduled' AND start_at <= :now ORDER BY id
""")

# What waits only for an event from outside (no consent, no zone) does not keep a campaign open.
_TO_COMPLETE = text("""
SELECT c.id FROM campaigns c
WHERE c.status = 'running'
  AND EXISTS (SELECT FROM leads l WHERE l.campaign_id = c.id)
  AND NOT EXISTS (SELECT FROM leads l WHERE l.campaign_id = c.id
                  AND l.work IN ('planned', 'in_flight', 'waiting'))
  AND NOT EXISTS (SELECT FROM leads l WHERE l.campaign_id = c.id AND l.work = 'blocked'
                  AND l.recheck_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM imports i WHERE i.campaign_id = c.id
                  AND i.status IN ('waiting', 'running'))
ORDER BY c.id
""")

# Something was planned in it after all, or its leads waited for an event alone, and that has come.
_TO_REOPEN = text("""
SELECT id, CASE WHEN goes_on THEN 'follow_up' ELSE 'block_lifted' END AS reason
FROM (
  SELECT c.id,
    EXISTS (SELECT FROM attempts a JOIN leads l ON l.id = a.lead_id
            WHERE a.campaign_id = c.id AND a.state = 'planned'
              AND l.work IN ('planned', 'in_flight', 'waiting')) AS goes_on,
    EXISTS (SELECT FROM leads l WHERE l.campaign_id = c.id AND l.work = 'blocked'
            AND l.recheck_at <= :now) AS is_lifted
  FROM campaigns c
  WHERE c.status = 'completed' AND (c.end_at IS NULL OR c.end_at > :now)) AS completed
WHERE goes_on OR is_lifted
ORDER BY id
""")

_TO_CLEAR = text("""
SELECT id FROM campaigns
WHERE (status IN ('cancelled', 'archived') OR (status IN ('running', 'paused') AND end_at <= :now))
  AND EXISTS (SELECT FROM leads l WHERE l.campaign_id = campaigns.id
              AND l.work IN ('planned', 'blocked'))
ORDER BY id
""")

_PLANNED = text("""
SELECT id FROM attempts WHERE campaign_id = :id AND state IN ('planned', 'claimed')
ORDER BY id LIMIT :limit
""")

_OPEN_LEADS = text("""
SELECT id FROM leads WHERE campaign_id = :id AND work IN ('planned', 'blocked')
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.lead_id = leads.id
                  AND a.state IN ('planned', 'claimed', 'starting', 'started', 'live', 'unsure'))
ORDER BY id LIMIT :limit
""")

_REGISTER = text(f"""
INSERT INTO campaigns ({COLUMNS})
VALUES ({", ".join(f":{name}" for name in Campaign.__dataclass_fields__)})
ON CONFLICT (name) DO UPDATE SET
  title = excluded.title, version = excluded.version, agent_name = excluded.agent_name,
  agent_version = excluded.agent_version, start_at = excluded.start_at, end_at = excluded.end_at,
  concurrency = excluded.concurrency, weight = excluded.weight, emission = excluded.emission,
  burst = excluded.burst,
  -- What held it may be what has changed.
  held_until = NULL, held_reason = NULL
""")

# Several gates find out at once; who is busy with the campaign knows it as well or is asked again.
# A statement of its own, so that the next one sees what it has locked and locks nothing twice.
_TAKE = text("""
SELECT id FROM campaigns
WHERE id = ANY(cast(:ids AS uuid[])) AND held_until IS DISTINCT FROM :until
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
""")
_HOLD = text("""
UPDATE campaigns SET held_until = :until, held_reason = :reason
WHERE id = ANY(cast(:ids AS uuid[])) AND held_until IS DISTINCT FROM :until
RETURNING id
""")

EVENT_OF = {
    "scheduled": Kind.CAMPAIGN_LAUNCHED,
    "running": Kind.CAMPAIGN_LAUNCHED,
    "paused": Kind.CAMPAIGN_PAUSED,
    "completed": Kind.CAMPAIGN_COMPLETED,
    "cancelled": Kind.CAMPAIGN_CANCELLED,
}


async def find(tx: AsyncConnection, name: str) -> Campaign | None:
    return _campaign((await tx.execute(_FIND, {"name": name})).one_or_none())


async def get(tx: AsyncConnection, id: UUID) -> Campaign | None:
    return _campaign((await tx.execute(_GET, {"id": id})).one_or_none())


async def list_all(tx: AsyncConnection) -> list[Campaign]:
    return [Campaign(**row._mapping) for row in await tx.execute(_LIST)]


async def lock(tx: AsyncConnection, id: UUID) -> Campaign | None:
    """Hold a campaign against claims and gates; the first lock of the transaction."""
    return _campaign((await tx.execute(_LOCK, {"id": id})).one_or_none())


def _campaign(row: Row[tuple[object, ...]] | None) -> Campaign | None:
    return Campaign(**row._mapping) if row is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    campaign_id: UUID
    before: str
    status: str
    by: str = ENGINE
    reason: str | None = None
    """Why, where nobody asked for it: `breaker`, `budget`, a provider's code …"""
    kind: Kind | None = None
    """The event, where the status alone does not say it (resumed)."""


async def set_status(tx: AsyncConnection, change: StatusChange, now: datetime) -> None:
    """Write a new status with its event; the caller has locked the row."""
    values = {
        "id": change.campaign_id,
        "status": change.status,
        "reason": change.reason,
        "now": now,
    }
    await tx.execute(_SET_STATUS, values)
    data = {"from": change.before, "to": change.status, "reason": change.reason}
    event = Event(
        kind=change.kind or EVENT_OF[change.status],
        at=now,
        actor=change.by,
        campaign_id=change.campaign_id,
        data={name: value for name, value in data.items() if value is not None},
    )
    await record(tx, [event])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a running campaign starts nothing, and until when (business time)."""

    until: datetime
    reason: str


async def hold(tx: AsyncConnection, ids: Collection[UUID], hold: Hold, now: datetime) -> None:
    """Claim nothing of these campaigns until the hold is over; a new version of one lifts it."""
    values = {"ids": sorted(ids), "until": hold.until}
    taken = list((await tx.execute(_TAKE, values)).scalars())
    if not taken:
        return
    values = {"ids": taken, "until": hold.until, "reason": hold.reason}
    held = sorted((await tx.execute(_HOLD, values)).scalars())
    data = {"reason": hold.reason, "until": hold.until}
    await record(
        tx,
        [Event(kind=Kind.CAMPAIGN_HELD, at=now, campaign_id=id, data=data) for id in held],
    )


async def followers(tx: AsyncConnection, kind: str, name: str) -> list[Campaign]:
    """The campaigns that are not over and work by the newest version of a document."""
    ids = (await tx.execute(_FOLLOWERS, {"kind": kind, "name": name})).scalars()
    found = [await get(tx, id) for id in list(ids)]
    return [one for one in found if one is not None]


async def list_to_start(tx: AsyncConnection, now: datetime) -> list[UUID]:
    """Scheduled campaigns whose time has come."""
    return list((await tx.execute(_TO_START, {"now": now})).scalars())


async def list_to_complete(tx: AsyncConnection) -> list[UUID]:
    """Running campaigns that owe nobody anything."""
    return list((await tx.execute(_TO_COMPLETE)).scalars())


async def list_to_reopen(tx: AsyncConnection, now: datetime) -> dict[UUID, str]:
    """Completed campaigns in which somebody may be contacted after all, each with the reason."""
    return {row.id: row.reason for row in await tx.execute(_TO_REOPEN, {"now": now})}


async def list_to_clear(tx: AsyncConnection, now: datetime) -> list[UUID]:
    """Campaigns that are over and still have something planned or blocked."""
    return list((await tx.execute(_TO_CLEAR, {"now": now})).scalars())


async def planned_attempts(tx: AsyncConnection, id: UUID, limit: int) -> list[UUID]:
    return list((await tx.execute(_PLANNED, {"id": id, "limit": limit})).scalars())


async def open_leads(tx: AsyncConnection, id: UUID, limit: int) -> list[UUID]:
    """Leads that are still planned or blocked and have no attempt any more."""
    return list((await tx.execute(_OPEN_LEADS, {"id": id, "limit": limit})).scalars())


async def register(tx: AsyncConnection, campaign: Campaign) -> None:
    """Store a new campaign, or what its document now says of one that exists.

    Status and times of an existing campaign stay as they are.
    """
    await tx.execute(_REGISTER, {n: getattr(campaign, n) for n in Campaign.__dataclass_fields__})
