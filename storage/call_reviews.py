"""A call as a person listens to it: who, how it ended, its sound, what was read from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReview:
    id: UUID
    attempt_id: UUID | None
    lead_id: UUID | None
    direction: str
    from_phone: str
    to_phone: str
    status: str
    answered_by: str | None
    amd: str | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    ended_by: str | None
    disclosed_ai_at: datetime | None
    recording_notice_at: datetime | None
    cost_micros: int | None
    cost_currency: str | None
    simulated: bool
    reading_state: str
    n: int | None
    """Which attempt of the lead it is."""
    outcome: str | None
    outcome_by: str | None
    campaign: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    zones: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A recording in our store."""

    uri: str
    """Relative to the store's folder."""
    channels: int
    duration_ms: int
    peaks: Sequence[Sequence[float]]
    """Per channel the loudest sample of each stretch, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCall:
    """What our reader understood."""

    id: UUID
    outcome: str | None
    evidence_turn: int | None
    quote: str | None
    summary: str | None
    next_step: str | None
    model: str | None
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    field: str
    value: object
    evidence_turn: int | None
    quote: str | None
    status: str


_CALL = text("""
SELECT k.id, k.attempt_id, k.lead_id, k.direction, k.from_phone, k.to_phone, k.status,
       k.answered_by, k.amd, k.created_at, k.answered_at, k.ended_at, k.duration_s, k.ended_by,
       k.disclosed_ai_at, k.recording_notice_at,
       coalesce(k.cost_micros, a.cost_micros) AS cost_micros,
       coalesce(k.cost_currency, a.cost_currency) AS cost_currency, k.simulated, k.reading_state,
       a.n, a.outcome, a.outcome_by, c.name AS campaign, l.first_name, l.last_name, l.company,
       l.zones
FROM calls k LEFT JOIN attempts a ON a.id = k.attempt_id LEFT JOIN leads l ON l.id = k.lead_id
LEFT JOIN campaigns c ON c.id = l.campaign_id
WHERE k.id = :id
""")
# Ours begins with the conversation, as the transcript does; the provider's begins with the ring.
_SOUND = text("""
SELECT uri, coalesce(channels, 1) AS channels, coalesce(duration_ms, 0) AS duration_ms,
       coalesce(peaks, '[]') AS peaks
FROM recordings WHERE call_id = :id AND status = 'stored' AND uri IS NOT NULL
ORDER BY source = 'ours' DESC, created_at DESC LIMIT 1
""")
_READING = text("""
SELECT id, outcome, evidence_turn, quote, summary, next_step, model, made_by FROM readings
WHERE call_id = :id AND made_by <> 'provider' ORDER BY created_at DESC, id DESC LIMIT 1
""")
_FIELDS = text("""
SELECT field, value, evidence_turn, quote, status FROM extractions
WHERE reading_id = :id ORDER BY value IS NULL OR value = 'null', field
""")


async def find(tx: AsyncConnection, call_id: UUID) -> CallReview | None:
    row = (await tx.execute(_CALL, {"id": call_id})).one_or_none()
    return CallReview(**row._mapping) if row is not None else None


async def sound(tx: AsyncConnection, call_id: UUID) -> Sound | None:
    """The recording to listen to; None where none lies in the store."""
    row = (await tx.execute(_SOUND, {"id": call_id})).one_or_none()
    return Sound(**row._mapping) if row is not None else None


async def reading(tx: AsyncConnection, call_id: UUID) -> ReadCall | None:
    """Our newest reading; what a platform said of the call is none."""
    row = (await tx.execute(_READING, {"id": call_id})).one_or_none()
    return ReadCall(**row._mapping) if row is not None else None


async def fields(tx: AsyncConnection, reading_id: UUID) -> list[Extracted]:
    """What was read, known values first."""
    return [Extracted(**row._mapping) for row in await tx.execute(_FIELDS, {"id": reading_id})]
