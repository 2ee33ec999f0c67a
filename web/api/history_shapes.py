"""What was tried and said, as programs get it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from web.api.values import Shown


class Attempt(Shown):
    """One planned or made contact."""

    id: UUID
    n: int = Field(description="Counts from 1 within the lead.")
    channel: str
    state: str
    reason: str
    rule_id: str | None
    created_by: str
    due_at: datetime
    starting_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    answered_by: str | None
    cancel_reason: str | None
    cancelled_by: str | None
    moved_by: str | None
    simulated: bool
    call_id: UUID | None
    duration_s: int | None
    summary: str | None
    has_recording: bool
    values: dict[str, Any] = Field(description="What was read from the call, by field.")


class Attempts(Shown):
    """The last first, two hundred at most."""

    items: list[Attempt]


class Turn(Shown):
    """One thing that was said. Offsets count from the start of the recording."""

    number: int
    speaker: str
    text: str
    start_ms: int
    end_ms: int
    interrupted: bool


class Read(Shown):
    """What was understood, with the words that prove it."""

    outcome: str | None
    evidence_turn: int | None = Field(description="The number of the turn that proves it.")
    quote: str | None
    summary: str | None
    next_step: str | None
    made_by: str


class Extracted(Shown):
    field: str
    value: Any
    evidence_turn: int | None
    quote: str | None
    status: str


class Call(Shown):
    id: UUID
    attempt_id: UUID | None
    lead_id: UUID | None
    direction: str
    from_phone: str
    to_phone: str
    status: str
    answered_by: str | None
    outcome: str | None
    outcome_by: str | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    ended_by: str | None
    cost_micros: int | None
    cost_currency: str | None
    simulated: bool
    reading_state: str


class CallInFull(Call):
    transcript: list[Turn]
    reading: Read | None
    fields: list[Extracted]
    has_recording: bool


class Conversation(Shown):
    """The WhatsApp thread of a number of ours and a person."""

    id: UUID
    contact_id: UUID
    lead_id: UUID | None
    phone: str
    handler: str = Field(description="agent or human")
    window_expires_at: datetime | None = Field(description="Until when free text may be sent.")
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    closed: bool
    created_at: datetime


class Conversations(Shown):
    """Newest first."""

    items: list[Conversation]
    after: UUID | None


class Message(Shown):
    id: UUID
    attempt_id: UUID | None
    direction: str
    author: str
    kind: str
    body: str
    template_name: str | None
    state: str
    provider_status: str | None
    error_code: str | None
    created_at: datetime
    sent_at: datetime | None


class Messages(Shown):
    """Newest first."""

    items: list[Message]
    after: UUID | None


class Event(Shown):
    """Something that happened: codes and ids, never a name, a number or what somebody said."""

    id: str = Field(description="A cursor: `since` of the next question.", examples=["741-12"])
    at: datetime
    kind: str
    actor: str
    campaign_id: UUID | None
    lead_id: UUID | None
    contact_id: UUID | None
    attempt_id: UUID | None
    data: dict[str, Any]


class Events(Shown):
    """In reading order: nothing ever appears behind one that was told."""

    items: list[Event]
    since: str = Field(description="Where the next question begins.")
