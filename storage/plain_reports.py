"""Reports about many calls at once: held together, and written by one statement.

Only calls with which nothing special is the matter: that is for the caller to see in `Plain`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.charges import Charge, Part
from outreach.outcome import Outcome
from storage.charges import dump
from storage.documents import Version
from storage.inbox import Entry, month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """An attempt that a report speaks of; it is locked, after its campaign's key and its lead."""

    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    channel: ChannelName
    phone: str
    state: State
    provider_ref: str | None
    outcome: Outcome | None
    outcome_by: str | None
    outdated_by: UUID | None
    rule_id: str | None
    call_status: str | None
    """None: nobody has spoken of its call yet."""
    withdrawn: bool
    is_alone: bool
    """Nothing else is planned or under way for its lead, and nothing was read about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one report says, as it is to be written."""

    id: UUID
    provider_ref: str | None
    status: str
    rank: int
    raises: bool
    """Whether its rank is above what is known of the call."""
    rings: bool
    outcome: Outcome | None
    """Not None: the call is over and came to this, and what follows is decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """Which version of its document a campaign follows now."""

    status: str
    version: Version


_CAMPAIGNS = text("""
SELECT id, status, name, version FROM campaigns
WHERE id IN (SELECT campaign_id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])))
ORDER BY id FOR KEY SHARE
""")
# All leads of each person, in one order, as storage.worked_leads.lock does for one.
_LEADS = text("""
SELECT id FROM leads
WHERE contact_id IN (SELECT contact_id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])))
ORDER BY id FOR NO KEY UPDATE
""")
_ATTEMPTS = text("""
SELECT a.id, a.campaign_id, a.lead_id, a.contact_id, a.channel, a.phone, a.state, a.provider_ref,
       a.outcome, a.outcome_by, a.outdated_by, a.rule_id, k.status AS call_status,
       a.inquiry ? 'withdrawn' AS withdrawn,
       NOT EXISTS (SELECT FROM attempts o WHERE o.lead_id = a.lead_id AND o.id <> a.id
                   AND (o.state NOT IN ('ended', 'cancelled')
                        OR (o.state = 'ended' AND (o.outcome IS NULL OR o.undecided))))
       AND NOT EXISTS (SELECT FROM extractions e WHERE e.lead_id = a.lead_id) AS is_alone
FROM attempts a LEFT JOIN calls k ON k.id = a.id
WHERE a.id = ANY(cast(:ids AS uuid[]))
ORDER BY a.id FOR NO KEY UPDATE OF a
""")

# A repeat may fall into the next month, so the month before is asked too.
_ENTER = text("""
INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status, tries)
SELECT w.id, :month, w.source, w.key, w.kind, w.payload, :now, 'applied', 1
FROM unnest(cast(:ids AS uuid[]), cast(:sources AS text[]), cast(:keys AS text[]),
            cast(:kinds AS text[]), cast(:payloads AS jsonb[])) AS w(id, source, key, kind, payload)
WHERE NOT EXISTS (SELECT FROM inbox i
                  WHERE i.month = :before AND i.source = w.source AND i.key = w.key)
