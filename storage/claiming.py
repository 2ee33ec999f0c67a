"""Whom a claim may take: lock, then count, then take (storage.taking), in one transaction.

One statement that locked and counted would count by a snapshot older than its lock, and break
the caps when several processes claim at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName
from outreach.pace import Pace
from storage.attempts import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCampaign:
    """A running campaign that has due attempts; its row is locked."""

    id: UUID
    name: str
    version: int
    concurrency: int
    weight: int
    pace: Pace
    passed_over: int
    """Places that went by priority since the last one that went by age."""
    has_due_calls: bool
    has_due_messages: bool
    machine_now: datetime
    """The database's own clock at the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A due attempt; its row and its lead's are locked."""

    id: UUID
    campaign_id: UUID
    lead_id: UUID
    channel: ChannelName
    phone: str
    line_busy: bool
    """This lead, or somebody else with this number, is being reached just now."""
    known_sender: UUID | None
    """The number of ours that this person has heard from last."""
    by_age: bool
    """It has one of the places for those that are overdue longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """How many attempts of one channel a campaign may take at most."""

    campaign_id: UUID
    channel: ChannelName
    limit: int
    by_age: int
    """How many of these places go to those that are overdue longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls in flight of one campaign from one number held by one process."""

    campaign_id: UUID
    sender_id: UUID | None
    process_id: UUID | None
    count: int


PRIORITIES = sorted(Priority, reverse=True)
CHANNELS = [channel.value for channel in ChannelName]

# Whoever is due is read in the order of the index `attempts_due`, bounds and order written as it
# is, and nothing is sorted. Left to itself the planner takes another index as soon as statistics
# mislead it (they always lag behind a queue), and reads and sorts everybody's planned attempts.
_BY_INDEX = text("""
SELECT set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true)
""")

# NO KEY UPDATE, because a plain FOR UPDATE would wait for (and, skipping, starve behind) whoever
# inserts an attempt and so holds the campaign's key.
_LOCK_CAMPAIGNS = text("""
-- clock_timestamp() is machine time.
SELECT c.id, c.name, c.version, c.concurrency, c.weight, c.emission, c.burst, c.tat,
       c.passed_over, due.calls AS has_due_calls, due.messages AS has_due_messages,
       clock_timestamp() AS machine_now
FROM campaigns c
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(channel = 'voice'), false) AS calls,
         coalesce(bool_or(channel = 'whatsapp'), false) AS messages
  FROM unnest(cast(:channels AS text[])) AS channel
  WHERE EXISTS (
    SELECT FROM unnest(cast(:priorities AS smallint[])) AS priority,
      LATERAL (SELECT FROM attempts a
               WHERE a.state = 'planned'
                 AND (a.campaign_id, a.channel, a.priority, a.due_at)
                     >= (c.id, channel.channel, priority.priority, '-infinity')
                 AND (a.campaign_id, a.channel, a.priority, a.due_at)
                     <= (c.id, channel.channel, priority.priority, :now)
               ORDER BY a.campaign_id, a.channel, a.priority, a.due_at, a.id
               LIMIT 1) AS one)
) AS due
WHERE c.status = 'running' AND (c.end_at IS NULL OR c.end_at > :now)
  AND (c.held_until IS NULL OR c.held_until <= :now)
  AND NOT (SELECT stopped FROM operator_stop)
  -- Who can take nothing just now is not in the way of who can; both are asked again, exactly,
  -- once the row is locked.
  AND (c.tat IS NULL OR c.tat + c.emission <= clock_timestamp())
  AND (due.messages OR (due.calls AND c.concurrency > (
    SELECT count(*) FROM attempts f
    WHERE f.campaign_id = c.id AND f.channel = 'voice'
      AND f.state IN ('claimed', 'starting', 'started', 'live', 'unsure'))))
ORDER BY c.served_at NULLS FIRST, c.id
LIMIT :limit
FOR NO KEY UPDATE OF c SKIP LOCKED
""")

_COUNT_CALLS = text("""
SELECT campaign_id, sender_id, voice_process, count(*) AS calls FROM attempts
WHERE channel = 'voice' AND state IN ('claimed', 'starting', 'started', 'live', 'unsure')
GROUP BY campaign_id, sender_id, voice_process
""")

