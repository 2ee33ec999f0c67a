"""What the simulated model reads out of a finished conversation, each with its quote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from simulator import model_facts
from simulator.model_chat import ChatRequest, Json
from simulator.model_fields import PEOPLE, Field, find
from simulator.model_meaning import Meaning, meaning, sentence_with
from simulator.model_schema import Value, allowed_outcomes, empty, fitted, properties_of

_TURN = re.compile(r"^\s*#(?P<n>\d+) (?P<who>person|agent): (?P<text>.*)$", re.MULTILINE)
_FIELD = re.compile(
    r"^\s*- (?P<name>\w+) \((?P<type>text|number|boolean|choice|datetime)"
    r"(?:: (?P<choices>[^)]*))?\): (?P<meaning>.*)$",
    re.MULTILINE,
)
_NOW = re.compile(r"^\s*Now: (?P<at>\S+) (?P<zone>[\w/+-]+)", re.MULTILINE)
_INVENTED = "Yes, I have signed the contract and paid in advance."

_OUTCOMES = (
    (Meaning.OPT_OUT, "opted_out", "asked not to be contacted again"),
    (Meaning.WRONG_PERSON, "wrong_person", "is not the person we were looking for"),
    (Meaning.VOICEMAIL, "voicemail", "did not answer; a mailbox did"),
    (Meaning.SCREENING, "screened", "did not answer; a screening service did"),
    (Meaning.MENU, "machine", "did not answer; a menu did"),
    (Meaning.LANGUAGE, "language_barrier", "speaks another language"),
    (Meaning.CALLBACK, "callback_requested", "asked to be called at another time"),
    (Meaning.ANGRY, "not_interested", "was annoyed by the call"),
    (Meaning.NOT_INTERESTED, "not_interested", "is not interested"),
    (Meaning.INTERESTED, "interested", "is interested"),
)
_NEXT: Mapping[str, str] = MappingProxyType(
    {
        "opted_out": "Leave this person alone.",
        "callback_requested": "Call at the time they named.",
        "interested": "Send the details and offer a demo.",
        "qualified": "Book the demo.",
        "wrong_person": "Find the right contact.",
        "language_barrier": "Try again in their language.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Something the person said."""

    n: int
    text: str


def read(request: ChatRequest, *, gullible: bool = False) -> Json:
    """The structured answer to a reading request, shaped by the schema it brings."""
    prompt = "\n".join(message.text for message in request.messages)
    schema = request.response_format.json_schema if request.response_format else None
    properties = properties_of(schema.body if schema else {})
    turns = [
        Turn(n=int(found["n"]), text=found["text"].strip())
        for found in _TURN.finditer(prompt)
        if found["who"] == "person"
    ]
    fields = [
        Field(
            name=found["name"],
            kind=found["type"],
            choices=[choice.strip() for choice in (found["choices"] or "").split("|")],
            meaning=found["meaning"],
        )
        for found in _FIELD.finditer(prompt)
    ]
    known = _claimed(fields, properties) if gullible else _found(prompt, turns, fields, properties)
    return {name: known.get(name, empty(shape)) for name, shape in properties.items()} or known


def _found(prompt: str, turns: list[Turn], fields: list[Field], properties: Json) -> Json:
    values = [
        {"name": field.name, "value": fitted(value, properties), "turn": turn.n, "quote": quote}
        for field in fields
        for turn, value, quote in _first(field, turns, _now(prompt))
    ]
    outcome, turn, quote, summary = _outcome(turns, allowed_outcomes(properties), bool(values))
    return {
        "outcome": outcome,
        "outcome_turn": turn,
        "outcome_quote": quote,
        "summary": summary,
        "next_step": _NEXT.get(outcome or "", "Nothing."),
        "fields": values,
    }


def _outcome(
    turns: list[Turn], allowed: list[str], knows_more: bool
) -> tuple[str | None, int | None, str | None, str]:
    """The most binding thing that was said decides; the last turn that says it is the proof."""
    for wanted, outcome, told in _OUTCOMES:
        if outcome not in allowed:
            continue
        for turn in reversed(turns):
            if meaning(turn.text) is not wanted:
                continue
            quote = sentence_with(turn.text, wanted)
            if outcome == "interested" and knows_more and "qualified" in allowed and _plans(turns):
                return "qualified", turn.n, quote, f"The person {told} and said what they need."
            return outcome, turn.n, quote, f"The person {told}."
    talked = "talked" if "talked" in allowed else None
    return talked, None, None, "They talked; nothing was decided." if turns else "Nobody spoke."


def _plans(turns: list[Turn]) -> bool:
    """Whether they named both a size and a time within a year."""
    told = " ".join(turn.text for turn in turns)
    plan = model_facts.timeline(told)
    return model_facts.counted(told, PEOPLE) is not None and plan is not None and plan[0] < 365


def _first(field: Field, turns: list[Turn], now: datetime | None) -> list[tuple[Turn, Value, str]]:
    """The last turn that answers the field, or nothing."""
    for turn in reversed(turns):
        found = find(field, turn.text, now)
        if found is not None:
            return [(turn, *found)]
    return []


def _now(prompt: str) -> datetime | None:
    """The person's local time, from the prompt's `Now:` line."""
    found = _NOW.search(prompt)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found["at"])
        zone = ZoneInfo(found["zone"])
    except (ValueError, KeyError):
        return None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


def _claimed(fields: list[Field], properties: Json) -> Json:
    """What a model makes up that believes everything: nothing of it stands in the transcript."""
    best = ("meeting_booked", "qualified", "interested")
    allowed = allowed_outcomes(properties)
    made_up: Mapping[str, Value] = {
        "boolean": True,
        "number": 9999,
        "datetime": "2030-01-01T09:00:00",
        "text": "everything",
    }
    return {
        "outcome": next((outcome for outcome in best if outcome in allowed), None),
        "outcome_turn": 0,
        "outcome_quote": _INVENTED,
        "summary": "The person has bought everything.",
        "next_step": "Send the invoice.",
        "fields": [
            {
                "name": field.name,
                "value": fitted(made_up.get(field.kind, field.choices[0]), properties),
                "turn": 0,
                "quote": _INVENTED,
            }
            for field in fields
        ],
    }
