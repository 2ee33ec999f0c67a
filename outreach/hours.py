"""When may somebody be contacted, on the clocks of every place they may be in?"""

import itertools
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from outreach.zones import Zones

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY: Final = 24 * 60
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)

Span: TypeAlias = tuple[int, int]
"""Minutes since the civil midnight: [start, end), end at most 24:00 = 1440."""
Interval: TypeAlias = tuple[datetime, datetime]
"""[start, end) in UTC."""


class CivilHours(Protocol):
    """Which hours of a day are open, on the clock of whoever is asked about; hashable."""

    def on(self, day: date) -> tuple[Span, ...]:
        """The open spans of this civil day, in order."""
        ...


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Civil hours for each day of the week, Monday first; a day without spans is closed."""

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def daily(cls, start: str, end: str) -> "WeeklyHours":
        """The same hours on each day."""
        return cls(((_span(f"{start}-{end}"),),) * 7)

    @classmethod
    def parse(cls, text: Mapping[str, str | Sequence[str]]) -> "WeeklyHours":
        """Read `{"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": "10:00-14:00"}`.

        A day wins over a range of days, a range over `daily`; days that nobody names are closed.

        Raises:
            ValueError: with a sentence that names the part that cannot be read.
        """
        days: list[tuple[Span, ...]] = [()] * 7
        rank = [0] * 7
        for key, value in text.items():
            named, weight = _days(str(key))
            spans = _spans(value, key)
            for day in named:
                if rank[day] == weight:
                    raise ValueError(f"{DAY_NAMES[day]} is given twice")
                if rank[day] < weight:
                    days[day], rank[day] = spans, weight
        return cls(tuple(days))

    def on(self, day: date) -> tuple[Span, ...]:
        return self.days[day.weekday()]

    def dump(self) -> dict[str, list[str]]:
        """The shortest text that `parse` reads back: equal neighbours become one range."""
        text: dict[str, list[str]] = {}
        first = 0
        while first < len(self.days):
            last = first
            while last + 1 < len(self.days) and self.days[last + 1] == self.days[first]:
                last += 1
            if self.days[first]:
                key = DAY_NAMES[first] + (f"-{DAY_NAMES[last]}" if last > first else "")
                text[key] = [f"{_clock(start)}-{_clock(end)}" for start, end in self.days[first]]
            first = last + 1
        return text


QUIET_HOURS: Final = WeeklyHours(((((8 * 60), (21 * 60)),),) * 7)
"""08:00-21:00 on each day, whatever a campaign says.

The hours of the American telemarketing rule (47 CFR 64.1200(c)(1)), taken as the outer bound
everywhere because no known rule that names hours is wider for marketing; nobody may widen them.
"""


def deployment_hours(text: Mapping[str, str | Sequence[str]]) -> tuple[WeeklyHours, ...]:
    """Hours that hold beside every campaign's own; none given leaves `QUIET_HOURS` alone.

    Raises:
        ValueError: with a sentence, where they cannot be read, reach beyond `QUIET_HOURS` (whoever
            wrote that would believe it), or never open.
    """
    if not text:
        return ()
    hours = WeeklyHours.parse(text)
    for day, spans, allowed in zip(DAY_NAMES, hours.days, QUIET_HOURS.days, strict=True):
        (earliest, latest), *_ = allowed
        for start, end in spans:
            if start < earliest or end > latest:
                raise ValueError(
                    f"{day} {_clock(start)}-{_clock(end)} reaches beyond "
                    f"{_clock(earliest)}-{_clock(latest)}, which nobody may widen"
                )
    if not any(hours.days):
        raise ValueError("they name no open hour in the whole week")
    return (hours,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch in which contact is legal: opens_at <= t < closes_at, UTC."""

    opens_at: datetime
    closes_at: datetime


Segment: TypeAlias = tuple[datetime, datetime, timedelta]
"""From when until when a zone's clock is how far ahead of UTC."""
DayKey: TypeAlias = tuple[Zones, tuple[CivilHours, ...], int]
WindowsMemo: TypeAlias = MutableMapping[DayKey, tuple[Interval, ...]]
"""Windows by zones, hours and UTC day; one per import or tick, given by the caller."""

DEFAULT_HORIZON: Final = timedelta(days=14)


def first_window(
    zones: Zones,
    hours: Sequence[CivilHours],
    not_before: datetime,
    horizon: timedelta = DEFAULT_HORIZON,
    memo: WindowsMemo | None = None,
) -> Window | None:
    """The first legal stretch that is not over at `not_before`; it opens then or later.

    None where none opens within the horizon, and always where no zone is known.
    """
    if not zones:
        return None
    rules = tuple(hours)
    not_before = not_before.astimezone(UTC)
    first = not_before.date().toordinal()
    last = (not_before + horizon).date().toordinal()
    for ordinal in range(first, last + 1):
        for start, end in _day(zones, rules, ordinal, memo):
            if end > not_before and start <= not_before + horizon:
                return Window(
                    opens_at=max(start, not_before),
                    closes_at=_until(zones, rules, ordinal, end, memo),
                )
    return None


