"""What a value should have been, in the words of people who never heard of the schema's library."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

SPAN: Final = "a span such as PT30S, PT2H or P1D"
MOMENT: Final = "a time with its offset, such as 2026-03-02T09:00:00+01:00"

WANTED: Final[Mapping[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite_number": "a number",
    "bool": "true or false",
    "string": "text",
    "path": "a path",
    "time_delta": SPAN,
    "datetime": MOMENT,
    "timezone": MOMENT,
    "date": "a date such as 2026-03-02",
    "time": "a time of day such as 09:30",
    "model": "a section with keys of its own",
    "dataclass": "a section with keys of its own",
    "mapping": "a section with keys of its own",
    "dict": "a section with keys of its own",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "url": "an address such as https://example.com",
    "uuid": "an id of 36 characters",
}
"""By the first words of the library's error types: int_parsing, int_type, int_from_float …"""

FORMS: Final[Mapping[str, str]] = {
    r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$": "small letters and digits, joined by - or _, such as"
    " spring-phone",
    r"^[a-z0-9]+(?:[-_][a-z0-9]+)*(?:@[1-9][0-9]{0,5})?$": "an agent's name in small letters and"
    " digits, with its version where one is meant, such as ada or ada@3",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, beginning with a letter, such as"
    " company_size",
    r"^[a-z]{2,3}(?:-[A-Z]{2})?$": "a language, such as en or pt-BR",
    r"^[a-z]{2,3}(?:_[A-Z]{2})?$": "a language as WhatsApp writes it, such as en or pt_BR",
    r"^HX[0-9a-fA-F]{32}$": "a template's id at Twilio: HX and 32 digits or letters from a to f",
    r"^https?://": "an address that begins with http:// or https://, such as"
    " https://otel.example.com/v1/traces",
    r"^[A-Z]{2}(?:-[A-Z]{2})?$": "a country or a state of the United States in quotation marks,"
    ' such as "FR" or "US-FL"',
    "^[A-Z]{3}$": "three capital letters, such as USD",
}
"""What a form that a value must have means; a test holds this against all schemas."""

LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("more than {}", "gt"),
    "greater_than_equal": ("{} or more", "ge"),
    "less_than": ("less than {}", "lt"),
    "less_than_equal": ("{} or less", "le"),
    "multiple_of": ("a multiple of {}", "multiple_of"),
}
LENGTHS: Final[Mapping[str, tuple[str, str, str]]] = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "item"),
    "too_long": ("at most", "max_length", "item"),
}


def wanted(detail: ErrorDetails) -> str | None:
    """What should stand there, as "must be …" wants it; None where the rule speaks for itself."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in LIMITS:
        words, key = LIMITS[kind]
        return words.format(_amount(context[key]))
    if kind in LENGTHS:
        words, key, thing = LENGTHS[kind]
        many = int(context[key])
        return f"{words} {many} {thing}{'' if many == 1 else 's'} long"
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        return f"one of {_choices(context)}"
    if kind == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], "written in another form; the reference shows it")
    if kind == "union_tag_not_found":
        return "a section that says with its first key what it is"
    return next((words for name, words in WANTED.items() if kind.startswith(f"{name}_")), None)


def sentence(detail: ErrorDetails) -> str:
    """What is wrong, without the value: it may be a secret or somebody's data."""
    said = wanted(detail)
    if said is not None:
        return f"It must be {said}."
    if detail["type"] in {"value_error", "assertion_error"}:
        return _ended(str(detail.get("ctx", {}).get("error", detail["msg"])))
    return _ended(detail["msg"].replace("Input should be", "It must be"))


def fix(detail: ErrorDetails, key: str) -> str:
    """What to do about it."""
    said = wanted(detail)
    if said is not None:
        return f"Change {key}: {said}."
    return f"Correct {key}, or leave it out for its default."


def _amount(value: object) -> str:
    """A bound as a person would write it: 5 for 5.0, PT1S for a span."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    seconds: Callable[[], float] | None = getattr(value, "total_seconds", None)
    return f"{seconds():g} seconds" if seconds is not None else str(value)


def _choices(context: Mapping[str, Any]) -> str:
    given = context.get("expected") or context.get("expected_tags") or ""
    # pydantic names the tag of a union as Python shows it: <ChannelName.VOICE: voice>.
    given = re.sub(r"<[\w.]+: '?(\w+)'?>", r"\1", str(given))
    return str(given).replace("'", "").replace(" or ", ", ")


def _ended(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
