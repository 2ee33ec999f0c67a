"""Hours that differ on holidays and on the days before them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from outreach.hours import Span, WeeklyHours

HOLIDAY: Final = "holiday"
EVE: Final = "eve"

HolidaysOf: TypeAlias = Callable[[str, int], frozenset[int]]
"""The holidays of a calendar such as `US-AL` in a year, as ordinals of civil days."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """Hours by day of the week, and those of special days."""

    week: WeeklyHours
    holiday: tuple[Span, ...] | None = None
    """None: a holiday is a day like others."""
    eve: tuple[Span, ...] | None = None
    """Of a day before a holiday that is none itself; None: like others."""

    @classmethod
    def parse(cls, text: Mapping[str, str | Sequence[str]]) -> "DayHours":
        """Read the hours of a week with `holiday` and `eve` as further days.

        Raises:
            ValueError: with a sentence that names the part that cannot be read.
        """
        special = {
            key: WeeklyHours.parse({"daily": text[key]}).days[0]
            for key in (HOLIDAY, EVE)
            if key in text
        }
        week = {key: value for key, value in text.items() if key not in special}
        return cls(WeeklyHours.parse(week), special.get(HOLIDAY), special.get(EVE))

    def dump(self) -> dict[str, list[str]]:
        """The text that `parse` reads back."""
        text = self.week.dump()
        for key, spans in ((HOLIDAY, self.holiday), (EVE, self.eve)):
            if spans is not None:
                text[key] = WeeklyHours((spans,) * 7).dump().get("mon-sun", [])
        return text


def _day_hours(value: object) -> DayHours:
    if isinstance(value, DayHours):
        return value
    if not isinstance(value, dict):
        raise ValueError('hours are written like mon-fri: ["09:00-17:00"]')
    return DayHours.parse(value)


HoursText = Annotated[
    DayHours,
    BeforeValidator(_day_hours),
    PlainSerializer(lambda hours: hours.dump(), return_type=dict[str, list[str]]),
    WithJsonSchema({"type": "object"}),
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleHours:
    """The hours of one rule, with the holidays that it keeps. Equal to itself alone."""

    rule: str
    """Whose they are, such as `US-AL`."""
    name: str
    hours: DayHours
    calendar: str
    """Empty: it keeps no holidays."""
    holidays_of: HolidaysOf
    _years: dict[int, frozenset[int]] = field(default_factory=dict, init=False)

    def on(self, day: date) -> tuple[Span, ...]:
        holiday, eve = self.hours.holiday, self.hours.eve
        if holiday is None and eve is None:
            return self.hours.week.on(day)
        ordinal = day.toordinal()
        if self._is_holiday(ordinal):
            return self.hours.week.on(day) if holiday is None else holiday
        if eve is not None and self._is_holiday(ordinal + 1):
            return eve
        return self.hours.week.on(day)

    def _is_holiday(self, ordinal: int) -> bool:
        if not self.calendar:
            return False
        year = date.fromordinal(ordinal).year
        if year not in self._years:
            self._years[year] = self.holidays_of(self.calendar, year)
        return ordinal in self._years[year]
