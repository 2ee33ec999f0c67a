"""What the gate reads and writes: facts of many claimed attempts at once, and its verdicts.

Who stops something takes its row FOR UPDATE; the gate holds the key of the same row until it
commits. So what was stopped stays stopped: no attempt becomes `starting` after that.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.budget import Spending
from outreach.channel import ChannelName
from storage.consents import Word, words_of
from storage.contacted import MOMENT, PLACED
from storage.replaced import cancel_replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    id: UUID
    name: str
    title: str
    version: int
    agent_name: str
    agent_version: int | None
    status: str
    start_at: datetime | None
    end_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claimed attempt with its lead; contact, lead and attempt are locked."""

    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    channel: ChannelName
    phone: str
    sender_id: UUID | None
    sender_address: str | None
    sender_status: str | None
    sender_failing: bool
    """The breaker of the number, or of its provider, is open."""
    simulated: bool
    exempt_from_caps: bool
    lead_status: str
    zones: frozenset[str]
    not_before: datetime | None
    first_name: str
    last_name: str
    email: str | None
    company: str | None
    title: str | None
    country: str | None
    language: str | None
    stated_zone: str | None
    lead_phone: str | None
    lead_whatsapp: str | None
    owner: str | None
    fields: Mapping[str, object]
    times_unavailable: int
    """How often its provider could not be had so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known against or for reaching somebody by this attempt."""

    suppressed: bool
    human_owns: bool
    words: tuple[Word, ...]
    """What they said about this channel and purpose, the newest first."""


_STOPPED = text("SELECT stopped FROM operator_stop FOR KEY SHARE")

_CAMPAIGNS = text("""
SELECT id, name, title, version, agent_name, agent_version, status, start_at, end_at
FROM campaigns
WHERE id IN (SELECT campaign_id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])))
ORDER BY id FOR KEY SHARE
""")

# Skipping what somebody else holds, the gate never waits while it holds a hundred leads; what it
# skips is asked for again a moment later. The contact is held for the caps over all campaigns.
_LOCK = text("""
SELECT a.id, a.campaign_id, a.lead_id, a.contact_id, a.channel, a.phone, a.sender_id,
       s.address AS sender_address, s.status AS sender_status, a.simulated,
       EXISTS (SELECT FROM breakers b WHERE b.state = 'open'
               AND (b.scope, b.name) IN (('sender', s.id::text),
                                         ('provider', s.provider || '/' || s.channel)))
         AS sender_failing,
       a.exempt_from_caps,
       l.status AS lead_status, l.zones, l.not_before, l.first_name, l.last_name, l.email,
       l.company, l.title, l.country, l.language, l.stated_zone, l.phone AS lead_phone,
       l.whatsapp AS lead_whatsapp, l.owner, l.fields,
       coalesce((a.inquiry->>'unavailable')::int, 0) AS times_unavailable
FROM attempts a
JOIN leads l ON l.id = a.lead_id
JOIN contacts k ON k.id = a.contact_id
LEFT JOIN senders s ON s.id = a.sender_id
WHERE a.id = ANY(cast(:ids AS uuid[])) AND a.state = 'claimed' AND a.claimed_by = :process
ORDER BY a.contact_id, a.lead_id, a.id
FOR NO KEY UPDATE OF k, l, a SKIP LOCKED
""")

_LEFT = text("""
SELECT id FROM attempts
WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'claimed' AND claimed_by = :process
ORDER BY id
""")

_CONTACTS = text(f"""
SELECT a.contact_id, array_agg({MOMENT}) AS moments FROM attempts a
WHERE a.contact_id = ANY(cast(:contacts AS uuid[])) AND a.starting_at > :since AND {PLACED}
GROUP BY a.contact_id
""")

_PERSONS = text("""
SELECT a.id,
  EXISTS (SELECT FROM suppressions s
    WHERE s.lifted_at IS NULL AND s.scope IN ('all', a.channel)
      AND (s.campaign_id IS NULL OR s.campaign_id = a.campaign_id)
      AND (s.kind, s.value) IN (
        ('phone', a.phone), ('phone', l.phone), ('phone', l.whatsapp), ('email', lower(l.email)),
        ('country', l.country), ('company', k.company_id::text), ('company', lower(l.company))))
    AS suppressed,
  EXISTS (SELECT FROM conversations v
    WHERE v.contact_id = a.contact_id AND v.handler = 'human' AND NOT v.closed) AS human_owns,
  ARRAY(SELECT ARRAY[c.state, c.basis] FROM consents c
    WHERE c.contact_id = a.contact_id AND c.channel IN ('any', a.channel)
      AND c.purpose IN ('any', w.purpose)
    ORDER BY c.recorded_at DESC, c.id DESC) AS words
FROM unnest(cast(:ids AS uuid[]), cast(:purposes AS text[])) AS w(id, purpose)
JOIN attempts a ON a.id = w.id
JOIN leads l ON l.id = a.lead_id
JOIN contacts k ON k.id = a.contact_id
""")

