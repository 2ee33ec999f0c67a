"""Morning, afternoon, evening: the parts of a day that a retry may spread over."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from outreach.hours import MINUTES_A_DAY, WeeklyHours

NOON: Final = 12 * 60
EVENING: Final = 17 * 60


class Daypart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def daypart(at: datetime, zone: str) -> Daypart:
    """The part of the day that people in `zone` have at this moment."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    if hour < 12:
        return Daypart.MORNING
    return Daypart.AFTERNOON if hour < 17 else Daypart.EVENING


ALL_BUT: Final[dict[Daypart, WeeklyHours]] = {
    Daypart.MORNING: WeeklyHours((((NOON, MINUTES_A_DAY),),) * 7),
    Daypart.AFTERNOON: WeeklyHours((((0, NOON), (EVENING, MINUTES_A_DAY)),) * 7),
    Daypart.EVENING: WeeklyHours((((0, EVENING),),) * 7),
}
"""The hours left when one part of each day is avoided."""
