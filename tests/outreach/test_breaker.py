"""What fails is left alone for a while, and comes back by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.breaker import (
    Breaker,
    Policy,
    State,
    Tally,
    is_failing,
    is_provider_failing,
    judge,
)

NOW = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)
POLICY = Policy()
NONE = Tally()


@pytest.mark.parametrize(
    ("calls", "failures", "failing"),
    [(4, 4, False), (5, 2, False), (5, 3, True), (6, 3, True), (100, 49, False), (0, 0, False)],
)
def test_half_of_at_least_five_orders_must_fail(calls: int, failures: int, failing: bool) -> None:
    assert is_failing(Tally(calls=calls, failures=failures), POLICY) is failing


def test_one_bad_number_among_several_is_not_the_provider() -> None:
    bad, good = Tally(calls=10, failures=10), Tally(calls=5, failures=0)

    assert not is_provider_failing([bad, good], POLICY)
    assert is_provider_failing([bad, replace(good, failures=3)], POLICY)
    assert is_provider_failing([bad, NONE], POLICY), "nobody else was asked"


def test_it_opens_rests_lets_a_few_through_and_closes() -> None:
    opened = judge(Breaker(), True, Tally(calls=5, failures=5), NOW, POLICY)
    assert (opened.state, opened.room(POLICY)) == (State.OPEN, 0)
    assert judge(opened, False, NONE, NOW, POLICY) == opened

    later = NOW + POLICY.rest
    half = judge(opened, False, NONE, later, POLICY)
    assert (half.state, half.room(POLICY)) == (State.HALF_OPEN, POLICY.probes)
    given_out = replace(half, probes=POLICY.probes)
    assert given_out.room(POLICY) == 0
    assert judge(given_out, False, Tally(calls=2), later, POLICY) == given_out

    closed = judge(given_out, False, Tally(calls=3), later, POLICY)
    assert closed == Breaker()
    assert closed.room(POLICY) is None


def test_probes_that_are_lost_are_followed_by_others() -> None:
    half = Breaker(state=State.HALF_OPEN, until=NOW, openings=1, probes=3)

    assert judge(half, False, NONE, NOW, POLICY).room(POLICY) == POLICY.probes


@given(st.integers(min_value=1, max_value=60))
def test_each_failed_probe_makes_the_rest_longer_and_never_longer_than_ten_minutes(
    times: int,
) -> None:
    breaker, now, rests = Breaker(), NOW, []
    for _ in range(times):
        breaker = judge(breaker, True, Tally(calls=5, failures=5), now, POLICY)
        assert breaker.until is not None
        rests.append(breaker.until - now)
        now = breaker.until
        breaker = judge(breaker, False, NONE, now, POLICY)
        assert breaker.state is State.HALF_OPEN

    assert rests == sorted(rests)
    assert rests[0] == timedelta(seconds=30)
    assert rests[-1] <= POLICY.longest_rest