# Not the campaign's row: who holds its key already and asked for more would deadlock with a pause
# that waits for the key.
_HOLD_BUDGETS = text("""
SELECT pg_advisory_xact_lock(hashtextextended(campaign, 0))
FROM (SELECT DISTINCT unnest(cast(:campaigns AS text[])) AS campaign ORDER BY 1) AS wanted
""")

_SPENT = text("""
-- A call that they made costs, and is no attempt that a campaign has used up.
SELECT count(*) FILTER (WHERE reason <> 'called_us') AS attempts,
       coalesce(sum(cost_micros), 0) AS micros,
       count(*) FILTER (WHERE cost_micros IS NULL AND channel = 'voice') AS unpriced_calls,
       count(*) FILTER (WHERE cost_micros IS NULL AND channel = 'whatsapp') AS unpriced_messages
FROM attempts
WHERE campaign_id = :campaign AND starting_at IS NOT NULL AND starting_at >= :since
  AND outcome IS DISTINCT FROM 'not_placed'
""")

_PARKED = text("""
SELECT EXISTS (SELECT FROM senders
  WHERE channel = :channel AND (address = ANY(cast(:pool AS text[])) OR :any_number))
""")


async def is_stopped(tx: AsyncConnection) -> bool:
    """Whether an operator has stopped everything; nobody stops it until the transaction ends."""
    return bool((await tx.execute(_STOPPED)).scalar_one())


async def hold_campaigns(tx: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, CampaignRow]:
    """The campaigns of these attempts; nobody pauses one until the transaction ends."""
    rows = await tx.execute(_CAMPAIGNS, {"ids": list(ids)})
    return {row.id: CampaignRow(**row._mapping) for row in rows}


async def lock_claimed(
    tx: AsyncConnection, ids: Collection[UUID], process_id: UUID
) -> list[Claimed]:
    """Those of these attempts that this process has claimed and nobody else holds just now."""
    rows = await tx.execute(_LOCK, {"ids": list(ids), "process": process_id})
    return [
        Claimed(
            **{
                **row._mapping,
                "channel": ChannelName(row.channel),
                "zones": frozenset(row.zones),
            }
        )
        for row in rows
    ]


async def still_claimed(tx: AsyncConnection, ids: Collection[UUID], process_id: UUID) -> list[UUID]:
    """Those that still wait for the gate."""
    rows = await tx.execute(_LEFT, {"ids": list(ids), "process": process_id})
    return list(rows.scalars())


async def contacts_since(
    tx: AsyncConnection, contact_ids: Collection[UUID], since: datetime
) -> dict[UUID, list[datetime]]:
    """When these people were contacted, by any campaign and channel."""
    rows = await tx.execute(_CONTACTS, {"contacts": list(set(contact_ids)), "since": since})
    return {row.contact_id: list(row.moments) for row in rows}


async def persons(tx: AsyncConnection, purposes: Mapping[UUID, str]) -> dict[UUID, Person]:
    """Suppression, consent and human ownership by attempt; `purposes` are their campaigns'."""
    values = {"ids": list(purposes), "purposes": list(purposes.values())}
    return {
        row.id: Person(
            suppressed=row.suppressed, human_owns=row.human_owns, words=words_of(row.words)
        )
        for row in await tx.execute(_PERSONS, values)
    }


async def hold_budgets(tx: AsyncConnection, campaign_ids: Collection[UUID]) -> None:
    """One gate at a time spends the budget of these campaigns, until its transaction ends."""
    if campaign_ids:
        await tx.execute(_HOLD_BUDGETS, {"campaigns": [str(id) for id in campaign_ids]})


async def spent(tx: AsyncConnection, campaign_id: UUID, since: datetime) -> Spending:
    """What a campaign's attempts since then have used up, in flight or ended."""
    row = (await tx.execute(_SPENT, {"campaign": campaign_id, "since": since})).one()
    return Spending(**{**row._mapping, "micros": int(row.micros)})


