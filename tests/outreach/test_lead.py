"""A machine only raises where a lead stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.lead import RANK, STATUS_AFTER, Status, raised, status_after
from outreach.outcome import CONVERSATIONS, UNREACHED, Outcome


@given(st.sampled_from(Status), st.lists(st.sampled_from(Outcome)))
def test_whatever_happens_a_rank_never_falls(status: Status, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        later = status_after(status, outcome)
        assert RANK[later] >= RANK[status]
        status = later


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT])
@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.OPTED_OUT}))
def test_no_outcome_brings_back_who_opted_out(status: Status, outcome: Outcome) -> None:
    assert status_after(status, outcome) is status


def test_equal_ranks_give_way_to_the_newer_word() -> None:
    assert raised(Status.CALLBACK, Status.NOT_INTERESTED) is Status.NOT_INTERESTED
    assert raised(Status.NOT_INTERESTED, Status.ENGAGED) is Status.ENGAGED
    assert raised(Status.UNREACHABLE, Status.CONTACTED) is Status.CONTACTED


def test_what_was_never_placed_says_nothing_of_the_person() -> None:
    assert status_after(Status.NEW, Outcome.NOT_PLACED) is Status.NEW
    assert set(Outcome) - set(STATUS_AFTER) == {Outcome.NOT_PLACED}


def test_nobody_is_both_unreached_and_talked_to() -> None:
    assert not UNREACHED & CONVERSATIONS
