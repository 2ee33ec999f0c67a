"""A time named in plain words is the one on the person's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.when import parse_when

PARIS = "Europe/Paris"
TUESDAY = datetime(2026, 3, 3, 10, 20, tzinfo=ZoneInfo(PARIS))


def local(text: str) -> str | None:
    found = parse_when(text, TUESDAY, PARIS)
    return f"{found.astimezone(ZoneInfo(PARIS)):%a %d %H:%M}" if found else None


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("tomorrow at three", "Wed 04 15:00"),
        ("Call me tomorrow at 9 am, please", "Wed 04 09:00"),
        ("tomorrow morning", "Wed 04 10:00"),
        ("tomorrow afternoon at four", "Wed 04 16:00"),
        ("tomorrow at half past nine", "Wed 04 09:30"),
        ("tomorrow at quarter to five", "Wed 04 16:45"),
        ("tomorrow", "Wed 04 10:20"),
        ("the day after tomorrow at noon", "Thu 05 12:00"),
        ("in two hours", "Tue 03 12:20"),
        ("in half an hour", "Tue 03 10:50"),
        ("in an hour or so", "Tue 03 11:20"),
        ("in 45 minutes", "Tue 03 11:05"),
        ("in a couple of days", "Thu 05 10:20"),
        ("in a week at 14:30", "Tue 10 14:30"),
        ("15:30", "Tue 03 15:30"),
        ("at 09:30", "Wed 04 09:30"),
        ("at five", "Tue 03 17:00"),
        ("after 6 pm", "Tue 03 18:00"),
        ("this afternoon", "Tue 03 15:00"),
        ("tonight", "Tue 03 18:00"),
        ("tonight at eight", "Tue 03 20:00"),
        ("on Friday at 11", "Fri 06 11:00"),
        ("Friday morning", "Fri 06 10:00"),
        ("tuesday at 3 pm", "Tue 10 15:00"),
        ("next tuesday morning", "Tue 10 10:00"),
        ("next friday", "Fri 13 10:20"),
        ("next week", "Tue 10 10:20"),
        ("2026-03-05T16:00:00+01:00", "Thu 05 16:00"),
        ("2026-03-05 16:00", "Thu 05 16:00"),
        ("2026-03-05 at 4 pm", "Thu 05 16:00"),
    ],
)
def test_plain_words_name_a_moment(words: str, moment: str) -> None:
    assert local(words) == moment


@pytest.mark.parametrize(
    "words",
    [
        "",
        "later",
        "some other time",
        "I have two children",
        "we have 12 seats",
        "this morning",
        "2026-03-01T09:00:00Z",
        "2026-13-45",
        "2031-01-01T09:00:00Z",
        "in 900 weeks",
    ],
)
def test_words_that_name_no_time_ahead_name_none(words: str) -> None:
    assert local(words) is None


def test_a_day_keeps_its_clock_over_a_change_of_the_clocks() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo(PARIS))

    found = parse_when("tomorrow at 3 pm", saturday, PARIS)

    assert found == datetime(2026, 3, 29, 13, tzinfo=UTC)


@given(st.text(max_size=60), st.sampled_from([PARIS, "America/New_York", "Asia/Kathmandu"]))
def test_no_words_however_odd_give_a_moment_that_is_past_or_far(text: str, zone: str) -> None:
    found = parse_when(text, TUESDAY, zone)

    assert found is None or TUESDAY < found <= TUESDAY + timedelta(days=366)


PIECES = [
    "in",
    "an",
    "999",
    "hours",
    "at",
    "25",
    ":",
    "99",
    "tomorrow",
    "next",
    "friday",
    "2026-99-99",
]


@given(st.lists(st.sampled_from([*PIECES, "half", "past", "pm", "o'clock", "thirty", "weeks"])))
def test_pieces_of_times_in_any_order_break_nothing(pieces: list[str]) -> None:
    parse_when(" ".join(pieces), TUESDAY, PARIS)