async def has_number(tx: AsyncConnection, channel: ChannelName, pool: Sequence[str]) -> bool:
    """Whether any of these numbers (none named: any at all) exists, in use or not."""
    values = {"channel": channel.value, "pool": list(pool), "any_number": not pool}
    return bool((await tx.execute(_PARKED, values)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The gate's yes."""

    id: UUID
    window_end_at: datetime
    versions: Mapping[str, object]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A no for now: the attempt is planned again."""

    id: UUID
    reason: str
    due_at: datetime
    window_end_at: datetime | None
    """None keeps the present one."""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """A no for good: the attempt is cancelled."""

    id: UUID
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)


_PASS = text("""
-- clock_timestamp() is machine time.
WITH passed AS (
  UPDATE attempts SET state = 'starting', starting_at = :now, window_end_at = w.window_end_at,
                      versions = w.versions, gate = w.facts, moved_by = NULL,
                      lease_until = clock_timestamp() + :lease
  FROM unnest(cast(:ids AS uuid[]), cast(:ends AS timestamptz[]), cast(:versions AS jsonb[]),
              cast(:facts AS jsonb[])) AS w(id, window_end_at, versions, facts)
  WHERE attempts.id = w.id AND attempts.state = 'claimed'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, attempts.versions
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.starting', 'engine', campaign_id, lead_id, contact_id, id, versions
  FROM passed ORDER BY id
)
SELECT id FROM passed
""")

_AGAIN = text("""
WITH moved AS (
  UPDATE attempts SET state = 'planned', due_at = w.due_at, moved_by = w.reason,
                      window_end_at = coalesce(w.window_end_at, attempts.window_end_at),
                      gate = w.facts, sender_id = NULL, voice_process = NULL, claimed_by = NULL,
                      lease_until = NULL
  FROM unnest(cast(:ids AS uuid[]), cast(:reasons AS text[]), cast(:dues AS timestamptz[]),
              cast(:ends AS timestamptz[]), cast(:facts AS jsonb[]))
       AS w(id, reason, due_at, window_end_at, facts)
  WHERE attempts.id = w.id AND attempts.state = 'claimed'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, attempts.due_at, attempts.moved_by,
            attempts.gate
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.refused', 'engine', campaign_id, lead_id, contact_id, id,
         gate || jsonb_build_object('reason', moved_by, 'due_at', due_at)
  FROM moved ORDER BY id
)
SELECT id FROM moved
""")

_NEVER = text("""
WITH ended AS (
  UPDATE attempts SET state = 'cancelled', cancelled_by = 'gate', cancel_reason = w.reason,
                      moved_by = w.reason, gate = w.facts, ended_at = :now, lease_until = NULL
  FROM unnest(cast(:ids AS uuid[]), cast(:reasons AS text[]), cast(:facts AS jsonb[]))
       AS w(id, reason, facts)
  WHERE attempts.id = w.id AND attempts.state = 'claimed'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, cancel_reason, attempts.gate
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.cancelled', 'engine', campaign_id, lead_id, contact_id, id,
         gate || jsonb_build_object('reason', cancel_reason)
  FROM ended ORDER BY id
)
SELECT id FROM ended
""")


async def let_pass(
    tx: AsyncConnection, passes: Sequence[Pass], now: datetime, lease: timedelta
) -> frozenset[UUID]:
    """`claimed` → `starting`, each with its versions and what the gate saw."""
    if not passes:
        return frozenset()
    values = {
        "ids": [one.id for one in passes],
        "ends": [one.window_end_at for one in passes],
        "versions": [json.dumps(one.versions, default=str) for one in passes],
        "facts": [json.dumps(one.facts, default=str) for one in passes],
        "now": now,
        "lease": lease,
    }
    return frozenset((await tx.execute(_PASS, values)).scalars())


async def plan_again(tx: AsyncConnection, verdicts: Sequence[Again], now: datetime) -> None:
    """`claimed` → `planned`, due later, with the reason; cancelled where the lead has another plan.

    The caller gives back the lines.
    """
    if not verdicts:
        return
    ids = [one.id for one in verdicts]
    await cancel_replaced(tx, ids, State.CLAIMED, now)
    values = {
        "ids": ids,
        "reasons": [one.reason for one in verdicts],
        "dues": [one.due_at for one in verdicts],
        "ends": [one.window_end_at for one in verdicts],
        "facts": [json.dumps(one.facts, default=str) for one in verdicts],
        "now": now,
    }
    await tx.execute(_AGAIN, values)


async def refuse(tx: AsyncConnection, verdicts: Sequence[Never], now: datetime) -> None:
    """`claimed` → `cancelled`, with the reason. The caller gives back the lines."""
    if not verdicts:
        return
    values = {
        "ids": [one.id for one in verdicts],
        "reasons": [one.reason for one in verdicts],
        "facts": [json.dumps(one.facts, default=str) for one in verdicts],
        "now": now,
    }
    await tx.execute(_NEVER, values)
