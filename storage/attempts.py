"""Attempts: planning, cancelling and moving them, each with its event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import FINAL, State, can_move
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.lead import Work
from outreach.outcome import Outcome
from storage import leads, lines
from storage.events import ENGINE, Event, record
from storage.tables import attempts


class Priority(IntEnum):
    """Who goes first among those that are due. Closed: the claim probes each of these."""

    PROMISED = 20
    """A callback at the hour the person named."""
    HOT = 10
    GOOD = 5
    """A lead that fits well."""
    NORMAL = 0
    POOR = -5
    """A lead that fits badly, or of which little is known."""
    LOW = -10


STANDINGS: Final = [int(one) for one in (Priority.GOOD, Priority.POOR, Priority.LOW)]
"""What `leads.priority` may say of a lead besides normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    channel: ChannelName
    phone: str
    due_at: datetime
    window_end_at: datetime | None
    reason: str
    """Why it is planned: `first_step`, `retry`, `callback`, `not_placed` …; never free text."""
    rule_id: str | None = None
    created_by: str = ENGINE
    priority: Priority = Priority.NORMAL
    exempt_from_caps: bool = False
    moved_by: str | None = None
    """What moved it away from the wanted time."""
    wanted_at: datetime | None = None
    """When it was wanted; None: when it is due."""
    avoid: str | None = None
    """The part of the day it keeps away from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    n: int
    channel: ChannelName
    phone: str
    state: State
    due_at: datetime
    sender_id: UUID | None
    provider_ref: str | None
    provider_status: str | None
    outcome: Outcome | None
    starting_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who moved an attempt, when (business time), and what its event says of it."""

    at: datetime
    actor: str = ENGINE
    data: Mapping[str, object] = field(default_factory=dict)


NOTHING: Final[Mapping[str, object]] = MappingProxyType({})

EVENT_OF: Final[dict[State, Kind]] = {
    State.PLANNED: Kind.ATTEMPT_MOVED,
    State.CLAIMED: Kind.ATTEMPT_CLAIMED,
    State.STARTING: Kind.ATTEMPT_STARTING,
    State.STARTED: Kind.ATTEMPT_STARTED,
    State.LIVE: Kind.ATTEMPT_LIVE,
    State.UNSURE: Kind.ATTEMPT_UNSURE,
    State.ENDED: Kind.ATTEMPT_ENDED,
    State.CANCELLED: Kind.ATTEMPT_CANCELLED,
}

_PLAN = text("""
INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, due_at,
                      window_end_at, priority, reason, rule_id, created_by, created_at,
                      exempt_from_caps, moved_by, wanted_at, avoid)
SELECT w.id, w.campaign_id, w.lead_id, w.contact_id,
       coalesce((SELECT max(a.n) FROM attempts a WHERE a.lead_id = w.lead_id), 0) + 1,
       w.channel, w.phone, w.due_at, w.window_end_at,
       -- Who is planned without a reason to be first or last goes by the lead's own standing.
       CASE WHEN w.priority = 0 AND l.priority = ANY(cast(:standings AS smallint[]))
            THEN l.priority ELSE w.priority END,
       w.reason, w.rule_id, w.created_by, :now, w.exempt, w.moved_by,
       w.wanted_at, w.avoid
FROM unnest(cast(:ids AS uuid[]), cast(:campaigns AS uuid[]), cast(:leads AS uuid[]),
            cast(:contacts AS uuid[]), cast(:channels AS text[]), cast(:phones AS text[]),
            cast(:dues AS timestamptz[]), cast(:ends AS timestamptz[]),
            cast(:priorities AS smallint[]), cast(:reasons AS text[]), cast(:rules AS text[]),
            cast(:creators AS text[]), cast(:exempts AS boolean[]), cast(:movers AS text[]),
            cast(:wanted AS timestamptz[]), cast(:avoided AS text[]))
     AS w(id, campaign_id, lead_id, contact_id, channel, phone, due_at, window_end_at, priority,
          reason, rule_id, created_by, exempt, moved_by, wanted_at, avoid)
JOIN leads l ON l.id = w.lead_id
ON CONFLICT (lead_id) WHERE state = 'planned' DO NOTHING
RETURNING id, lead_id, EXISTS (
  SELECT FROM attempts f WHERE f.lead_id = attempts.lead_id
    AND f.state IN ('claimed', 'starting', 'started', 'live', 'unsure')) AS in_flight
""")

_CANCEL = text("""
WITH held AS (
  SELECT id FROM attempts WHERE id = ANY(cast(:ids AS uuid[]))
    AND state IN ('planned', 'claimed')
  ORDER BY id FOR NO KEY UPDATE
)
UPDATE attempts SET state = 'cancelled', cancelled_by = :by, cancel_reason = :reason,
                    ended_at = :now, lease_until = NULL
FROM held WHERE attempts.id = held.id AND attempts.state IN ('planned', 'claimed')
RETURNING attempts.id, attempts.campaign_id, attempts.lead_id, attempts.contact_id
""")

_LEADS_OF = text("""
SELECT DISTINCT lead_id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY lead_id
""")

_FIND = text("""
SELECT id, campaign_id, lead_id, contact_id, n, channel, phone, state, due_at, sender_id,
       provider_ref, provider_status, outcome, starting_at
FROM attempts WHERE id = :id
""")

_UNSURE = text("""
SELECT id, campaign_id, lead_id, contact_id, n, channel, phone, state, due_at, sender_id,
       provider_ref, provider_status, outcome, starting_at, inquiry
FROM attempts WHERE state = 'unsure' ORDER BY starting_at, id LIMIT :limit
""")


