"""Spans of time in documents: ISO 8601 such as PT2H or P1DT12H, and nothing else."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

ISO_SPAN: Final = re.compile(
    r"P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.ASCII,
)
LONGEST: Final = timedelta(days=366)


def parse_span(text: str) -> timedelta:
    """Read weeks, days, hours, minutes and seconds; months and years have no fixed length.

    Raises:
        ValueError: when the text is no such span, or is longer than a year.
    """
    match = ISO_SPAN.fullmatch(text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is no span of time; write PT30M, PT2H, P1D or P2W")
    parts = {unit: int(count[:6]) for unit, count in match.groupdict().items() if count}
    span = timedelta(**parts)
    if span > LONGEST:
        raise ValueError(f"{text!r} is longer than a year")
    return span


def format_span(span: timedelta) -> str:
    """The shortest ISO 8601 text of a span of whole seconds, not negative."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{span.days}D" if span.days else ""
    clock = "".join(
        f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count
    )
    return f"P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no span of time; write PT30M, PT2H, P1D or P2W")
    return parse_span(value)


IsoSpan = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(format_span, return_type=str),
    WithJsonSchema({"type": "string", "format": "duration"}),
]
