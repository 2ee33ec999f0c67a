"""What a channel promises, held against the fake and against the official SDK on a real socket."""

from datetime import timedelta

import pytest

from channels.base import Absent, Found, MaybeStarted, NoAnswer, Refused, Unavailable
from channels.fake import FakeChannel, order_id
from tests.channels.providers import (
    NOW,
    OURS,
    PERSON,
    Happening,
    Provider,
    a_text,
    an_order,
    hosted,
    inquiry,
)

BAD_NUMBER = "+15005550001"


async def test_an_order_is_given_once_and_known_by_the_providers_name(provider: Provider) -> None:
    order = an_order(provider.kind)

    ref = await provider.channel.start(order)

    assert ref.ref
    assert ref.status == "queued"
    assert provider.times_taken(order_id(order)) == 1


async def test_an_order_after_its_deadline_never_leaves(provider: Provider) -> None:
    order = an_order(provider.kind, in_s=-0.001)

    with pytest.raises(Unavailable) as caught:
        await provider.channel.start(order)

    assert caught.value.reason == "deadline_passed"
    assert provider.requests() == 0


async def test_a_number_that_cannot_be_is_refused_for_this_lead(provider: Provider) -> None:
    if isinstance(provider.channel, FakeChannel):
        provider.next("refuse")

    with pytest.raises(Refused) as caught:
        await provider.channel.start(an_order(provider.kind, to=BAD_NUMBER))

    assert caught.value.scope == "lead"
    assert caught.value.reason == "invalid_number"
    assert not caught.value.suppress


async def test_a_provider_that_is_too_busy_has_taken_nothing(provider: Provider) -> None:
    order = an_order(provider.kind)
    provider.next("unavailable")

    with pytest.raises(Unavailable) as caught:
        await provider.channel.start(order)

    assert caught.value.retry_after == timedelta(seconds=1)
    assert provider.times_taken(order_id(order)) == 0


@pytest.mark.parametrize(
    ("happening", "taken"), [("lost", 0), ("taken_but_lost", 1), ("silent", 1)]
)
async def test_an_answer_that_does_not_come_is_a_maybe_and_nothing_is_sent_again(
    provider: Provider, happening: Happening, taken: int
) -> None:
    order = an_order(provider.kind)
    provider.next(happening)

    with pytest.raises(MaybeStarted):
        await provider.channel.start(order)

    assert provider.times_taken(order_id(order)) == taken


async def test_what_was_taken_without_an_answer_is_found_by_its_people(provider: Provider) -> None:
    order, before = an_order(provider.kind), provider.now()
    provider.next("taken_but_lost")
    with pytest.raises(MaybeStarted):
        await provider.channel.start(order)

    finding = await provider.channel.find(inquiry(order, before))

    assert isinstance(finding, Found)
    assert finding.duplicates == ()


async def test_what_was_never_taken_is_absent(provider: Provider) -> None:
    order, before = an_order(provider.kind), provider.now()
    provider.next("lost")
    with pytest.raises(MaybeStarted):
        await provider.channel.start(order)

    assert await provider.channel.find(inquiry(order, before)) == Absent()


async def test_an_order_known_by_name_is_found_by_it(provider: Provider) -> None:
    order, before = an_order(provider.kind), provider.now()
    ref = await provider.channel.start(order)

    finding = await provider.channel.find(inquiry(order, before, ref.ref))

    assert isinstance(finding, Found)
    assert finding.ref == ref.ref


async def test_an_order_that_was_taken_twice_names_the_second_as_a_duplicate(
    provider: Provider,
) -> None:
    before, order = provider.now(), an_order(provider.kind)
    first = await provider.channel.start(order)
    second = await provider.channel.start(order)

    finding = await provider.channel.find(inquiry(order, before))

    assert isinstance(finding, Found)
    assert {finding.ref, *finding.duplicates} == {first.ref, second.ref}
    assert len(finding.duplicates) == 1


async def test_an_earlier_order_to_the_same_person_is_not_taken_for_this_one(
    provider: Provider,
) -> None:
    await provider.channel.start(an_order(provider.kind))
    later = provider.now() + timedelta(minutes=10)

    assert await provider.channel.find(inquiry(an_order(provider.kind), later)) == Absent()


async def test_a_list_may_lag_behind_what_was_taken(provider: Provider) -> None:
    order, before = an_order(provider.kind), provider.now()
    provider.next("late_list")
    await provider.channel.start(order)

    first = await provider.channel.find(inquiry(order, before))
    second = await provider.channel.find(inquiry(order, before))

    assert first == Absent()
    assert isinstance(second, Found)


@pytest.mark.parametrize(
    "provider",
    ["fake voice", "fake whatsapp", "twilio voice", "twilio whatsapp", "retell voice"],
    indirect=True,
)
async def test_ending_what_is_over_is_no_error(provider: Provider) -> None:
    ref = await provider.channel.start(an_order(provider.kind))

    await provider.channel.end(ref.ref, OURS)
    await provider.channel.end(ref.ref, OURS)

    assert provider.requests() == 1


async def test_a_platform_that_offers_no_hang_up_says_so() -> None:
    async with hosted("elevenlabs") as provider:
        with pytest.raises(Unavailable) as caught:
            await provider.channel.end("call_1", OURS)

    assert caught.value.reason == "not_offered"


async def test_everything_here_calls_itself_simulated(provider: Provider) -> None:
    assert provider.channel.simulated


@pytest.mark.parametrize("provider", ["fake whatsapp", "twilio whatsapp"], indirect=True)
async def test_free_text_is_refused_from_the_instant_its_window_closes(provider: Provider) -> None:
    with pytest.raises(Refused) as caught:
        await provider.channel.start(a_text(window_expires_at=NOW))

    assert (caught.value.reason, caught.value.scope) == ("window_closed", "lead")
    assert provider.requests() == 0


@pytest.mark.parametrize("provider", ["fake whatsapp", "twilio whatsapp"], indirect=True)
async def test_free_text_is_sent_while_its_window_is_open(provider: Provider) -> None:
    order = a_text(window_expires_at=NOW + timedelta(milliseconds=1))

    await provider.channel.start(order)

    assert provider.times_taken(order.message_id) == 1


@pytest.mark.parametrize(
    "provider",
    ["twilio voice", "twilio whatsapp", "retell voice", "elevenlabs voice"],
    indirect=True,
)
async def test_a_provider_that_does_not_answer_questions_says_nothing_about_orders(
    provider: Provider,
) -> None:
    await provider.channel.close()

    finding = await provider.channel.find(inquiry(an_order(provider.kind, to=PERSON), NOW))

    assert isinstance(finding, NoAnswer)
