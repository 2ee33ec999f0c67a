"""When a colleague can meet somebody: the free starts of a calendar of our own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from outreach.hours import WeeklyHours

OFFERED: Final = 3
"""As many times as somebody on the phone can keep in mind."""
Meeting: TypeAlias = tuple[datetime, datetime]
"""[start, end), aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whole meetings of one length, back to back within these hours."""

    zone: str
    """IANA name; whose clock the hours are read on."""
    hours: WeeklyHours
    length: timedelta = timedelta(minutes=30)
    notice: timedelta = timedelta(hours=2)
    """The earliest start, from now."""
    horizon: timedelta = timedelta(days=30)
    """The latest start, from now."""
    at_once: int = 1
    """How many meetings may run at the same time."""


def is_free(
    availability: Availability, at: datetime, now: datetime, taken: Sequence[Meeting]
) -> bool:
    """Whether a meeting may begin at `at`, beside those that are taken."""
    return any(start == at for start in _free(availability, now, taken))


def nearest_free(
    availability: Availability, wanted: datetime, now: datetime, taken: Sequence[Meeting]
) -> list[datetime]:
    """The free starts nearest to the wanted one, earliest first, UTC; empty when none is left."""
    starts = sorted(_free(availability, now, taken), key=lambda start: abs(start - wanted))
    return sorted(starts[:OFFERED])


def _free(
    availability: Availability, now: datetime, taken: Sequence[Meeting]
) -> Iterator[datetime]:
    earliest, latest = now + availability.notice, now + availability.horizon
    for start in _starts(availability, earliest, latest):
        end = start + availability.length
        beside = sum(begins < end and start < ends for begins, ends in taken)
        if beside < availability.at_once:
            yield start


def _starts(availability: Availability, earliest: datetime, latest: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(availability.zone)
    day, last = earliest.astimezone(zone).date(), latest.astimezone(zone).date()
    while day <= last:
        for start in _of_day(availability, day, zone):
            if earliest <= start <= latest:
                yield start
        day += timedelta(days=1)


def _of_day(availability: Availability, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    minutes = int(availability.length.total_seconds() // 60)
    for opens, closes in availability.hours.days[day.weekday()]:
        for minute in range(opens, closes - minutes + 1, minutes):
            civil = datetime.combine(day, time(minute // 60, minute % 60), zone)
            start = civil.astimezone(UTC)
            # An hour that the clock skips in spring is no time to meet.
            if start.astimezone(zone).replace(tzinfo=None) == civil.replace(tzinfo=None):
                yield start
