"""What a turn says about one field the campaign asks for, in the person's own words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from simulator import model_facts
from simulator.model_meaning import Meaning, meaning, sentence_with, sentences
from simulator.model_schema import Value

PEOPLE = r"people|employees|colleagues|staff|persons|of us|workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something the campaign wants to know."""

    name: str
    kind: str
    choices: list[str]
    meaning: str

    @property
    def about(self) -> str:
        return f"{self.name.replace('_', ' ')} {self.meaning}".lower()


Finding = tuple[Value, str]
"""A value and the words of the turn that hold it."""


def find(field: Field, text: str, now: datetime | None) -> Finding | None:
    """The field's value in this turn and the sentence that holds it; None when it says nothing.

    `now` is the person's local time; None when the prompt does not tell it.
    """
    found = _FINDERS[field.kind](field, text, now)
    return None if found is None else (found[0], _sentence(text, found[1]))


def _boolean(field: Field, text: str, _: datetime | None) -> Finding | None:
    if re.search(r"interest|demo|meeting|want|wish", field.about):
        said = meaning(text)
        if said is Meaning.INTERESTED:
            return True, sentence_with(text, said)
        if said in (Meaning.NOT_INTERESTED, Meaning.OPT_OUT, Meaning.ANGRY):
            return False, sentence_with(text, said)
        return None
    words = _about(field, text)
    return None if words is None else (not re.search(r"\b(?:no|not|never)\b|n't", words), words)


def _number(field: Field, text: str, _: datetime | None) -> Finding | None:
    if re.search(r"size|employee|people|staff|head ?count|colleague", field.about):
        return model_facts.counted(text, PEOPLE)
    words = _about(field, text)
    found = model_facts.any_number(words) if words else None
    return (found[0], words) if found and words else None


def _choice(field: Field, text: str, _: datetime | None) -> Finding | None:
    plain = text.lower()
    for choice in field.choices:
        if re.search(rf"\b{re.escape(choice.replace('_', ' ').lower())}\b", plain):
            return choice, _sentence(text, choice.replace("_", " "))
    plan = model_facts.timeline(text)
    nearest = model_facts.nearest_timeline(plan[0], field.choices) if plan else None
    return (nearest, plan[1]) if plan and nearest else None


def _datetime(_: Field, text: str, now: datetime | None) -> Finding | None:
    found = model_facts.moment(text, now) if now else None
    if found is None or meaning(text) is not Meaning.CALLBACK:
        return None
    return found[0].replace(tzinfo=None).isoformat(timespec="seconds"), found[1]


def _text(field: Field, text: str, _: datetime | None) -> Finding | None:
    if re.search(r"when|time ?line|start", field.about):
        plan = model_facts.timeline(text)
        return (plan[1], plan[1]) if plan else None
    words = _about(field, text)
    return (words, words) if words else None


_FINDERS: Mapping[str, Callable[[Field, str, datetime | None], Finding | None]] = MappingProxyType(
    {
        "boolean": _boolean,
        "number": _number,
        "choice": _choice,
        "datetime": _datetime,
        "text": _text,
    }
)


def _about(field: Field, text: str) -> str | None:
    """The sentence that names what the field's own name names."""
    for word in field.name.lower().split("_"):
        if len(word) < 4:
            continue
        for sentence in sentences(text):
            if re.search(rf"\b{re.escape(word)}", sentence, re.IGNORECASE):
                return sentence
    return None


def _sentence(text: str, words: str) -> str:
    """The sentence around these words, verbatim."""
    found = [each for each in sentences(text) if words.lower() in each.lower()]
    return found[0] if found else text
