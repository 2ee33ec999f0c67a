"""What a deployment asks beyond the table, and why it may not ask for less."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from outreach.document import Part
from outreach.errors import Rejected
from outreach.hours import DAY_NAMES, MINUTES_A_DAY, QUIET_HOURS, Span, WeeklyHours
from outreach.law.day_hours import EVE, HOLIDAY, DayHours
from outreach.law.places import is_place
from outreach.law.row import UNLISTED, Need, Row, RowCap
from outreach.spans import IsoSpan

WHERE: Final = "compliance.jurisdictions"
ALL_DAY: Final[Span] = (0, MINUTES_A_DAY)


Kept = Annotated[IsoSpan, Field(gt=timedelta(0))]


class Stricter(Part):
    """Stricter rules of this deployment for one place, as they are written."""

    hours: Mapping[str, str | list[str]] = Field(default_factory=dict)
    """Local hours such as `sat: []`; a day that is not named stays as the table has it."""
    caps: tuple[RowCap, ...] = ()
    """Contacts per person, besides those of the table."""
    consent: Need | None = None
    """`written` where the table asks for less."""
    recordings_kept: Kept | None = None
    """How long recordings of calls with people there are kept, if shorter than elsewhere."""
    transcripts_kept: Kept | None = None
    """How long what was said there is kept in words, if shorter than elsewhere."""


class Tightening(Part):
    """The same, checked."""

    hours: DayHours | None = None
    caps: tuple[RowCap, ...] = ()
    consent: Need | None = None
    recordings_kept: timedelta | None = None
    transcripts_kept: timedelta | None = None


def tighten(rows: Mapping[str, Row], wanted: Mapping[str, Stricter]) -> dict[str, Tightening]:
    """What holds beside the rows. Raises Rejected for unknown places and for what is looser."""
    return {id: _checked(id, one, _row(rows, id)) for id, one in wanted.items()}


def _row(rows: Mapping[str, Row], id: str) -> Row:
    """The row that the id is held against: its own, its country's, or the one of all others."""
    if not is_place(id, rows):
        raise Rejected(
            code="unknown_jurisdiction",
            message=f"{id!r} is no country and no state of the United States.",
            fix='Write countries like "FR" and states like "US-FL", in quotation marks.',
            where=f"{WHERE}.{id}",
        )
    return rows.get(id) or rows.get(id.partition("-")[0]) or rows[UNLISTED]


def _checked(id: str, wanted: Stricter, row: Row) -> Tightening:
    try:
        hours = _hours(wanted.hours, row.hours)
    except ValueError as error:
        raise _looser(id, f"hours: {error}") from None
    for cap in wanted.caps:
        held = [one.limit for one in row.caps if one.within == cap.within]
        if held and cap.limit > min(held):
            raise _looser(
                id, f"caps: {cap.limit} is more than the {min(held)} that {row.id} allows"
            )
    return Tightening(
        hours=hours,
        caps=wanted.caps,
        consent=wanted.consent,
        recordings_kept=wanted.recordings_kept,
        transcripts_kept=wanted.transcripts_kept,
    )


def _looser(id: str, why: str) -> Rejected:
    return Rejected(
        code="rule_loosened",
        message=f"{id}: {why}.",
        fix="The table's rules can be made stricter here, never looser: narrow it or take it out.",
        where=f"{WHERE}.{id}",
    )


def _hours(text: Mapping[str, str | Sequence[str]], held: DayHours) -> DayHours | None:
    """The row's hours with what is given instead. Raises ValueError where that is wider."""
    if not text:
        return None
    given = DayHours.parse(text)
    named = _named(text)
    for day, spans in _special(given, held):
        _narrow(day, spans[0], spans[1])
    days = list(held.week.days)
    for index, name in enumerate(DAY_NAMES):
        if name in named:
            _narrow(name, given.week.days[index], held.week.days[index])
            days[index] = given.week.days[index]
    return DayHours(
        WeeklyHours(tuple(days)),
        held.holiday if given.holiday is None else given.holiday,
        held.eve if given.eve is None else given.eve,
    )


def _named(text: Mapping[str, str | Sequence[str]]) -> frozenset[str]:
    """The days that the text says something of, closed ones as well."""
    week = WeeklyHours.parse({key: "00:00-24:00" for key in text if key not in (HOLIDAY, EVE)})
    return frozenset(
        name for name, spans in zip(DAY_NAMES, week.days, strict=True) if spans == (ALL_DAY,)
    )


def _special(
    given: DayHours, held: DayHours
) -> Iterator[tuple[str, tuple[tuple[Span, ...], tuple[Span, ...]]]]:
    if given.holiday is not None and held.holiday is not None:
        yield HOLIDAY, (given.holiday, held.holiday)
    if given.eve is not None and held.eve is not None:
        yield EVE, (given.eve, held.eve)


def _narrow(day: str, given: Sequence[Span], held: Sequence[Span]) -> None:
    for start, end in given:
        if not any(first <= start and end <= last for first, last in held):
            raise ValueError(f"{day} {_clock(start)}-{_clock(end)} is not within {_told(held)}")
        quiet = QUIET_HOURS.days[0][0]
        if start < quiet[0] or end > quiet[1]:
            raise ValueError(f"{day} {_clock(start)}-{_clock(end)} is not within {_told([quiet])}")


def _told(spans: Sequence[Span]) -> str:
    if not spans:
        return "a day that is closed"
    return " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
