"""Typed fields: a campaign's own columns, and what is read from a conversation."""

import math
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias

from pydantic import Field, model_validator

from outreach.document import Key, Line, Part

FieldValue: TypeAlias = str | int | float | bool
"""As stored in JSON; a datetime is ISO 8601 text with its offset."""

YES: Final = frozenset({"yes", "true", "1", "y", "on"})
NO: Final = frozenset({"no", "false", "0", "n", "off"})
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,12})?")
TEXT_LENGTH_MAX: Final = 2000


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DATETIME = "datetime"


class FieldSpec(Part):
    """One typed value of a lead or of a conversation."""

    key: Key
    """Its name in lists, texts and rules."""
    label: Annotated[str, Field(max_length=200)] = ""
    """Its name for people; empty: the key."""
    meaning: Annotated[str, Field(max_length=1000)] = ""
    """What the reader of a conversation looks for; unused for columns."""
    type: FieldType = FieldType.TEXT
    """What its values are."""
    choices: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    """All its values, where the type is choice."""
    required: bool = False
    """A row without it is refused; unused for what is read from a conversation."""

    @model_validator(mode="after")
    def _choices_belong_to_choice(self) -> Self:
        if (self.type is FieldType.CHOICE) != bool(self.choices):
            raise ValueError("choices are given exactly when the type is choice")
        if len(set(map(str.casefold, self.choices))) != len(self.choices):
            raise ValueError("a choice is listed twice")
        return self


def coerce(spec: FieldSpec, text: str) -> FieldValue | None:
    """The typed value in a text, or None where it is no such value."""
    text = text.strip()
    if not text:
        return None
    match spec.type:
        case FieldType.TEXT:
            return text[:TEXT_LENGTH_MAX]
        case FieldType.NUMBER:
            return _number(text)
        case FieldType.BOOLEAN:
            word = text.casefold()
            return True if word in YES else False if word in NO else None
        case FieldType.CHOICE:
            wanted = text.casefold()
            return next((one for one in spec.choices if one.casefold() == wanted), None)
        case FieldType.DATETIME:
            return _datetime(text)


def _number(text: str) -> int | float | None:
    if NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    if not math.isfinite(value):
        return None
    return int(text) if "." not in text else value


def _datetime(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if moment.tzinfo is not None else None
