"""When does a day of daily limits begin and end?"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A civil day in one zone, as the UTC moments of its two midnights."""

    date: date
    begins_at: datetime
    ends_at: datetime


def day_of(now: datetime, zone: ZoneInfo) -> Day:
    """The day that `now` lies in. It is 23 or 25 hours long where the clocks change."""
    here = now.astimezone(zone).date()
    return Day(
        date=here,
        begins_at=_midnight(here, zone),
        ends_at=_midnight(here + timedelta(days=1), zone),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
