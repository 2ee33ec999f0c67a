"""Who writes a rule that nothing obeys yet is told so."""

import pytest

from outreach.fields import FieldSpec, FieldType
from outreach.without_effect import without_effect
from tests.outreach.campaigns import PRODUCT_RULES, VOICE, WHATSAPP, campaign


def test_nothing_in_the_products_example_is_in_vain() -> None:
    assert without_effect(campaign(rules=PRODUCT_RULES)) == ()


def test_a_plan_after_a_booking_is_said_to_be_in_vain() -> None:
    booked = {"id": "won", "when": {"outcome": "meeting_booked"}, "then": {"channel": "whatsapp"}}

    (said,) = without_effect(campaign(rules=[booked], steps=[VOICE, WHATSAPP]))

    assert said.said.startswith("rule won: nothing is planned after a booked meeting")


@pytest.mark.parametrize(
    "then", [{"suppress": "this_channel"}, {"leave_message": "once_per_campaign"}]
)
def test_what_is_obeyed_is_not_warned_of(then: dict[str, str]) -> None:
    rule = {"id": "some", "when": {"outcome": "voicemail"}, "then": then}

    assert without_effect(campaign(rules=[rule])) == ()


SIZE = FieldSpec(key="company_size", type=FieldType.NUMBER)
WHEN = FieldSpec(key="timeline", type=FieldType.CHOICE, choices=("now", "later"))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"compny_size": 5}, "extracts no compny_size, so the rule never applies. Did you mean"),
        ({"budget": 5}, "or use one of company_size, timeline."),
        ({"timeline": "soon"}, "timeline is never soon, so the rule never applies. Its values are"),
        ({"company_size": "5"}, "Its values are numbers."),
    ],
)
def test_a_field_or_value_that_no_conversation_gives_is_warned_of(
    wanted: dict[str, object], said: str
) -> None:
    rule = {"id": "some", "when": {"extraction": wanted}, "then": {"status": "engaged"}}

    (found,) = without_effect(campaign(rules=[rule]), (SIZE, WHEN))

    assert said in found.said
    assert found.path == ("rules", 0, "when", "extraction", *wanted)


def test_a_callback_at_a_field_that_nobody_extracts_is_warned_of() -> None:
    rule = {"id": "back", "when": {"outcome": "talked"}, "then": {"schedule_at": "callback_at"}}

    (found,) = without_effect(campaign(rules=[rule]), ())

    assert "plans for the next day" in found.said
    assert found.path == ("rules", 0, "then", "schedule_at")


def test_what_the_agent_does_extract_is_not_warned_of() -> None:
    rule = {
        "id": "some",
        "when": {"extraction": {"company_size": 5, "timeline": "Now"}},
        "then": {"status": "engaged"},
    }

    assert without_effect(campaign(rules=[rule]), (SIZE, WHEN)) == ()


def test_rules_that_the_author_did_not_write_are_not_doubted() -> None:
    assert without_effect(campaign(), ()) == ()
