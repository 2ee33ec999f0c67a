"""A verified reading as rows, and the task for a person where the words prove too little."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.model import Usage
from orchestrator.engine.context import Context
from outreach.events import Kind
from outreach.reading import VerifiedReading
from storage import readings
from storage.events import Event, record
from storage.readings import Extraction, Reading
from storage.tasks import Task, open_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read, and for whom."""

    lead_id: UUID | None
    call_id: UUID | None = None
    conversation_id: UUID | None = None
    attempt_id: UUID | None = None
    messages: Mapping[int, UUID] = field(default_factory=dict)
    """In a chat: which message each turn is."""


async def store(
    ctx: Context,
    tx: AsyncConnection,
    source: Source,
    reading: VerifiedReading,
    usage: Usage,
    now: datetime,
) -> None:
    """Write the reading with its proven values; a field that is not here is unknown."""
    turn = reading.outcome_turn
    row = Reading(
        id=ctx.new_id(now),
        created_at=now,
        made_by="reader",
        outcome=reading.outcome,
        call_id=source.call_id,
        conversation_id=source.conversation_id,
        attempt_id=source.attempt_id,
        lead_id=source.lead_id,
        evidence_turn=turn,
        evidence_message_id=source.messages.get(turn) if turn is not None else None,
        quote=reading.outcome_quote or None,
        summary=reading.summary or None,
        next_step=reading.next_step or None,
        model=usage.model or None,
        unsupported={"fields": list(reading.unproven)} if reading.unproven else {},
        usage=asdict(usage),
        extractions=[
            Extraction(
                id=ctx.new_id(now),
                field=claim.name,
                value=claim.value,
                evidence_turn=claim.turn,
                evidence_message_id=source.messages.get(claim.turn),
                quote=claim.quote,
            )
            for claim in reading.claims.values()
        ],
    )
    await readings.store(tx, row)
    event = Event(
        kind=Kind.READING_STORED,
        at=now,
        lead_id=source.lead_id,
        attempt_id=source.attempt_id,
        data={
            "reading_id": str(row.id),
            "outcome": reading.outcome,
            "fields": sorted(reading.claims),
            "unproven": list(reading.unproven),
        },
    )
    await record(tx, [event])


async def ask_a_person(
    ctx: Context, tx: AsyncConnection, source: Source, contact_id: UUID, now: datetime
) -> None:
    """Somebody should read what the machine could not make out."""
    task = Task(
        id=ctx.new_id(now),
        kind="check_reading",
        body="Read the conversation: its words do not prove what came of it.",
        created_by="engine",
        created_at=now,
        lead_id=source.lead_id,
        contact_id=contact_id,
    )
    await open_task(tx, task, attempt_id=source.attempt_id)
