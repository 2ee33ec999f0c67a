"""What a claim writes: the attempts it takes with their lines, the turns it used, who waits.

Campaigns, leads and attempts are locked before, by storage.claiming in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.reason import Reason
from storage.claiming import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A candidate with the sender and, for a call, the process that is to hold it."""

    candidate: Candidate
    sender_id: UUID | None
    """None: its campaign has no number that may be used; the gate will say so and store it."""
    simulated: bool
    process_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who claims, when (business time), and for how long without a further word (machine time)."""

    process_id: UUID
    now: datetime
    lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a campaign's turn has used."""

    spent_until: datetime | None
    """Up to when its pace is used up (machine time)."""
    passed_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A due attempt that cannot be made just now, for a reason of its own."""

    id: UUID
    reason: Reason
    due_at: datetime


# Sorted, so that two claimers that want the same lines wait for each other in one order.
_TAKE = text("""
-- clock_timestamp() is machine time.
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:channels AS text[]), cast(:phones AS text[]),
                       cast(:senders AS uuid[]), cast(:simulated AS boolean[]),
                       cast(:processes AS uuid[]))
    AS w(id, channel, phone, sender_id, simulated, process_id)
), got AS (
  INSERT INTO lines (channel, phone, attempt_id)
  SELECT channel, phone, id FROM wish ORDER BY channel, phone, id
  ON CONFLICT DO NOTHING
  RETURNING attempt_id
), claimed AS (
  UPDATE attempts SET state = 'claimed', sender_id = wish.sender_id, simulated = wish.simulated,
                      voice_process = wish.process_id, claimed_by = :process, claimed_at = :now,
                      lease_until = clock_timestamp() + :lease
  FROM wish JOIN got ON got.attempt_id = wish.id
  WHERE attempts.id = wish.id AND attempts.state = 'planned'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, attempts.sender_id
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.claimed', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('sender', sender_id)
  FROM claimed ORDER BY id
)
SELECT id FROM claimed
""")

_SPEND = text("""
-- clock_timestamp() is machine time.
UPDATE campaigns SET served_at = clock_timestamp(), tat = w.tat, passed_over = w.passed_over
FROM unnest(cast(:ids AS uuid[]), cast(:tats AS timestamptz[]), cast(:passed AS smallint[]))
  AS w(id, tat, passed_over)
WHERE campaigns.id = w.id
""")

_POSTPONE = text("""
WITH moved AS (
  UPDATE attempts SET due_at = w.due_at, moved_by = w.reason
  FROM unnest(cast(:ids AS uuid[]), cast(:reasons AS text[]), cast(:dues AS timestamptz[]))
    AS w(id, reason, due_at)
  WHERE attempts.id = w.id AND state = 'planned'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, w.reason, w.due_at
)
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
SELECT :now, 'attempt.moved', 'engine', campaign_id, lead_id, contact_id, id,
       jsonb_build_object('reason', reason, 'due_at', due_at)
FROM moved ORDER BY id
""")


async def take(tx: AsyncConnection, wishes: Sequence[Wish], claim: Claim) -> frozenset[UUID]:
    """Claim the attempts that get their person's line; returns their ids."""
    if not wishes:
        return frozenset()
    values = {
        "ids": [wish.candidate.id for wish in wishes],
        "channels": [wish.candidate.channel.value for wish in wishes],
        "phones": [wish.candidate.phone for wish in wishes],
        "senders": [wish.sender_id for wish in wishes],
        "simulated": [wish.simulated for wish in wishes],
        "processes": [wish.process_id for wish in wishes],
        "process": claim.process_id,
        "now": claim.now,
        "lease": claim.lease,
    }
    return frozenset((await tx.execute(_TAKE, values)).scalars())


async def spend(tx: AsyncConnection, turns: Mapping[UUID, Turn]) -> None:
    """Note that these campaigns were served, and what it used."""
    values = {
        "ids": list(turns),
        "tats": [turn.spent_until for turn in turns.values()],
        "passed": [turn.passed_over for turn in turns.values()],
    }
    await tx.execute(_SPEND, values)


async def postpone(tx: AsyncConnection, postponed: Sequence[Postponed], now: datetime) -> None:
    """Try these again later, each with its reason; they stay planned."""
    if postponed:
        values = {
            "ids": [one.id for one in postponed],
            "reasons": [one.reason for one in postponed],
            "dues": [one.due_at for one in postponed],
            "now": now,
        }
        await tx.execute(_POSTPONE, values)
