"""What a reader concluded from a conversation, and how much of it the words really prove."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from outreach.fields import FieldSpec, FieldType, FieldValue, coerce
from outreach.outcome import CONVERSATIONS, Outcome
from outreach.speech import Speaker, Turn

THIN_WORDS: Final = 4
"""Fewer words than these by the person decide nothing."""

READABLE: Final = tuple(sorted(CONVERSATIONS - {Outcome.REPLIED}))
"""The outcomes that a reader may name."""


class WireField(BaseModel):
    """One value as the model writes it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    value: str | int | float | bool | None = None
    turn: int | None = None
    quote: str | None = None


class WireReading(BaseModel):
    """The answer of the structured-output call; nothing in it is believed yet."""

    model_config = ConfigDict(extra="ignore")

    outcome: str
    outcome_turn: int | None = None
    outcome_quote: str | None = None
    summary: Annotated[str, Field(max_length=4000)] = ""
    next_step: Annotated[str, Field(max_length=1000)] = ""
    fields: Annotated[tuple[WireField, ...], Field(max_length=200)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value with the words that prove it."""

    name: str
    value: FieldValue
    turn: int
    quote: str
    """As the transcript has it, not as the model wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedReading:
    outcome: Outcome
    outcome_turn: int | None
    """None when the outcome is `talked` for want of proof."""
    outcome_quote: str
    summary: str
    next_step: str
    claims: Mapping[str, Claim]
    """Proven fields alone; a field that is not here is unknown."""
    unproven: tuple[str, ...]
    """Names that the reader claimed and the words do not prove; a person may look."""

    @property
    def facts(self) -> dict[str, FieldValue]:
        """What the follow-up rules may rely on."""
        return {name: claim.value for name, claim in self.claims.items()}


def is_too_thin(turns: Sequence[Turn], thin_words: int = THIN_WORDS) -> bool:
    """Whether the person said too little for any reader."""
    return person_words(turns) < thin_words


def person_words(turns: Sequence[Turn]) -> int:
    return sum(len(_words(turn.text)) for turn in turns if turn.speaker is Speaker.PERSON)


def nothing_read(summary: str = "") -> VerifiedReading:
    """What stands when nobody could conclude anything."""
    return VerifiedReading(
        outcome=Outcome.TALKED,
        outcome_turn=None,
        outcome_quote="",
        summary=summary,
        next_step="",
        claims={},
        unproven=(),
    )


def verify(
    reading: WireReading,
    turns: Sequence[Turn],
    fields: Sequence[FieldSpec],
    thin_words: int = THIN_WORDS,
) -> VerifiedReading:
    """Keep what a quote of the person proves; the rest is unknown and the outcome `talked`."""
    if is_too_thin(turns, thin_words):
        return nothing_read()
    said = {turn.number: turn.text for turn in turns if turn.speaker is Speaker.PERSON}
    outcome, turn, quote = _outcome(reading, said)
    claims: dict[str, Claim] = {}
    unproven: list[str] = []
    specs = {spec.key: spec for spec in fields}
    for wire in reading.fields:
        spec = specs.get(wire.name)
        if spec is None or wire.value is None or spec.key in claims:
            continue
        claim = _claim(wire, spec, said)
        if claim is None:
            unproven.append(spec.key)
        else:
            claims[spec.key] = claim
    return VerifiedReading(
        outcome=outcome,
        outcome_turn=turn,
        outcome_quote=quote,
        summary=reading.summary.strip(),
        next_step=reading.next_step.strip(),
        claims=claims,
        unproven=tuple(name for name in unproven if name not in claims),
    )


def transcript(turns: Sequence[Turn]) -> str:
    """The conversation as the reader is shown it: one `#<n> <speaker>: <text>` a line."""
    return "\n".join(
        f"#{turn.number} {turn.speaker}: {' '.join(turn.text.split())}" for turn in turns
    )


def reading_schema(fields: Sequence[FieldSpec]) -> dict[str, object]:
    """The JSON schema of `WireReading` for strict structured output, with this agent's fields."""
    names = [spec.key for spec in fields]
    field = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "value", "turn", "quote"],
        "properties": {
            "name": {"type": "string", **({"enum": names} if names else {})},
            "value": {
                "type": ["string", "number", "boolean", "null"],
                "description": _value_help(fields),
            },
            "turn": {"type": ["integer", "null"], "description": TURN_HELP},
            "quote": {"type": ["string", "null"], "description": QUOTE_HELP},
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["outcome", "outcome_turn", "outcome_quote", "summary", "next_step", "fields"],
        "properties": {
            "outcome": {"type": "string", "enum": [str(outcome) for outcome in READABLE]},
            "outcome_turn": {"type": ["integer", "null"], "description": TURN_HELP},
            "outcome_quote": {"type": ["string", "null"], "description": QUOTE_HELP},
            "summary": {"type": "string"},
            "next_step": {"type": "string"},
            "fields": {"type": "array", "items": field},
        },
    }


TURN_HELP: Final = "Number of the person's turn that proves it, as after #; null if none does."
QUOTE_HELP: Final = "The person's own words of that turn, copied; null if none prove it."


def _value_help(fields: Sequence[FieldSpec]) -> str:
    described = (
        f"{spec.key} ({_type_help(spec)}): {spec.meaning or spec.label}" for spec in fields
    )
    return "; ".join(described) or "No fields are asked for."


def _type_help(spec: FieldSpec) -> str:
    match spec.type:
        case FieldType.CHOICE:
            return f"one of {', '.join(spec.choices)}"
        case FieldType.DATETIME:
            return "ISO 8601 with offset"
        case FieldType.TEXT | FieldType.NUMBER | FieldType.BOOLEAN:
            return spec.type.value


def _outcome(reading: WireReading, said: Mapping[int, str]) -> tuple[Outcome, int | None, str]:
    if reading.outcome not in READABLE:
        return Outcome.TALKED, None, ""
    proof = _proof(reading.outcome_turn, reading.outcome_quote, said)
    if proof is None:
        return Outcome.TALKED, None, ""
    return Outcome(reading.outcome), *proof


def _claim(wire: WireField, spec: FieldSpec, said: Mapping[int, str]) -> Claim | None:
    proof = _proof(wire.turn, wire.quote, said)
    value = coerce(spec, _text(wire.value))
    if proof is None or value is None:
        return None
    turn, quote = proof
    return Claim(name=spec.key, value=value, turn=turn, quote=quote)


def _text(value: FieldValue | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _proof(turn: int | None, quote: str | None, said: Mapping[int, str]) -> tuple[int, str] | None:
    """The turn and its own words, when the quote's words stand there one after the other."""
    if turn is None or quote is None or turn not in said:
        return None
    wanted, present = _words(quote), _words(said[turn])
    if not wanted:
        return None
    for start in range(len(present) - len(wanted) + 1):
        if [word for word, _, _ in present[start : start + len(wanted)]] == [
            word for word, _, _ in wanted
        ]:
            first, last = present[start], present[start + len(wanted) - 1]
            return turn, said[turn][first[1] : last[2]]
    return None


WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def _words(text: str) -> list[tuple[str, int, int]]:
    """Each word folded, with where it stands in the text."""
    return [(_folded(match[0]), match.start(), match.end()) for match in WORD.finditer(text)]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("\u2019", "'").replace("'", "")
