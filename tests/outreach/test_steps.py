"""A step that cannot be taken is skipped with its reason, and the next applies."""

import pytest

from outreach.channel import ChannelName
from outreach.reason import Reason
from outreach.steps import Chosen, NoStep, Point, Skipped, first_step, step_of_channel
from tests.outreach.campaigns import VOICE, WHATSAPP, campaign

PHONE = Point(address="+442079460123", country="GB")
AMERICAN = Point(address="+12125550123", country="US")


def test_the_first_step_that_can_be_taken_is() -> None:
    chosen = first_step(campaign(), {ChannelName.VOICE: PHONE, ChannelName.WHATSAPP: PHONE})

    assert isinstance(chosen, Chosen)
    assert (chosen.position, chosen.channel, chosen.skipped) == (0, ChannelName.VOICE, ())


@pytest.mark.parametrize("reason", [Reason.NO_CONTACT_POINT, Reason.INVALID_NUMBER])
def test_a_step_without_a_number_is_skipped_with_its_reason(reason: Reason) -> None:
    chosen = first_step(campaign(), {ChannelName.VOICE: reason, ChannelName.WHATSAPP: PHONE})

    assert isinstance(chosen, Chosen)
    assert (chosen.position, chosen.point) == (1, PHONE)
    assert chosen.skipped == (Skipped(position=0, channel=ChannelName.VOICE, reason=reason),)


def test_when_no_step_can_be_taken_the_first_reason_stands() -> None:
    found = first_step(campaign(), {ChannelName.VOICE: Reason.INVALID_NUMBER})

    assert isinstance(found, NoStep)
    assert found.reason is Reason.INVALID_NUMBER
    assert [one.reason for one in found.skipped] == [
        Reason.INVALID_NUMBER,
        Reason.NO_CONTACT_POINT,
    ]


def test_marketing_never_goes_to_americans_on_whatsapp() -> None:
    points = {ChannelName.WHATSAPP: AMERICAN}
    marketing = campaign(steps=[WHATSAPP], purpose="marketing")

    refused = first_step(marketing, points)

    assert isinstance(refused, NoStep)
    assert refused.reason is Reason.US_WHATSAPP_MARKETING
    assert isinstance(first_step(campaign(steps=[WHATSAPP]), points), Chosen)
    canadian = {ChannelName.WHATSAPP: Point(address="+14165550123", country="CA")}
    assert isinstance(first_step(marketing, canadian), Chosen)


def test_later_steps_and_other_channels_can_be_asked_for() -> None:
    both = {ChannelName.VOICE: PHONE, ChannelName.WHATSAPP: PHONE}

    later = first_step(campaign(), both, start=1)
    asked = step_of_channel(campaign(), ChannelName.WHATSAPP, both)

    assert isinstance(later, Chosen)
    assert isinstance(asked, Chosen)
    assert later.position == asked.position == 1
    assert isinstance(first_step(campaign(), both, start=2), NoStep)
    absent = step_of_channel(campaign(steps=[VOICE]), ChannelName.WHATSAPP, both)
    assert isinstance(absent, NoStep)
    assert absent.reason is Reason.NO_CONTACT_POINT