def legal_windows(
    zones: Zones,
    hours: Sequence[CivilHours],
    start: datetime,
    end: datetime,
    memo: WindowsMemo | None = None,
) -> list[Interval]:
    """All legal stretches within [start, end), in order, none touching the next.

    A moment is legal when the civil clock of every zone shows an hour that every rule and
    `QUIET_HOURS` allow; a moment that a clock shows twice or never needs no rule of its own.
    """
    if not zones:
        return []
    rules = tuple(hours)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    found: list[Interval] = []
    for ordinal in range(start.date().toordinal(), end.date().toordinal() + 1):
        for opens, closes in _day(zones, rules, ordinal, memo):
            opens, closes = max(opens, start), min(closes, end)
            if opens >= closes:
                continue
            if found and found[-1][1] == opens:
                opens = found.pop()[0]
            found.append((opens, closes))
    return found


def is_legal(
    zones: Zones, hours: Sequence[CivilHours], at: datetime, memo: WindowsMemo | None = None
) -> bool:
    """Whether contact is legal at this moment; never where no zone is known."""
    window = first_window(zones, hours, at, timedelta(0), memo)
    return window is not None and window.opens_at == at


def _until(
    zones: Zones,
    rules: tuple[CivilHours, ...],
    ordinal: int,
    end: datetime,
    memo: WindowsMemo | None,
) -> datetime:
    """Where a stretch really ends: UTC's midnight is no border."""
    for following in range(ordinal + 1, ordinal + 8):
        if end != _midnight(following):
            return end
        tomorrow = _day(zones, rules, following, memo)
        if not tomorrow or tomorrow[0][0] != end:
            return end
        end = tomorrow[0][1]
    return end


def _day(
    zones: Zones, rules: tuple[CivilHours, ...], ordinal: int, memo: WindowsMemo | None
) -> tuple[Interval, ...]:
    """The legal stretches of one day of UTC."""
    key = (zones, rules, ordinal)
    if memo is not None and key in memo:
        return memo[key]
    start = _midnight(ordinal)
    open_now: list[Interval] = [(start, start + DAY)]
    # Zones that keep the same time on this day count once: dozens are often only six.
    for segments in {_segments(ZoneInfo(zone), start, start + DAY) for zone in zones}:
        for rule in (QUIET_HOURS, *rules):
            open_now = _intersect(open_now, _in_zone(rule, segments))
    windows = tuple(open_now)
    if memo is not None:
        memo[key] = windows
    return windows


def _in_zone(rule: CivilHours, segments: tuple[Segment, ...]) -> list[Interval]:
    found: list[Interval] = []
    for start, end, offset in segments:
        for interval in _constant(rule, start, end, offset):
            if found and found[-1][1] == interval[0]:
                interval = (found.pop()[0], interval[1])
            found.append(interval)
    return found


def _constant(
    rule: CivilHours, start: datetime, end: datetime, offset: timedelta
) -> Iterator[Interval]:
    """The rule's stretches while the zone's clock is `offset` ahead of UTC."""
    day = (start + offset).replace(hour=0, minute=0, second=0, microsecond=0)
    while day - offset < end:
        for first, last in rule.on(day):
            opens = max(day + first * MINUTE - offset, start)
            closes = min(day + last * MINUTE - offset, end)
            if opens < closes:
                yield opens, closes
        day += DAY


def _segments(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Segment, ...]:
    """Stretches of constant offset; at most one change within a day is assumed."""
    before, after = _offset(zone, start), _offset(zone, end - MINUTE)
    if before == after:
        return ((start, end, before),)
    low, high = start, end - MINUTE
    while high - low > MINUTE:
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return ((start, high, before), (high, end, after))


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _intersect(left: list[Interval], right: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def _midnight(ordinal: int) -> datetime:
    return datetime.fromordinal(ordinal).replace(tzinfo=UTC)


SPAN: Final = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")


def _spans(value: object, key: str) -> tuple[Span, ...]:
    texts = value if isinstance(value, list | tuple) else [value]
    spans = sorted(_span(text) for text in texts)
    for (_, end), (start, _) in itertools.pairwise(spans):
        if start < end:
            raise ValueError(f"the hours of {key} overlap")
    return tuple(spans)


def _span(text: object) -> Span:
    match = SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a span such as 09:00-17:30")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or end > MINUTES_A_DAY:
        raise ValueError(f"{text!r} names a time that no clock shows")
    if start >= end:
        raise ValueError(f"{text!r} ends before it begins; split it at 24:00")
    return start, end


def _days(key: str) -> tuple[list[int], int]:
    """Which days a key names, and how closely: 1 all, 2 a range, 3 one day."""
    if key == "daily":
        return list(range(7)), 1
    first, dash, last = (part.strip() for part in key.lower().partition("-"))
    if first not in DAY_NAMES or (dash and last not in DAY_NAMES):
        raise ValueError(f"{key!r} is no day; use mon … sun, mon-fri or daily")
    start = DAY_NAMES.index(first)
    if not dash:
        return [start], 3
    count = (DAY_NAMES.index(last) - start) % 7
    return [(start + step) % 7 for step in range(count + 1)], 2


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
