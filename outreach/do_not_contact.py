"""A list of people who asked to be left alone: which numbers and addresses does it name?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from outreach.email import is_email
from outreach.phone import BadPhone, parse_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a suppression can hold: a number in E.164, or an address in lower case."""

    kind: Literal["phone", "email"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPoint:
    text: str
    code: str
    message: str
    suggestion: str
    line: int | None = None
    """Counted from 1; None where it was no line of a file."""


def parse_point(text: str) -> Named | BadPoint:
    """Read one number or address; strict, because a wrong one would protect nobody."""
    text = text.strip()
    if "@" in text:
        if is_email(text):
            return Named(kind="email", value=text.lower())
        return BadPoint(
            text=text,
            code="bad_email",
            message="This is no e-mail address.",
            suggestion="Write it as name@example.com.",
        )
    phone = parse_phone(text.removeprefix("whatsapp:"))
    if isinstance(phone, BadPhone):
        return BadPoint(
            text=text, code=phone.code, message=phone.message, suggestion=phone.suggestion
        )
    return Named(kind="phone", value=phone.e164)


def parse_list(lines: Iterable[str]) -> tuple[list[Named], list[BadPoint]]:
    """Each distinct name once, in order, and every line that is none; `#` begins a comment."""
    named: dict[Named, None] = {}
    bad: list[BadPoint] = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match parse_point(text):
            case Named() as one:
                named[one] = None
            case BadPoint() as one:
                bad.append(
                    BadPoint(
                        text=one.text,
                        code=one.code,
                        message=one.message,
                        suggestion=one.suggestion,
                        line=number,
                    )
                )
    return list(named), bad
