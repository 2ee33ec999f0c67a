"""A number that people have stopped answering is found, and no other."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.answer_rate import LEAST_CALLS, Answers, worst

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.mark.parametrize(
    ("calls", "answered", "rests"),
    [
        (200, 10, True),
        (200, 48, False),
        (200, 39, False),
        # Not clear enough, though the share is low.
        (50, 7, False),
        (LEAST_CALLS - 1, 0, False),
        (LEAST_CALLS, 0, True),
    ],
)
def test_a_number_rests_when_it_is_clearly_below_the_others(
    calls: int, answered: int, rests: bool
) -> None:
    others = Answers(calls=1000, answered=250)

    found = worst({ONE: others, TWO: Answers(calls=calls, answered=answered)})

    assert found == (TWO if rests else None)


def test_only_the_worst_rests_at_a_time() -> None:
    good, bad, worse = (Answers(calls=300, answered=n) for n in (120, 30, 6))

    assert worst({ONE: good, TWO: bad, THREE: worse}) == THREE


def test_a_number_alone_is_compared_with_nobody() -> None:
    assert worst({ONE: Answers(calls=500, answered=0)}) is None


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=6),
)
def test_the_best_number_of_a_pool_never_rests(counts: list[tuple[int, int]]) -> None:
    pool = {
        UUID(int=n): Answers(calls=max(counted), answered=min(counted))
        for n, counted in enumerate(counts)
    }
    best = max(pool, key=lambda id: pool[id].rate)

    assert worst(pool) != best
