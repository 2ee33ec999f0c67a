"""What is known of a company: each value with who said it and when; a person's word stays."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeAlias

from outreach.errors import Rejected

Value: TypeAlias = str | int | tuple[str, ...]
"""Text, a whole number, or several short texts; as JSON the last is a list."""

LONGEST: Final = 2000
MOST_ITEMS: Final = 100
LARGEST: Final = 10**15
NUMBER: Final = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([kmb]?)")
THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:[ ,._'][0-9]{3})+")
FACTORS: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}


class Shape(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    LIST = "list"


FIELDS: Final[Mapping[str, Shape]] = {
    "industry": Shape.TEXT,
    "employees": Shape.NUMBER,
    "revenue": Shape.NUMBER,
    "tech": Shape.LIST,
    "country": Shape.TEXT,
    "region": Shape.TEXT,
    "city": Shape.TEXT,
    "time_zone": Shape.TEXT,
    "linkedin": Shape.TEXT,
    "description": Shape.TEXT,
}
"""Every field of a profile, in the order of pages. The name and the domains are the company's own.

`revenue` is a year's, in whole units of the deployment's currency.
"""


class Source(StrEnum):
    """Where a value came from."""

    PERSON = "person"
    CRM = "crm"
    RESEARCH = "research"
    DISCOVERY = "discovery"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A value of a profile."""

    value: Value
    source: Source
    at: datetime
    """Business time at which it was written."""
    by: str = ""
    """Who wrote it, as in events: `user:ID`, `cli`; empty where no person did."""


Profile: TypeAlias = Mapping[str, Known]


def may_replace(known: Known | None, source: Source) -> bool:
    """Whether this source may write over what is known: a person's value is a person's alone."""
    return known is None or known.source is not Source.PERSON or source is Source.PERSON


def parse_value(field: str, text: str) -> Value | None:
    """The value that somebody wrote; None where they wrote nothing, which takes it away.

    Raises Rejected for a field that there is not and for a value that does not fit it.
    """
    shape = FIELDS.get(field)
    if shape is None:
        nearest = get_close_matches(field, FIELDS, n=1)
        raise Rejected(
            code="unknown_field",
            message=f"A company has no field {field}.",
            fix=f"Did you mean {nearest[0]}?" if nearest else f"Its fields: {', '.join(FIELDS)}.",
            where=field,
        )
    text = " ".join(text.split())
    if not text:
        return None
    if len(text) > LONGEST:
        raise _bad(field, f"is longer than {LONGEST} characters", "Shorten it.")
    match shape:
        case Shape.NUMBER:
            return _number(field, text)
        case Shape.LIST:
            return _items(field, text)
        case Shape.TEXT:
            return text.upper() if field == "country" and len(text) == 2 else text


def _number(field: str, text: str) -> int:
    plain = text.lower()
    if THOUSANDS.fullmatch(plain):
        return int(re.sub(r"\D", "", plain))
    found = NUMBER.fullmatch(plain)
    if found is None:
        raise _bad(field, "is no number", "Write it like 250, 1200, 2.5m or 40k.")
    number = round(float(found[1].replace(",", ".")) * FACTORS[found[2]])
    if number > LARGEST:
        raise _bad(field, "is too large", "Write it in whole units.")
    return number


def _items(field: str, text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    if len(found) > MOST_ITEMS:
        raise _bad(field, f"has more than {MOST_ITEMS} items", "Keep those that matter.")
    return found


def _bad(field: str, what: str, fix: str) -> Rejected:
    return Rejected(code="bad_value", message=f"{field} {what}.", fix=fix, where=field)
