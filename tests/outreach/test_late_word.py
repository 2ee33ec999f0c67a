"""Which of two words about a call counts, where one comes after the decision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.late_word import platform_counts, reading_counts
from outreach.outcome import Outcome

OUTCOMES = st.sampled_from(Outcome)
PEOPLE = st.sampled_from(["agent", "person", "user:1", "cli", None])


@pytest.mark.parametrize(
    ("known", "said_by", "is_proven", "counts"),
    [
        (Outcome.NO_ANSWER, "engine", True, True),
        (Outcome.NO_ANSWER, "engine", False, True),
        (Outcome.BUSY, "provider", True, True),
        (Outcome.BUSY, "provider", False, False),
        (Outcome.VOICEMAIL, "provider", True, False),
        (Outcome.MACHINE, "engine", True, False),
    ],
)
def test_words_count_more_than_silence_and_proven_ones_more_than_a_provider(
    known: Outcome, said_by: str, is_proven: bool, counts: bool
) -> None:
    assert reading_counts(known, said_by, Outcome.INTERESTED, is_proven=is_proven) is counts


@pytest.mark.parametrize(
    ("known", "said_by", "told", "counts"),
    [
        (Outcome.NO_ANSWER, "engine", Outcome.VOICEMAIL, True),
        (Outcome.NO_ANSWER, "engine", Outcome.BUSY, True),
        (Outcome.NO_ANSWER, "provider", Outcome.VOICEMAIL, True),
        (Outcome.NO_ANSWER, "provider", Outcome.BUSY, False),
        (Outcome.TALKED, "reader", Outcome.VOICEMAIL, True),
        (Outcome.TALKED, "reader", Outcome.NO_ANSWER, False),
        (Outcome.VOICEMAIL, "engine", Outcome.NO_ANSWER, False),
        (Outcome.INTERESTED, "reader", Outcome.VOICEMAIL, False),
    ],
)
def test_a_platform_is_believed_late_where_nothing_was_proven(
    known: Outcome, said_by: str, told: Outcome, counts: bool
) -> None:
    assert platform_counts(known, said_by, told) is counts


@given(known=OUTCOMES, said_by=PEOPLE, new=OUTCOMES)
def test_what_a_person_or_the_agent_has_said_gives_way_to_an_opt_out_alone(
    known: Outcome, said_by: str | None, new: Outcome
) -> None:
    counts = new is Outcome.OPTED_OUT
    assert reading_counts(known, said_by, new, is_proven=True) is counts
    assert platform_counts(known, said_by, new) is counts
