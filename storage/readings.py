"""What was understood from a conversation, with the words that prove it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.fields import FieldValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    id: UUID
    field: str
    value: object
    """JSON; None is "unknown"."""
    evidence_turn: int | None = None
    evidence_message_id: UUID | None = None
    quote: str | None = None
    status: str | None = None
    """confirmed | corrected where a colleague says it; None: as it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    id: UUID
    created_at: datetime
    made_by: str
    """reader | provider | person"""
    outcome: str | None
    call_id: UUID | None = None
    conversation_id: UUID | None = None
    attempt_id: UUID | None = None
    lead_id: UUID | None = None
    evidence_turn: int | None = None
    evidence_message_id: UUID | None = None
    quote: str | None = None
    summary: str | None = None
    next_step: str | None = None
    model: str | None = None
    unsupported: Mapping[str, object] = field(default_factory=dict)
    usage: Mapping[str, object] = field(default_factory=dict)
    extractions: Sequence[Extraction] = ()


_READING = text("""
INSERT INTO readings (id, call_id, conversation_id, attempt_id, lead_id, made_by, outcome,
                      evidence_turn, evidence_message_id, quote, summary, next_step, model,
                      unsupported, usage, created_at)
VALUES (:id, :call_id, :conversation_id, :attempt_id, :lead_id, :made_by, :outcome,
        :evidence_turn, :evidence_message_id, :quote, :summary, :next_step, :model,
        cast(:unsupported AS jsonb), cast(:usage AS jsonb), :created_at)
""")
_EXTRACTION = text("""
INSERT INTO extractions (id, reading_id, lead_id, field, value, evidence_turn,
                         evidence_message_id, quote, status, created_at)
VALUES (:id, :reading_id, :lead_id, :field, cast(:value AS jsonb), :evidence_turn,
        :evidence_message_id, :quote, :status, :created_at)
""")


async def store(tx: AsyncConnection, reading: Reading) -> None:
    """Write the reading and its values down."""
    await tx.execute(
        _READING,
        {
            "id": reading.id,
            "call_id": reading.call_id,
            "conversation_id": reading.conversation_id,
            "attempt_id": reading.attempt_id,
            "lead_id": reading.lead_id,
            "made_by": reading.made_by,
            "outcome": reading.outcome,
            "evidence_turn": reading.evidence_turn,
            "evidence_message_id": reading.evidence_message_id,
            "quote": reading.quote,
            "summary": reading.summary,
            "next_step": reading.next_step,
            "model": reading.model,
            "unsupported": json.dumps(reading.unsupported),
            "usage": json.dumps(reading.usage),
            "created_at": reading.created_at,
        },
    )
    if reading.extractions:
        await tx.execute(_EXTRACTION, [_row(reading, one) for one in reading.extractions])


def _row(reading: Reading, one: Extraction) -> dict[str, object]:
    return {
        "id": one.id,
        "reading_id": reading.id,
        "lead_id": reading.lead_id,
        "field": one.field,
        "value": json.dumps(one.value),
        "evidence_turn": one.evidence_turn,
        "evidence_message_id": one.evidence_message_id,
        "quote": one.quote,
        "status": one.status or ("unknown" if one.value is None else "read"),
        "created_at": reading.created_at,
    }


_OUTCOME_OF = text("""
SELECT outcome FROM readings WHERE call_id = :call_id AND made_by <> 'provider'
ORDER BY created_at DESC, id DESC LIMIT 1
""")
# The newest word about a field counts, whichever conversation it was said in. What a colleague has
# confirmed or corrected stands until the person says something later: reading the same words once
# more does not bring the mistake back.
_VALUES = text("""
WITH known AS (
  SELECT e.id, e.field, e.value, e.status, e.created_at,
         coalesce(m.created_at, c.created_at, r.created_at) AS said_at
  FROM extractions e JOIN readings r ON r.id = e.reading_id
  LEFT JOIN messages m ON m.id = e.evidence_message_id
  LEFT JOIN calls c ON c.id = r.call_id
  WHERE e.lead_id = :lead_id AND e.status IN ('read', 'confirmed', 'corrected')
)
SELECT DISTINCT ON (field) field, value FROM known
WHERE status <> 'read' OR NOT EXISTS (
  SELECT FROM known human WHERE human.field = known.field AND human.status <> 'read'
    AND human.created_at >= known.said_at)
ORDER BY field, created_at DESC, id DESC
""")


_LAST_SUMMARY = text("""
SELECT summary FROM readings
WHERE lead_id = :lead_id AND coalesce(summary, '') <> ''
ORDER BY created_at DESC, id DESC LIMIT 1
""")


async def last_summary(tx: AsyncConnection, lead_id: UUID) -> str | None:
    """What was noted of this lead's newest conversation; None where there was none."""
    found: str | None = (await tx.execute(_LAST_SUMMARY, {"lead_id": lead_id})).scalar_one_or_none()
    return found


async def outcome_of_call(tx: AsyncConnection, call_id: UUID) -> str | None:
    """What our newest reading of this call concluded; what a platform said of it is none."""
    found: str | None = (await tx.execute(_OUTCOME_OF, {"call_id": call_id})).scalar_one_or_none()
    return found


async def values_of(tx: AsyncConnection, lead_id: UUID) -> dict[str, FieldValue]:
    """What is known of a lead from its conversations, the newest value per field."""
    rows = await tx.execute(_VALUES, {"lead_id": lead_id})
    return {row.field: row.value for row in rows}
