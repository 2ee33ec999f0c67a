"""Where in a platform's own JSON do the parts of a call stand, and what do its words mean?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from outreach import schema_words
from outreach.call_delivery import CallDelivery

LONGEST_PATH: Final = 60
MOST_DATA: Final = 200
LONGEST_DATUM: Final = 2000


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Pick(Rule):
    """One value: where it stands, and what it means to us."""

    path: str = Field(description="Keys and places, as `call.turns.0.text`; -1 is the last place.")
    values: Mapping[str, str] = Field(
        default_factory=dict,
        description="Their word: ours. Without any, their word is ours; `true` and `false` are"
        " written so.",
    )
    otherwise: str | None = Field(
        None, description="Ours for any other word of theirs; none: it says nothing."
    )
    scale: Decimal | None = Field(None, description="A number is multiplied by this.")


def _as_picks(given: object) -> object:
    """A path alone, one pick or several of either."""
    several = given if isinstance(given, list | tuple) else [given]
    return [{"path": one} if isinstance(one, str) else one for one in several]


Picks = Annotated[tuple[Pick, ...], BeforeValidator(_as_picks)]
"""The first that finds something counts."""


class TranscriptRule(Rule):
    """Where the turns stand, and each of their parts within one turn."""

    path: str
    """Of the list of turns in the message."""
    speaker: Picks
    """person, agent or rep; a turn of anybody else is left out."""
    text: Picks
    """The words; a turn without any is left out."""
    start_ms: Picks = ()
    """From the start of the recording; `scale` makes milliseconds of seconds."""
    end_ms: Picks = ()
    """Likewise."""
    interrupted: Picks = ()
    """`true` where the sentence was cut short."""


class DataRule(Rule):
    """An object of extracted values; `value` is the path of the value within each."""

    path: str
    """Of the object whose keys are the names."""
    value: str = ""
    """The path of the value within each; empty: each is the value."""


class CallMapping(Rule):
    """How a platform's deliveries become ours."""

    event: str | None = None
    """The path of the event's name."""
    events: tuple[str, ...] = ()
    """Those that speak of calls; others are acknowledged and not kept. Empty: all."""
    attempt_id: Picks = ()
    """Our id, from the metadata that the call was ordered with."""
    call_id: Picks = ()
    """The platform's own id."""
    status: Picks = ()
    """One of our words, see the schema."""
    duration_s: Picks = ()
    """In seconds."""
    answered_by: Picks = ()
    """One of our words."""
    ended_by: Picks = ()
    """person, agent or error."""
    sip_code: Picks = ()
    """Of a call that failed."""
    error_code: Picks = ()
    """Of a call that failed."""
    outcome: Picks = ()
    """One of our words; kept as said by the provider."""
    summary: Picks = ()
    """The call in words."""
    transcript: TranscriptRule | None = None
    """What was said."""
    recording_url: Picks = ()
    """Where a recording can be fetched."""
    recording_id: Picks = ()
    """Its name."""
    recording_channels: Picks = ()
    """1 or 2."""
    data: DataRule | None = None
    """What the platform extracted."""
    cost: Picks = ()
    """In whole units of `currency`; `scale` makes them of cents."""
    currency: str | None = None
    """Of `cost`; without it costs are not kept."""


class NotADelivery(Exception):
    """It does not say what it must; the text is the field of our schema, as a code."""

    def __init__(self, field: str, message: str, fix: str, path: str = "") -> None:
        super().__init__(field)
        self.message = message
        """What is wrong, without any value: that may be somebody's data."""
        self.fix = fix
        self.path = path or field
        """Where it stands in the platform's own message, as far as that is known."""


MOST_DIGITS: Final = 15

PLAIN: Final = (
    "call_id",
    "status",
    "duration_s",
    "answered_by",
    "ended_by",
    "sip_code",
    "error_code",
    "outcome",
    "summary",
)


def read_delivery(body: object, mapping: CallMapping | None) -> CallDelivery | None:
    """What a platform's message says; None for an event that speaks of no call.

    Without a mapping the message is in our own schema. Raises NotADelivery.
    """
    if mapping is None:
        return _checked(body)
    if mapping.events and find(body, mapping.event or "") not in mapping.events:
        return None
    return _checked(_mapped(body, mapping), mapping)


def _checked(values: object, mapping: CallMapping | None = None) -> CallDelivery:
    try:
        return CallDelivery.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "call"
        raise NotADelivery(
            where[:LONGEST_PATH],
            schema_words.sentence(first),
            schema_words.fix(first, where[:LONGEST_PATH]),
            _path(where, mapping)[:LONGEST_PATH],
        ) from error