ORDER BY w.source, w.key
ON CONFLICT (month, source, key) DO NOTHING
RETURNING id
""")

_WRITE = text("""
-- clock_timestamp() is machine time.
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:refs AS text[]), cast(:statuses AS text[]),
                       cast(:ranks AS smallint[]), cast(:rings AS boolean[]),
                       cast(:outcomes AS text[]))
    AS w(id, ref, status, rank, rings, outcome)
), moved AS (
  UPDATE attempts SET
    state = CASE WHEN wish.outcome IS NULL THEN 'started' ELSE 'ended' END,
    started_at = CASE WHEN state = 'started' THEN started_at ELSE :now END,
    provider_rank = greatest(provider_rank, wish.rank),
    provider_status = CASE WHEN wish.rank > provider_rank OR provider_status IS NULL
                           THEN wish.status ELSE provider_status END,
    provider_ref = coalesce(provider_ref, wish.ref),
    lease_until = CASE WHEN wish.outcome IS NOT NULL THEN NULL
                       WHEN state = 'started' THEN lease_until
                       ELSE clock_timestamp() + :lease END,
    outcome = wish.outcome,
    charges = CASE WHEN wish.outcome IS NULL THEN charges
                   ELSE charges || cast(:charges AS jsonb) END,
    cost_micros = CASE WHEN wish.outcome IS NULL THEN cost_micros
                       ELSE coalesce(cost_micros, cast(:micros AS bigint)) END,
    cost_currency = CASE WHEN wish.outcome IS NULL THEN cost_currency
                         ELSE coalesce(cost_currency, cast(:currency AS text)) END,
    outcome_by = CASE WHEN wish.outcome IS NULL THEN outcome_by ELSE 'provider' END,
    ended_at = CASE WHEN wish.outcome IS NULL THEN NULL ELSE cast(:now AS timestamptz) END
  FROM wish WHERE attempts.id = wish.id
  RETURNING attempts.id, contact_id, lead_id, phone, sender_id, simulated, provider_ref
), called AS (
  INSERT INTO calls (id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone,
                     to_phone, created_at, simulated, status, ended_at, ringing_at,
                     cost_micros, cost_currency)
  SELECT moved.id, moved.id, contact_id, lead_id, 'outbound', moved.provider_ref,
         coalesce(s.address, ''), moved.phone, :now, moved.simulated, wish.status,
         CASE WHEN wish.outcome IS NOT NULL THEN cast(:now AS timestamptz) END,
         CASE WHEN wish.rings THEN cast(:now AS timestamptz) END,
         CASE WHEN wish.outcome IS NOT NULL THEN cast(:micros AS bigint) END,
         CASE WHEN wish.outcome IS NOT NULL THEN cast(:currency AS text) END
  FROM moved JOIN wish USING (id) LEFT JOIN senders s ON s.id = moved.sender_id
  ORDER BY moved.id
  ON CONFLICT (id) DO UPDATE SET
    status = CASE WHEN excluded.id = ANY(cast(:raised AS uuid[])) THEN excluded.status
                  ELSE calls.status END,
    provider_ref = coalesce(calls.provider_ref, excluded.provider_ref),
    ended_at = coalesce(calls.ended_at, excluded.ended_at),
    cost_micros = coalesce(calls.cost_micros, excluded.cost_micros),
    cost_currency = coalesce(calls.cost_currency, excluded.cost_currency),
    ringing_at = coalesce(calls.ringing_at,
      CASE WHEN excluded.ringing_at IS NOT NULL
           THEN least(excluded.ringing_at, calls.answered_at, calls.ended_at) END)
)
DELETE FROM lines USING wish WHERE lines.attempt_id = wish.id AND wish.outcome IS NOT NULL
""")


async def hold(
    tx: AsyncConnection, attempt_ids: Collection[UUID]
) -> tuple[dict[UUID, Plain], dict[UUID, Working]]:
    """Lock these attempts, after their campaigns' keys and all leads of their persons.

    Returns those that exist, and their campaigns.
    """
    values = {"ids": list(attempt_ids)}
    campaigns = {
        row.id: Working(status=row.status, version=Version("campaign", row.name, row.version))
        for row in await tx.execute(_CAMPAIGNS, values)
    }
    await tx.execute(_LEADS, values)
    return {
        row.id: Plain(
            **{
                **row._mapping,
                "channel": ChannelName(row.channel),
                "state": State(row.state),
                "outcome": Outcome(row.outcome) if row.outcome else None,
            }
        )
        for row in await tx.execute(_ATTEMPTS, values)
    }, campaigns


async def enter(
    tx: AsyncConnection, entries: Mapping[UUID, tuple[Entry, str, str]], month: date, now: datetime
) -> frozenset[UUID]:
    """Write deliveries down as applied, each with its source and key; the ids of the new ones."""
    values = {
        "ids": list(entries),
        "sources": [source for _, source, _ in entries.values()],
        "keys": [key for _, _, key in entries.values()],
        "kinds": [entry.kind for entry, _, _ in entries.values()],
        "payloads": [json.dumps(entry.payload) for entry, _, _ in entries.values()],
        "month": month,
        "before": month_of(month - timedelta(days=1)),
        "now": now,
    }
    return frozenset((await tx.execute(_ENTER, values)).scalars())


async def write(
    tx: AsyncConnection,
    told: Sequence[Told],
    now: datetime,
    lease: timedelta,
    unanswered: Charge,
) -> None:
    """`starting`, `unsure` or `started` → `started`, or `ended` with its line given back.

    `unanswered` is what the carrier asks for a call that nobody answers. The caller holds the
    attempts and writes their events.
    """
    values = {
        "ids": [one.id for one in told],
        "refs": [one.provider_ref for one in told],
        "statuses": [one.status for one in told],
        "ranks": [one.rank for one in told],
        "raised": [one.id for one in told if one.raises],
        "rings": [one.rings for one in told],
        "outcomes": [one.outcome for one in told],
        "now": now,
        "lease": lease,
        "charges": json.dumps({Part.CARRIER: dump(unanswered)}),
        "micros": unanswered.micros,
        "currency": unanswered.currency,
    }
    await tx.execute(_WRITE, values)
