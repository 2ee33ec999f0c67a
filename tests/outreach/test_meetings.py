"""A calendar of our own offers whole meetings in its hours, and none that is taken."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.hours import WeeklyHours
from outreach.meetings import Availability, is_free, nearest_free

MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)
"""08:00 in Berlin; the clocks go forward there on the Sunday that follows."""
BERLIN = Availability(
    zone="Europe/Berlin", hours=WeeklyHours.parse({"mon-fri": ["09:00-12:00", "13:00-17:00"]})
)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "free"),
    [
        (berlin(24, 9), True),
        (berlin(24, 11, 30), True),
        (berlin(24, 11, 45), False),
        (berlin(24, 12), False),
        (berlin(24, 17), False),
        (berlin(28, 10), False),
        (berlin(23, 9, 30), False),
        (berlin(23, 10), True),
    ],
    ids=["first", "last before noon", "between", "at noon", "closing", "Saturday", "soon", "now"],
)
def test_a_meeting_begins_where_one_fits_into_the_hours(at: datetime, free: bool) -> None:
    assert is_free(BERLIN, at, MONDAY, []) is free


def test_a_taken_time_is_offered_to_nobody_else() -> None:
    ten = berlin(24, 10)
    taken = [(ten, ten + timedelta(minutes=30))]

    assert not is_free(BERLIN, ten, MONDAY, taken)
    assert nearest_free(BERLIN, ten, MONDAY, taken) == [
        berlin(24, 9),
        berlin(24, 9, 30),
        berlin(24, 10, 30),
    ]


def test_an_hour_that_spring_skips_is_no_time_to_meet() -> None:
    night = Availability(zone="Europe/Berlin", hours=WeeklyHours.parse({"sun": "01:00-05:00"}))

    starts = nearest_free(night, berlin(29, 1, 30), MONDAY, [])

    assert [f"{at.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" for at in starts] == [
        "01:00",
        "01:30",
        "03:00",
    ]


@given(
    wanted=st.datetimes(datetime(2026, 3, 20), datetime(2026, 5, 1), timezones=st.just(UTC)),
    taken=st.lists(st.integers(0, 2000).map(lambda n: MONDAY + n * timedelta(minutes=15))),
)
def test_what_is_offered_is_free(wanted: datetime, taken: list[datetime]) -> None:
    held = [(at, at + timedelta(minutes=45)) for at in taken]

    for at in nearest_free(BERLIN, wanted, MONDAY, held):
        assert is_free(BERLIN, at, MONDAY, held)
        assert all(end <= at or at + BERLIN.length <= start for start, end in held)