def _path(where: str, mapping: CallMapping | None) -> str:
    """Where the platform wrote what our schema calls `where`."""
    name, _, rest = where.partition(".")
    read_from = getattr(mapping, name, None) if mapping is not None else None
    match read_from:
        case TranscriptRule():
            return ".".join(part for part in (read_from.path, rest) if part)
        case tuple() if read_from and all(isinstance(one, Pick) for one in read_from):
            return " or ".join(one.path for one in read_from)
    return where


def _mapped(body: object, mapping: CallMapping) -> dict[str, object]:
    found = {name: first(body, getattr(mapping, name)) for name in PLAIN}
    values = {
        **found,
        "attempt_id": _uuid(first(body, mapping.attempt_id)),
        "transcript": _transcript(body, mapping.transcript),
        "recording": _recording(body, mapping),
        "data": _data(body, mapping.data),
        "cost": _cost(body, mapping),
    }
    return {name: value for name, value in values.items() if value is not None}


def find(body: object, path: str) -> object | None:
    """What stands at a path; None where nothing does. The empty path is the whole."""
    here = body
    for step in path.split(".") if path else ():
        match here:
            case dict():
                here = here.get(step)
            case list() if step.lstrip("-").isdecimal():
                place = int(step)
                here = here[place] if -len(here) <= place < len(here) else None
            case _:
                return None
    return here


def first(body: object, picks: Sequence[Pick]) -> object | None:
    """The value of the first pick that finds something that means something to us."""
    for pick in picks:
        value = _meaning(find(body, pick.path), pick)
        if value is not None:
            return value
    return None


def _meaning(value: object | None, pick: Pick) -> object | None:
    if value is None or value == "":
        return None
    if pick.values or pick.otherwise is not None:
        return pick.values.get(_word(value), pick.otherwise)
    if pick.scale is not None:
        return _scaled(value, pick.scale)
    return value


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scaled(value: object, scale: Decimal) -> Decimal | None:
    number = _number(value)
    return None if number is None else number * scale


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    # A few letters can write a number that takes gigabytes to hold.
    return number if number.is_finite() and number.adjusted() <= MOST_DIGITS else None


def _uuid(value: object) -> str | None:
    """An id that is none is no id of ours: the call is then known by the platform's."""
    try:
        return str(UUID(str(value))) if value is not None else None
    except ValueError:
        return None


def _transcript(body: object, rule: TranscriptRule | None) -> list[dict[str, object]] | None:
    turns = find(body, rule.path) if rule is not None else None
    if rule is None or not isinstance(turns, list):
        return None
    return [said for turn in turns if (said := _turn(turn, rule)) is not None]


def _turn(turn: object, rule: TranscriptRule) -> dict[str, object] | None:
    """One thing said; None for what nobody said, such as the call of a tool."""
    speaker, text = first(turn, rule.speaker), first(turn, rule.text)
    if speaker is None or not isinstance(text, str):
        return None
    start, end = _number(first(turn, rule.start_ms)), _number(first(turn, rule.end_ms))
    return {
        "speaker": speaker,
        "text": text,
        "start_ms": max(0, int(start or 0)),
        "end_ms": max(0, int(end or start or 0)),
        "interrupted": first(turn, rule.interrupted) in (True, "true"),
    }


def _recording(body: object, mapping: CallMapping) -> dict[str, object] | None:
    url = first(body, mapping.recording_url)
    if url is None:
        return None
    return {
        "url": url,
        "id": first(body, mapping.recording_id),
        "channels": first(body, mapping.recording_channels),
    }


def _data(body: object, rule: DataRule | None) -> dict[str, object] | None:
    found = find(body, rule.path) if rule is not None else None
    if rule is None or not isinstance(found, dict):
        return None
    values = {str(name): find(value, rule.value) for name, value in found.items()}
    kept = list(values.items())[:MOST_DATA]
    return {name: _datum(value) for name, value in kept}


def _datum(value: object) -> object:
    """Plain values as they are; what is made of several, as nothing."""
    if isinstance(value, str):
        return value[:LONGEST_DATUM]
    return value if isinstance(value, int | float | bool) else None


def _cost(body: object, mapping: CallMapping) -> dict[str, object] | None:
    amount = _number(first(body, mapping.cost))
    if amount is None or mapping.currency is None:
        return None
    return {"amount": amount, "currency": mapping.currency}
