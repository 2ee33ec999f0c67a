"""The play shows what the rules would do, by the rules themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaign import Campaign
from outreach.decisions import Stop
from outreach.outcome import Outcome
from outreach.simulating import MOST, play
from outreach.telling.decisions import beside, decided, lasting

TUESDAY = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)
MISSED = {
    "id": "missed",
    "when": {"outcome": "no_answer"},
    "then": {"retry": {"after": ["PT2H", "P1D"], "max": 2}, "else_channel": "whatsapp"},
}
OUT = {
    "id": "out",
    "when": {"outcome": "opted_out"},
    "then": {"suppress": "all_channels", "cancel_all": True},
}
CAMPAIGN = Campaign.model_validate(
    {
        "kind": "campaign",
        "name": "spring",
        "title": "Spring",
        "goal": "Offer a demo.",
        "purpose": "service",
        "agent": "ada",
        "steps": [{"channel": "voice"}, {"channel": "whatsapp", "template": "intro"}],
        "rules": [MISSED, OUT],
    }
)


def test_who_never_answers_is_tried_as_the_rule_says_and_then_written_to():
    played = play(CAMPAIGN, Outcome.NO_ANSWER, TUESDAY)

    assert [decided(one.decision, one.ended_at).split(". ")[0] for one in played] == [
        "Another call after 2 hours",
        "Another call after 1 day",
        "A WhatsApp message at once",
    ]


def test_who_opts_out_is_never_contacted_again():
    (only,) = play(CAMPAIGN, Outcome.OPTED_OUT, TUESDAY)

    assert decided(only.decision, only.ended_at).startswith("Nothing more; they become unsub")
    assert len(beside(only.decision)) == 2


@given(st.sampled_from(Outcome))
def test_every_play_comes_to_an_end_and_speaks_of_all_of_it(outcome: Outcome):
    played = play(CAMPAIGN, outcome, TUESDAY)

    assert len(played) <= MOST
    assert all(not isinstance(one.decision, Stop) for one in played[:-1])
    assert all(decided(one.decision, one.ended_at) for one in played)


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(hours=48), "2 days"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
    ],
)
def test_a_wait_is_said_in_the_largest_unit_that_fits(wait: timedelta, said: str):
    assert lasting(wait) == said
