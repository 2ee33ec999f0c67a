"""Which leads are planned anew, and how many planned attempts are moved at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName

_LOCK_DUE = text("""
SELECT id FROM leads
WHERE work = 'blocked' AND recheck_at <= :now
ORDER BY recheck_at, id LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
""")

_CAMPAIGNS_OF = text("""
SELECT campaign_id, array_agg(id ORDER BY id) AS ids FROM leads
WHERE id = ANY(cast(:ids AS uuid[])) GROUP BY campaign_id ORDER BY campaign_id
""")

# In the order of ids, like everybody who waits for leads; who has nothing open is passed over.
_PAGE = """
SELECT l.id FROM leads l
WHERE l.campaign_id = :campaign AND l.id > :after AND l.closed_reason IS NULL
  AND (l.work = 'blocked'
       OR (:ended AND l.work = 'ended' AND l.work_reason = 'campaign_ended')
       OR EXISTS (SELECT FROM attempts a WHERE a.lead_id = l.id AND a.state = 'planned'))
ORDER BY l.id LIMIT :limit
"""
_READ_PAGE = text(_PAGE)
_LOCK_PAGE = text(f"{_PAGE} FOR NO KEY UPDATE OF l")

_MOVE = text("""
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:channels AS text[]), cast(:phones AS text[]),
                       cast(:dues AS timestamptz[]), cast(:ends AS timestamptz[]),
                       cast(:wanted AS timestamptz[]), cast(:movers AS text[]),
                       cast(:priorities AS smallint[]))
    AS w(id, channel, phone, due_at, window_end_at, wanted_at, moved_by, priority)
), held AS (
  SELECT id, channel, due_at FROM attempts
  WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'planned' ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE attempts SET channel = wish.channel, phone = wish.phone, due_at = wish.due_at,
                      window_end_at = wish.window_end_at, wanted_at = wish.wanted_at,
                      moved_by = wish.moved_by,
                      priority = coalesce(wish.priority, attempts.priority)
  FROM wish JOIN held USING (id)
  WHERE attempts.id = wish.id AND attempts.state = 'planned'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, attempts.channel, attempts.due_at,
            attempts.moved_by, held.channel AS old_channel, held.due_at AS old_due_at
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.moved', :actor, campaign_id, lead_id, contact_id, id,
         jsonb_strip_nulls(jsonb_build_object(
           'reason', cast(:reason AS text), 'from', old_due_at, 'due_at', due_at,
           'moved_by', nullif(moved_by, cast(:reason AS text)),
           'from_channel', CASE WHEN old_channel <> channel THEN old_channel END,
           'channel', CASE WHEN old_channel <> channel THEN channel END))
  FROM moved ORDER BY id
)
SELECT id FROM moved
""")

_KEEP = text("""
UPDATE attempts SET window_end_at = w.ends
FROM unnest(cast(:ids AS uuid[]), cast(:ends AS timestamptz[])) AS w(id, ends)
WHERE attempts.id = w.id AND attempts.state = 'planned'
""")


async def lock_due(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Blocked leads that are to be looked at again by now."""
    return list((await tx.execute(_LOCK_DUE, {"now": now, "limit": limit})).scalars())


async def campaigns_of(tx: AsyncConnection, lead_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """These leads by their campaigns."""
    rows = await tx.execute(_CAMPAIGNS_OF, {"ids": list(lead_ids)})
    return {row.campaign_id: list(row.ids) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The next leads of a campaign that have something open, by their ids."""

    campaign_id: UUID
    after: UUID
    limit: int
    ended: bool
    """Also those whose campaign was over too soon."""


async def page(tx: AsyncConnection, asked: Page, *, lock: bool) -> list[UUID]:
    """Leads with a planned attempt, and blocked ones; fewer than the limit are the last."""
    values = {
        "campaign": asked.campaign_id,
        "after": asked.after,
        "limit": asked.limit,
        "ended": asked.ended,
    }
    return list((await tx.execute(_LOCK_PAGE if lock else _READ_PAGE, values)).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A planned attempt gets another time, channel or place in the queue."""

    id: UUID
    channel: ChannelName
    phone: str
    due_at: datetime
    window_end_at: datetime
    wanted_at: datetime
    moved_by: str | None
    priority: int | None = None
    """None keeps the present one."""


async def move_planned(
    tx: AsyncConnection, moves: Sequence[Move], *, actor: str, reason: str, now: datetime
) -> frozenset[UUID]:
    """Move those that are still planned, each with its event; returns them.

    The caller holds the leads, so that nobody claims one meanwhile.
    """
    if not moves:
        return frozenset()
    values = {
        "ids": [one.id for one in moves],
        "channels": [one.channel.value for one in moves],
        "phones": [one.phone for one in moves],
        "dues": [one.due_at for one in moves],
        "ends": [one.window_end_at for one in moves],
        "wanted": [one.wanted_at for one in moves],
        "movers": [one.moved_by for one in moves],
        "priorities": [one.priority for one in moves],
        "actor": actor,
        "reason": reason,
        "now": now,
    }
    return frozenset((await tx.execute(_MOVE, values)).scalars())


async def keep_planned(tx: AsyncConnection, ends: Mapping[UUID, datetime]) -> None:
    """Let these attempts end their windows elsewhere; when they are due stays."""
    if ends:
        await tx.execute(_KEEP, {"ids": list(ends), "ends": list(ends.values())})
