"""What a platform's answers mean, and which platform an order goes to."""

from datetime import timedelta

import pytest

from channels.base import Absent, CallOrder, Found, MaybeStarted, NoAnswer, Refused, Unavailable
from channels.fake import FakeChannel
from channels.hosted import refusal
from channels.hosted_http import Answered
from channels.hosted_routes import ByNumber
from channels.hosted_template import MissingPlace, Trouble, fill
from tests.channels.platform import stand_in
from tests.channels.providers import (
    NOW,
    OURS,
    PERSON,
    an_order,
    hosted_channel,
    inquiry,
)

TROUBLES = (
    Trouble(status=422, says="to_number", reason="invalid_number", scope="lead"),
    Trouble(status=422, says="concurrency", reason="too_many_requests", scope="later"),
)


def answered(status: int, text: str = "", retry_after: timedelta | None = None) -> Answered:
    return Answered(status=status, body=None, text=text, retry_after=retry_after)


@pytest.mark.parametrize(
    ("status", "text", "reason", "scope"),
    [
        (401, "", "credentials_refused", "sender"),
        (403, "", "credentials_refused", "sender"),
        (402, "", "payment_required", "sender"),
        (422, "the To_Number is bad", "invalid_number", "lead"),
        (422, "something else", "order_refused", "campaign"),
        (400, "", "order_refused", "campaign"),
        (302, "", "order_refused", "campaign"),
    ],
)
def test_a_refusal_says_whose_fault_it_is(status: int, text: str, reason: str, scope: str) -> None:
    error = refusal(answered(status, text), TROUBLES)

    assert isinstance(error, Refused)
    assert (error.reason, error.scope, error.error_code) == (reason, scope, str(status))


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_a_failing_server_is_no_witness(status: int) -> None:
    error = refusal(answered(status, "to_number"), TROUBLES)

    assert isinstance(error, MaybeStarted)


@pytest.mark.parametrize(("status", "text"), [(429, ""), (422, "concurrency limit")])
def test_too_many_at_once_may_come_again(status: int, text: str) -> None:
    error = refusal(answered(status, text, timedelta(seconds=7)), TROUBLES)

    assert isinstance(error, Unavailable)
    assert (error.reason, error.retry_after) == ("too_many_requests", timedelta(seconds=7))


async def test_a_wrong_key_is_the_senders_fault() -> None:
    async with stand_in("retell", NOW) as platform:
        channel = hosted_channel("retell", platform.base_url, key="wrong")
        with pytest.raises(Refused) as caught:
            await channel.start(an_order("voice"))
        await channel.close()

    assert caught.value.scope == "sender"
    assert platform.calls == []


async def test_a_platform_that_nobody_reaches_has_taken_nothing() -> None:
    channel = hosted_channel("retell", "http://127.0.0.1:9")
    try:
        with pytest.raises(Unavailable) as caught:
            await channel.start(an_order("voice"))
        assert isinstance(await channel.find(inquiry(an_order("voice"), NOW)), NoAnswer)
    finally:
        await channel.close()

    assert caught.value.reason == "provider_unreachable"


async def test_a_call_that_the_platform_does_not_know_by_its_own_id_is_absent() -> None:
    async with stand_in("retell", NOW) as platform:
        channel = hosted_channel("retell", platform.base_url)
        assert await channel.find(inquiry(an_order("voice"), NOW, "call_/../9")) == Absent()
        await channel.close()


async def test_the_platforms_words_become_ours() -> None:
    async with stand_in("elevenlabs", NOW) as platform:
        channel = hosted_channel("elevenlabs", platform.base_url)
        ref = await channel.start(an_order("voice"))
        platform.calls[0].status = "done"
        finding = await channel.find(inquiry(an_order("voice"), NOW, ref.ref))
        await channel.close()

    assert isinstance(finding, Found)
    assert finding.status == "completed"


def test_a_template_keeps_the_shape_of_what_it_is_given() -> None:
    given = {"to": "{{ to }}", "all": "{{ variables }}", "in": ["x {{ ring_s }} y", 1, None]}

    assert fill(given, {"to": "+1", "variables": {"a": "b"}, "ring_s": 20}) == {
        "to": "+1",
        "all": {"a": "b"},
        "in": ["x 20 y", 1, None],
    }
    with pytest.raises(MissingPlace):
        fill("{{ ref }}", {})


async def test_the_number_that_calls_chooses_the_way() -> None:
    ours, theirs = FakeChannel(), FakeChannel()
    channel = ByNumber(ours=ours, hosted={OURS: theirs})
    order = an_order("voice")
    assert isinstance(order, CallOrder)
    other = an_order("voice", to=PERSON)

    await channel.start(order)

    assert (len(theirs.taken), len(ours.taken)) == (1, 0)
    assert isinstance(await channel.find(inquiry(order, NOW)), Found)
    alone = ByNumber(ours=None, hosted={"+12025550199": theirs})
    with pytest.raises(Refused) as caught:
        await alone.start(other)
    assert (caught.value.reason, caught.value.scope) == ("sender_unknown", "sender")
    assert isinstance(await alone.find(inquiry(other, NOW)), NoAnswer)


async def test_a_hang_up_goes_to_the_platform_that_calls_from_the_number_and_to_no_other() -> None:
    ours, theirs = FakeChannel(), FakeChannel()
    channel = ByNumber(ours=ours, hosted={OURS: theirs})

    await channel.end("call_1", OURS)
    await channel.end("CA1", "+12025550199")

    assert (theirs.ended, ours.ended) == (["call_1"], ["CA1"])
    with pytest.raises(Unavailable) as caught:
        await ByNumber(ours=None, hosted={OURS: theirs}).end("CA1", "+12025550199")
    assert caught.value.reason == "sender_unknown"


async def test_a_hang_up_that_its_platform_does_not_take_is_said() -> None:
    async with stand_in("elevenlabs", NOW) as platform:
        channel = hosted_channel("elevenlabs", platform.base_url)
        with pytest.raises(Unavailable) as caught:
            await ByNumber(ours=FakeChannel(), hosted={OURS: channel}).end("call_1", OURS)
        await channel.close()

    assert caught.value.reason == "not_offered"
