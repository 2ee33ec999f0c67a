"""Every reason why somebody is not contacted has something that lifts it."""

from outreach.lifting import LIFTED_BY, LIFTER_WORDS, Lifter, lifts
from outreach.reason import Reason


def test_no_reason_is_without_a_lifter():
    assert set(LIFTED_BY) == set(Reason)
    assert all(LIFTED_BY.values())


def test_every_lifter_lifts_something_and_has_words():
    assert set(LIFTER_WORDS) == set(Lifter)
    assert all(lifts(lifter) for lifter in Lifter)


def test_both_directions_say_the_same():
    for reason, lifters in LIFTED_BY.items():
        assert {lifter for lifter in Lifter if reason in lifts(lifter)} == lifters
