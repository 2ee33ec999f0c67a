"""Reads a finished conversation; what its words do not prove does not come out of here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from agents.model import LanguageModel, Message, ModelUnavailable, Usage
from agents.prompting import prompt_text
from outreach.fields import FieldSpec, FieldType
from outreach.message_template import Missing, render
from outreach.outcome import Outcome
from outreach.reading import (
    READABLE,
    VerifiedReading,
    WireField,
    WireReading,
    is_too_thin,
    nothing_read,
    reading_schema,
    transcript,
    verify,
)
from outreach.speech import Turn
from outreach.variables import checked

MEANINGS: dict[Outcome, str] = {
    Outcome.TALKED: "they talked, and nothing that was said decides",
    Outcome.INTERESTED: "the person wants to know more or to see it",
    Outcome.QUALIFIED: "interested, and what was asked about need, size and time was answered",
    Outcome.MEETING_BOOKED: "a meeting at a stated time was agreed",
    Outcome.CALLBACK_REQUESTED: "the person asked to be contacted at another time",
    Outcome.NOT_INTERESTED: "the person declined",
    Outcome.WRONG_PERSON: "this is not the person who was meant",
    Outcome.LANGUAGE_BARRIER: "they had no language in common",
    Outcome.OPTED_OUT: "the person wants no more contact at all",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    reading: VerifiedReading
    usage: Usage
    """Empty where the model was not asked, because the person said too little."""


async def read(
    model: LanguageModel,
    turns: Sequence[Turn],
    fields: Sequence[FieldSpec],
    *,
    now: datetime,
    zone: str,
    instructions: str | None = None,
) -> Read:
    """Ask the model what came of a conversation and keep what quotes prove.

    `zone` is where the person is; times without an offset are theirs. `instructions` replace the
    built-in prompt. Raises ModelUnavailable.
    """
    if is_too_thin(turns):
        return Read(reading=nothing_read(), usage=Usage())
    messages = (
        Message(role="system", content=_prompt(fields, now, zone, instructions)),
        Message(role="user", content=transcript(turns)),
    )
    filled, usage = await model.fill(messages, reading_schema(fields), "reading")
    try:
        # A null says "nothing to say", which is what an absent key says too.
        wire = WireReading.model_validate({k: v for k, v in filled.items() if v is not None})
    except ValidationError as error:
        raise ModelUnavailable("reading_shape") from error
    placed = wire.model_copy(update={"fields": _in_zone(wire.fields, fields, zone)})
    return Read(reading=verify(placed, turns, fields), usage=usage)


def _prompt(fields: Sequence[FieldSpec], now: datetime, zone: str, instructions: str | None) -> str:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    text = render(
        checked(instructions or prompt_text("reader.md")),
        {
            "outcomes": "\n".join(f"- {one}: {MEANINGS[one]}" for one in READABLE),
            "fields": "\n".join(map(_field, fields)) or "(none)",
            "now": f"{local.isoformat()} {zone}",
        },
    )
    if isinstance(text, Missing):
        raise ModelUnavailable(f"prompt_lacks_{'_'.join(text.names)}")
    return text


def _field(spec: FieldSpec) -> str:
    kind = f"choice: {'|'.join(spec.choices)}" if spec.type is FieldType.CHOICE else spec.type
    return f"- {spec.key} ({kind}): {spec.meaning or spec.label or spec.key}"


def _in_zone(
    wires: Sequence[WireField], fields: Sequence[FieldSpec], zone: str
) -> tuple[WireField, ...]:
    """Give the person's own zone to times that were written without an offset."""
    times = {spec.key for spec in fields if spec.type is FieldType.DATETIME}
    return tuple(
        wire.model_copy(update={"value": _aware(wire.value, zone)}) if wire.name in times else wire
        for wire in wires
    )


def _aware(value: str | float | bool | None, zone: str) -> str | float | bool | None:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.isoformat()
