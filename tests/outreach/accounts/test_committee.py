"""Who leans in is known by what they did lately, and a champion by what went well."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.committee import Interest, Leaning, Touch, interest
from outreach.accounts.touchpoint import Act
from outreach.outcome import Outcome
from tests.outreach.accounts.touchpoints import NOW


def touch(days: float, act: Act = Act.CALL, outcome: Outcome | None = None) -> Touch:
    return Touch(at=NOW - timedelta(days=days), act=act, outcome=outcome)


@pytest.mark.parametrize(
    ("days", "leaning"),
    [
        ([], Leaning.QUIET),
        ([29], Leaning.QUIET),
        ([1], Leaning.IN),
        ([1, 2, 15], Leaning.IN),
        ([1, 14], Leaning.STEADY),
        ([13.9, 14, 27.9], Leaning.OUT),
        ([15], Leaning.OUT),
    ],
)
def test_the_last_fourteen_days_are_held_against_the_fourteen_before(
    days: list[float], leaning: Leaning
) -> None:
    assert interest([touch(one) for one in days], NOW).leaning is leaning


@pytest.mark.parametrize(
    ("touches", "is_champion"),
    [
        ([touch(1, outcome=Outcome.INTERESTED)], False),
        ([touch(1, outcome=Outcome.INTERESTED), touch(29, Act.MEETING_BOOKED)], True),
        ([touch(1, outcome=Outcome.INTERESTED), touch(30, Act.MEETING_BOOKED)], False),
        ([touch(1, outcome=Outcome.INTERESTED), touch(2, outcome=Outcome.TALKED)], False),
        ([touch(1, Act.PAGE), touch(2, Act.REPORT), touch(3, Act.FORM)], False),
    ],
)
def test_two_that_went_well_within_thirty_days_make_a_champion(
    touches: list[Touch], *, is_champion: bool
) -> None:
    assert interest(touches, NOW).is_champion is is_champion


@given(days=st.lists(st.floats(min_value=0, max_value=40), max_size=8))
def test_what_is_yet_to_come_says_nothing(days: list[float]) -> None:
    ahead = [touch(-1 - one, Act.MEETING_BOOKED) for one in days]

    assert interest(ahead, NOW) == Interest()
