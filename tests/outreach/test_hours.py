"""Nobody is contacted at an hour that is not allowed on each clock they may live by."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.hours import (
    QUIET_HOURS,
    WeeklyHours,
    Window,
    WindowsMemo,
    first_window,
    is_legal,
    legal_windows,
)

MINUTE = timedelta(minutes=1)
OFFICE = WeeklyHours.parse({"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": "10:00-14:00"})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shows_an_allowed_hour(zone: str, hours: WeeklyHours, at: datetime) -> bool:
    """The oracle: look at the clock on the wall."""
    clock = at.astimezone(ZoneInfo(zone))
    minute = clock.hour * 60 + clock.minute
    return any(start <= minute < end for start, end in hours.days[clock.weekday()])


ZONES = st.frozensets(
    st.sampled_from(
        [
            "Europe/London",
            "America/New_York",
            "America/Los_Angeles",
            "Asia/Kolkata",
            "Australia/Lord_Howe",  # changes by half an hour
            "Asia/Kathmandu",
            "Africa/Cairo",  # changes at midnight
            "America/Santiago",
            "Pacific/Apia",
        ]
    ),
    min_size=1,
    max_size=3,
)
MARKS = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(sorted)
SPANS = MARKS.map(
    lambda marks: tuple(
        (start * 15, end * 15) for start, end in zip(marks[::2], marks[1::2], strict=False)
    )
)
HOURS = st.lists(SPANS, min_size=7, max_size=7).map(lambda days: WeeklyHours(tuple(days)))
CHANGES = [(3, 8), (11, 1), (3, 29), (10, 25), (4, 5), (10, 4), (9, 6), (4, 24), (10, 30)]
"""Days of 2026 on which America, Europe, Australia, Chile and Egypt change their clocks."""
STARTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 30), timezones=st.just(UTC)),
    st.sampled_from(
        [(3, 8), (11, 1), (3, 29), (10, 25), (4, 5), (10, 4), (9, 6), (4, 24), (10, 30)]
    ).map(lambda day: datetime(2026, *day, tzinfo=UTC) - timedelta(hours=14)),
).map(lambda at: at.replace(second=0, microsecond=0))


@settings(max_examples=60, deadline=None)
@given(zones=ZONES, hours=st.lists(HOURS, max_size=2), start=STARTS)
def test_windows_hold_exactly_the_minutes_that_every_clock_and_rule_allow(
    zones: frozenset[str], hours: list[WeeklyHours], start: datetime
) -> None:
    end = start + timedelta(hours=30)

    windows = legal_windows(zones, hours, start, end, {})

    moments = [start + step * 5 * MINUTE for step in range(30 * 12)]
    for moment in moments:
        legal = all(
            shows_an_allowed_hour(zone, rule, moment)
            for zone in zones
            for rule in (QUIET_HOURS, *hours)
        )
        assert any(opens <= moment < closes for opens, closes in windows) is legal, moment
    assert all(start <= opens < closes <= end for opens, closes in windows)
    assert all(left[1] < right[0] for left, right in pairwise(windows))


@settings(max_examples=80, deadline=None)
@given(zones=ZONES, hours=st.lists(HOURS, max_size=2), at=STARTS)
@example(zones=frozenset({"Pacific/Apia"}), hours=[], at=utc("2026-06-01T23:59:00"))
def test_the_first_window_is_the_first_of_all_windows(
    zones: frozenset[str], hours: list[WeeklyHours], at: datetime
) -> None:
    memo: WindowsMemo = {}
    horizon = timedelta(days=10)

    first = first_window(zones, hours, at, horizon, memo)

    later = legal_windows(zones, hours, at, at + horizon + timedelta(days=2))
    within = [window for window in later if window[0] <= at + horizon]
    expected = Window(opens_at=within[0][0], closes_at=within[0][1]) if within else None
    assert first == expected
    assert is_legal(zones, hours, at, memo) is (first is not None and first.opens_at == at)


def test_without_a_known_zone_no_hour_is_legal() -> None:
    at = utc("2026-06-02T12:00:00")

    assert first_window(frozenset(), [], at) is None
    assert legal_windows(frozenset(), [], at, at + timedelta(days=7)) == []


def test_quiet_hours_hold_whatever_a_campaign_says() -> None:
    always = WeeklyHours.daily("00:00", "24:00")

    window = first_window(frozenset({"Europe/London"}), [always], utc("2026-01-05T00:00:00"))

    assert window == Window(
        opens_at=utc("2026-01-05T08:00:00"), closes_at=utc("2026-01-05T21:00:00")
    )


def test_a_clock_that_skips_an_hour_skips_what_lies_in_it() -> None:
    london = frozenset({"Europe/London"})
    change = WeeklyHours.parse({"sun": "08:00-09:00"})

    windows = legal_windows(london, [change], utc("2026-03-22T00:00"), utc("2026-03-30T00:00"))

    assert windows == [
        (utc("2026-03-22T08:00"), utc("2026-03-22T09:00")),
        (utc("2026-03-29T07:00"), utc("2026-03-29T08:00")),
    ]


def test_a_window_that_crosses_midnight_of_utc_is_one_window() -> None:
    sydney = frozenset({"Australia/Sydney"})

    window = first_window(sydney, [], utc("2026-06-01T23:00:00"))

    assert window == Window(
        opens_at=utc("2026-06-01T23:00:00"), closes_at=utc("2026-06-02T11:00:00")
    )


def test_zones_too_far_apart_leave_no_hour() -> None:
    zones = frozenset({"Pacific/Auckland", "Europe/London"})

    assert first_window(zones, [OFFICE], utc("2026-06-01T00:00:00")) is None


def test_days_win_over_ranges_and_ranges_over_daily() -> None:
    hours = WeeklyHours.parse({"daily": "09:00-17:00", "sat-sun": "10:00-12:00", "sun": []})

    assert hours.days[0] == ((540, 1020),)
    assert hours.days[5] == ((600, 720),)
    assert hours.days[6] == ()


def test_a_range_may_run_over_the_weekend() -> None:
    hours = WeeklyHours.parse({"fri-mon": "10:00-12:00"})

    assert [bool(day) for day in hours.days] == [True, False, False, False, True, True, True]


@given(HOURS)
def test_hours_survive_being_written_down(hours: WeeklyHours) -> None:
    assert WeeklyHours.parse(hours.dump()).days == hours.days


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ({"mon": "9-17"}, "is not a span"),
        ({"mon": "09:00-08:00"}, "ends before it begins"),
        ({"mon": "09:60-10:00"}, "no clock shows"),
        ({"mon": "09:00-24:01"}, "no clock shows"),
        ({"mon": ["09:00-12:00", "11:00-13:00"]}, "overlap"),
        ({"monday": "09:00-12:00"}, "is no day"),
        ({"mon-fri": "09:00-12:00", "tue-wed": "09:00-11:00"}, "given twice"),
        ({"mon": 9}, "is not"),
    ],
)
def test_hours_that_cannot_be_read_say_which_part(text: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WeeklyHours.parse(text)
