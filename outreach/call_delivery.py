"""What another platform tells of a call that it runs: the one schema that we publish."""

import json
from decimal import Decimal
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from outreach.outcome import AnsweredBy, Outcome
from outreach.speech import Speaker, Turn

MOST_TURNS: Final = 2000
LONGEST_TEXT: Final = 10_000
MICROS: Final = 1_000_000

Status = Literal[
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "no-answer",
    "failed",
    "canceled",
]
UNDER_WAY: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})

Datum = str | int | float | bool | None

BELIEVED: Final = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.VOICEMAIL,
        Outcome.VOICEMAIL_LEFT,
        Outcome.OPTED_OUT,
    }
)
"""What a platform need not prove by words: nobody spoke, or the person's wish comes first."""


class Told(BaseModel):
    """A part of a delivery; keys that we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SaidTurn(Told):
    """One thing said in the call."""

    speaker: Speaker = Field(description="Who speaks; `rep` is a colleague who joined.")
    text: str = Field(max_length=LONGEST_TEXT, description="The words as they were heard.")
    start_ms: int = Field(0, ge=0, le=86_400_000, description="From the start of the recording.")
    end_ms: int = Field(0, ge=0, le=86_400_000, description="From the start of the recording.")
    interrupted: bool = Field(False, description="They were cut short.")


class RecordingAt(Told):
    """A recording that can be fetched."""

    url: str = Field(max_length=2000, description="An https address.")
    id: str | None = Field(None, max_length=200, description="Its name at the platform.")
    channels: int | None = Field(None, ge=1, le=2, description="2: person and agent apart.")
    duration_s: float | None = Field(None, ge=0, le=86_400, description="Its length.")


class Cost(Told):
    """What the platform charges for the call."""

    amount: Annotated[Decimal, Field(ge=0, le=1_000_000)] = Field(description="In whole units.")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.")

    @property
    def micros(self) -> int:
        return int((self.amount * MICROS).to_integral_value())


class CallDelivery(Told):
    """What is known of one call: all of it or any part, in any order, as often as you like."""

    attempt_id: UUID | None = Field(
        None, description="Our id, from the metadata of the call. It or `call_id` is needed."
    )
    call_id: str | None = Field(
        None, min_length=1, max_length=200, description="The platform's own id of the call."
    )
    status: Status | None = Field(
        None, description="How far the call is. A later report never takes it back."
    )
    duration_s: float | None = Field(
        None, ge=0, le=86_400, description="From the answer to the end of the call."
    )
    answered_by: AnsweredBy | None = Field(None, description="Who or what answered.")
    ended_by: Literal["person", "agent", "error"] | None = Field(
        None, description="Who hung up; `error`: the conversation broke."
    )
    sip_code: int | None = Field(None, ge=100, le=699, description="Of a call that failed.")
    error_code: str | None = Field(None, max_length=100, description="Of a call that failed.")
    transcript: tuple[SaidTurn, ...] | None = Field(
        None,
        max_length=MOST_TURNS,
        description="All that was said, in order. Beside a status under way it is a part, and"
        " more is waited for.",
    )
    recording: RecordingAt | None = Field(None, description="A recording of the call.")
    outcome: Outcome | None = Field(
        None,
        description="What the platform concluded. Kept as said by the provider: rules follow the"
        " words of the transcript, but believe no_answer, busy, voicemail and opted_out.",
    )
    summary: str | None = Field(
        None, max_length=LONGEST_TEXT, description="The call in words. Kept as said."
    )
    data: dict[str, Datum] | None = Field(
        None, max_length=200, description="What the platform extracted. Kept as said."
    )
    cost: Cost | None = Field(None, description="What it charges; counts in the budget.")

    @model_validator(mode="after")
    def _names_a_call(self) -> Self:
        if self.attempt_id is None and self.call_id is None:
            raise ValueError("attempt_id or call_id is needed")
        return self

    @property
    def believed(self) -> Outcome | None:
        """What the platform concluded, where that needs no proof."""
        return self.outcome if self.outcome in BELIEVED else None

    @property
    def turns(self) -> list[Turn]:
        """What was said, numbered; silent turns are left out."""
        said = [one for one in self.transcript or () if one.text.strip()]
        return [
            Turn(
                number=number,
                speaker=one.speaker,
                text=one.text,
                start_ms=one.start_ms,
                end_ms=max(one.start_ms, one.end_ms),
                interrupted=one.interrupted,
            )
            for number, one in enumerate(said)
        ]

    @property
    def is_all_said(self) -> bool:
        """Whether the transcript is complete: nothing says that the call still goes on."""
        return self.transcript is not None and self.status not in UNDER_WAY

    @property
    def parts(self) -> list[str]:
        """The names of what is told here."""
        known = self.model_dump(exclude_none=True, exclude={"attempt_id", "call_id"})
        return sorted(known)


def schema_text() -> str:
    """The JSON Schema of a delivery."""
    return json.dumps(CallDelivery.model_json_schema(), indent=2, ensure_ascii=False)
