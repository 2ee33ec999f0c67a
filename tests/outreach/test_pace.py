"""A rate is never exceeded, however the starts are asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outreach.pace import Pace

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(
    emission_ms=st.integers(1, 5_000),
    burst=st.integers(1, 20),
    asked=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 50)), max_size=30),
)
def test_no_stretch_of_time_sees_more_starts_than_rate_and_burst_allow(
    emission_ms: int, burst: int, asked: list[tuple[int, int]]
) -> None:
    emission = timedelta(milliseconds=emission_ms)
    pace = Pace(emission=emission, burst=burst, spent_until=None)
    now, starts = START, list[datetime]()

    for wait_ms, wanted in asked:
        now += timedelta(milliseconds=wait_ms)
        count = pace.free(now, wanted)
        assert 0 <= count <= wanted
        pace = replace(pace, spent_until=pace.after(now, count))
        starts += [now] * count

    for first, begin in enumerate(starts):
        for last in range(first, len(starts)):
            assert last - first + 1 <= burst + (starts[last] - begin) / emission


def test_without_a_rate_nothing_is_held_back() -> None:
    free = Pace(emission=timedelta(0), burst=1, spent_until=None)

    assert free.free(START, 500) == 500
    assert free.after(START, 500) is None


def test_a_quiet_time_gives_back_the_burst_and_no_more() -> None:
    spent = Pace(emission=timedelta(seconds=1), burst=3, spent_until=START)

    assert spent.free(START, 9) == 0
    assert spent.free(START + timedelta(seconds=2), 9) == 2
    assert spent.free(START + timedelta(days=1), 9) == 3