# Attempt and lead are locked without waiting, so the order of the two cannot matter here.
_CANDIDATES = text("""
SELECT due.*,
  EXISTS (SELECT FROM lines WHERE lines.channel = due.channel AND lines.phone = due.phone)
  -- Exact, because whoever claims one of this campaign's leads holds the campaign's row.
  OR EXISTS (SELECT FROM attempts f WHERE f.lead_id = due.lead_id
             AND f.state IN ('claimed', 'starting', 'started', 'live', 'unsure')) AS line_busy,
  coalesce(
    (SELECT v.sender_id FROM conversations v
     WHERE due.channel = 'whatsapp' AND v.contact_id = due.contact_id AND v.phone = due.phone
     ORDER BY greatest(v.last_inbound_at, v.last_outbound_at) DESC NULLS LAST LIMIT 1),
    (SELECT b.sender_id FROM attempts b
     WHERE b.contact_id = due.contact_id AND b.starting_at IS NOT NULL
       AND b.channel = due.channel AND b.sender_id IS NOT NULL
     ORDER BY b.starting_at DESC LIMIT 1)) AS known_sender
FROM unnest(cast(:campaigns AS uuid[]), cast(:places AS int[]), cast(:channels AS text[]),
            cast(:limits AS int[]), cast(:by_age AS int[]))
       AS wish(campaign_id, place, channel, most, places_by_age)
CROSS JOIN LATERAL (
  SELECT one.*, one.age_rank <= wish.places_by_age AND one.due_at <= :overdue AS by_age
  FROM (
    SELECT found.*, row_number() OVER (ORDER BY found.due_at, found.id) AS age_rank
    FROM unnest(cast(:priorities AS smallint[])) AS p(priority)
    CROSS JOIN LATERAL (
      SELECT a.id, a.campaign_id, a.lead_id, a.contact_id, a.channel, a.phone, a.priority, a.due_at
      FROM attempts a JOIN leads l ON l.id = a.lead_id
      WHERE a.state = 'planned'
        AND (a.campaign_id, a.channel, a.priority, a.due_at)
            >= (wish.campaign_id, wish.channel, p.priority, '-infinity')
        AND (a.campaign_id, a.channel, a.priority, a.due_at)
            <= (wish.campaign_id, wish.channel, p.priority, :now)
      ORDER BY a.campaign_id, a.channel, a.priority, a.due_at, a.id
      LIMIT wish.most
      FOR NO KEY UPDATE OF a, l SKIP LOCKED
    ) AS found
  ) AS one
  ORDER BY by_age DESC, one.priority DESC, one.due_at, one.id
  LIMIT wish.most
) AS due
-- Channels of one campaign do not go one after the other: they share its pace.
ORDER BY wish.place, due.by_age DESC, due.priority DESC, due.due_at, due.id
""")


async def lock_due_campaigns(tx: AsyncConnection, now: datetime, limit: int) -> list[DueCampaign]:
    """Hold running campaigns with due attempts, least recently served first.

    The first statement of a claim: it also sets how the planner reads until the transaction ends.
    """
    await tx.execute(_BY_INDEX)
    values = {"now": now, "limit": limit, "channels": CHANNELS, "priorities": list(PRIORITIES)}
    return [
        DueCampaign(
            id=row.id,
            name=row.name,
            version=row.version,
            concurrency=row.concurrency,
            weight=row.weight,
            pace=Pace(emission=row.emission, burst=row.burst, spent_until=row.tat),
            passed_over=row.passed_over,
            has_due_calls=row.has_due_calls,
            has_due_messages=row.has_due_messages,
            machine_now=row.machine_now,
        )
        for row in await tx.execute(_LOCK_CAMPAIGNS, values)
    ]


async def count_calls(tx: AsyncConnection) -> list[Calls]:
    """All calls in flight. Messages do not count."""
    return [
        Calls(
            campaign_id=row.campaign_id,
            sender_id=row.sender_id,
            process_id=row.voice_process,
            count=row.calls,
        )
        for row in await tx.execute(_COUNT_CALLS)
    ]


async def lock_candidates(
    tx: AsyncConnection, appetites: Sequence[Appetite], now: datetime, overdue: datetime
) -> list[Candidate]:
    """Hold the due attempts that come first for each campaign and channel, and their leads.

    Campaigns come in the order of the appetites; within one, who goes first comes first. What was
    due at `overdue` may have one of the places that go by age.
    """
    places = {one.campaign_id: place for place, one in reversed([*enumerate(appetites)])}
    values = {
        "places": [places[one.campaign_id] for one in appetites],
        "by_age": [one.by_age for one in appetites],
        "overdue": overdue,
        "campaigns": [one.campaign_id for one in appetites],
        "channels": [one.channel.value for one in appetites],
        "limits": [one.limit for one in appetites],
        "priorities": list(PRIORITIES),
        "now": now,
    }
    return [
        Candidate(
            id=row.id,
            campaign_id=row.campaign_id,
            lead_id=row.lead_id,
            channel=ChannelName(row.channel),
            phone=row.phone,
            line_busy=row.line_busy,
            known_sender=row.known_sender,
            by_age=row.by_age,
        )
        for row in await tx.execute(_CANDIDATES, values)
    ]
