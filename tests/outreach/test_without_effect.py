"""Who writes a rule that nothing obeys yet is told so."""

import pytest

from outreach.without_effect import without_effect
from tests.outreach.campaigns import PRODUCT_RULES, VOICE, WHATSAPP, campaign


def test_the_products_example_asks_for_two_things_in_vain() -> None:
    said = without_effect(campaign(rules=PRODUCT_RULES))

    assert [sentence.partition(" has")[0] for sentence in said] == [
        "rule vm: leave_message",
        "rule hot: min_score",
    ]


def test_a_plan_after_a_booking_is_said_to_be_in_vain() -> None:
    booked = {"id": "won", "when": {"outcome": "meeting_booked"}, "then": {"channel": "whatsapp"}}

    (said,) = without_effect(campaign(rules=[booked], steps=[VOICE, WHATSAPP]))

    assert said.startswith("rule won: nothing is planned after a booked meeting")


@pytest.mark.parametrize("then", [{"suppress": "this_channel"}, {"leave_message": "always"}])
def test_what_is_obeyed_is_not_warned_of(then: dict[str, str]) -> None:
    rule = {"id": "some", "when": {"outcome": "voicemail"}, "then": then}

    assert without_effect(campaign(rules=[rule])) == ()