async def plan(tx: AsyncConnection, wanted: Sequence[NewAttempt], now: datetime) -> frozenset[UUID]:
    """Insert planned attempts, one per lead; returns the ids of those that were.

    A lead that already has a planned attempt keeps that one. The next may be planned while the
    present one still runs; the lead then stays `in_flight`.
    """
    if not wanted:
        return frozenset()
    await leads.lock(tx, {attempt.lead_id for attempt in wanted})
    rows = (await tx.execute(_PLAN, {**_columns(wanted), "now": now})).all()
    made = frozenset(row.id for row in rows)
    resting = [row.lead_id for row in rows if not row.in_flight]
    await leads.set_work(tx, resting, Work.PLANNED)
    await record(tx, [_planned(attempt, now) for attempt in wanted if attempt.id in made])
    return made


def _columns(wanted: Sequence[NewAttempt]) -> dict[str, object]:
    return {
        "ids": [one.id for one in wanted],
        "campaigns": [one.campaign_id for one in wanted],
        "leads": [one.lead_id for one in wanted],
        "contacts": [one.contact_id for one in wanted],
        "channels": [one.channel.value for one in wanted],
        "phones": [one.phone for one in wanted],
        "dues": [one.due_at for one in wanted],
        "ends": [one.window_end_at for one in wanted],
        "priorities": [int(one.priority) for one in wanted],
        "reasons": [one.reason for one in wanted],
        "rules": [one.rule_id for one in wanted],
        "creators": [one.created_by for one in wanted],
        "exempts": [one.exempt_from_caps for one in wanted],
        "movers": [one.moved_by for one in wanted],
        "standings": STANDINGS,
        "wanted": [one.wanted_at or one.due_at for one in wanted],
        "avoided": [one.avoid for one in wanted],
    }


def _planned(attempt: NewAttempt, now: datetime) -> Event:
    data: dict[str, object] = {
        "channel": attempt.channel.value,
        "due_at": attempt.due_at.isoformat(),
        "reason": attempt.reason,
        "rule": attempt.rule_id,
        "moved_by": attempt.moved_by,
    }
    return Event(
        kind=Kind.ATTEMPT_PLANNED,
        at=now,
        actor=attempt.created_by,
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data={name: value for name, value in data.items() if value is not None},
    )


async def leads_of(tx: AsyncConnection, ids: Collection[UUID]) -> list[UUID]:
    """Whose attempts these are, each once."""
    return list((await tx.execute(_LEADS_OF, {"ids": list(ids)})).scalars())


async def cancel(
    tx: AsyncConnection,
    ids: Collection[UUID],
    *,
    by: str,
    reason: str,
    now: datetime,
    said: Mapping[str, object] = NOTHING,
) -> frozenset[UUID]:
    """Cancel what the provider has not been asked for yet; returns the ids that were cancelled.

    `said` stands in the events beside the reason: codes and ids. Whatever is `starting` or later
    goes on. The caller says what becomes of the leads (`storage.leads.set_work`), because only it
    knows why.
    """
    if not ids:
        return frozenset()
    await leads.lock(tx, await leads_of(tx, ids))
    values = {"ids": list(ids), "by": by, "reason": reason, "now": now}
    rows = sorted(await tx.execute(_CANCEL, values), key=lambda row: row.id)
    await record(
        tx,
        [
            Event(
                kind=Kind.ATTEMPT_CANCELLED,
                at=now,
                actor=by,
                campaign_id=row.campaign_id,
                lead_id=row.lead_id,
                contact_id=row.contact_id,
                attempt_id=row.id,
                data={"reason": reason, **said},
            )
            for row in rows
        ],
    )
    cancelled = frozenset(row.id for row in rows)
    await lines.release(tx, cancelled)
    return cancelled


async def move(
    tx: AsyncConnection,
    id: UUID,
    expected: Collection[State],
    to: State,
    cause: Cause,
    **facts: object,
) -> Attempt | None:
    """Move one attempt if it still is in an expected state; None when it is not.

    `facts` are further columns to write. The line is given back where the attempt ends, is
    cancelled or planned again. The caller has locked the lead.
    """
    for state in expected:
        if state is not to and not can_move(state, to):
            raise ValueError(f"an attempt cannot go from {state} to {to}")
    query = (
        update(attempts)
        .where(attempts.c.id == id, attempts.c.state.in_([state.value for state in expected]))
        .values(state=to.value, **facts)
        .returning(*(attempts.c[name] for name in Attempt.__dataclass_fields__))
    )
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    moved = _attempt(row)
    await record(
        tx,
        [
            Event(
                kind=EVENT_OF[to],
                at=cause.at,
                actor=cause.actor,
                campaign_id=moved.campaign_id,
                lead_id=moved.lead_id,
                contact_id=moved.contact_id,
                attempt_id=moved.id,
                data=cause.data,
            )
        ],
    )
    if to in FINAL or to is State.PLANNED:
        await lines.release(tx, [id])
    return moved


async def find(tx: AsyncConnection, id: UUID) -> Attempt | None:
    row = (await tx.execute(_FIND, {"id": id})).one_or_none()
    return _attempt(row) if row is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """An attempt that the provider may have, and what was asked about it."""

    attempt: Attempt
    inquiry: dict[str, object]


async def list_unsure(tx: AsyncConnection, limit: int = 200) -> list[Unsure]:
    """Attempts whose fate nobody knows, longest unknown first; for an operator."""
    rows = await tx.execute(_UNSURE, {"limit": limit})
    return [Unsure(attempt=_attempt(row), inquiry=row.inquiry) for row in rows]


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    values = {name: getattr(row, name) for name in Attempt.__dataclass_fields__}
    values["channel"] = ChannelName(values["channel"])
    values["state"] = State(values["state"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    return Attempt(**values)
