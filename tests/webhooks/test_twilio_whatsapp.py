"""What is understood of what people write, and of what became of our messages."""

import pytest

from outreach.reports import MessageReceived, MessageReported
from tests.webhooks.door import (
    MESSAGE,
    WHATSAPP_INBOUND,
    WHATSAPP_STATUS,
    Remembering,
    payload,
    post,
)


async def _received(name: str) -> MessageReceived:
    engine = Remembering()
    response = await post(engine, WHATSAPP_INBOUND, payload(name))
    assert response.status_code == 200
    assert response.content.endswith(b"<Response />")
    report = engine.only().report
    assert isinstance(report, MessageReceived)
    return report


async def test_words_arrive_as_they_were_written() -> None:
    report = await _received("whatsapp_text")

    assert report == MessageReceived(
        provider_ref="SM0123456789abcdef0123456789abcdef",
        from_="+12025550109",
        to="+12025550100",
        body='Grüße & "tomorrow" at 3? 👍 1+1=2',
        profile_name="Ann",
    )


async def test_a_pressed_button_says_which_and_of_which_message() -> None:
    report = await _received("whatsapp_button")

    assert (report.kind, report.button, report.body) == ("button", "stop", "Not interested")
    assert report.answered_ref == "SM0123456789abcdef0123456789abcde0"


async def test_a_voice_message_has_no_words_and_says_where_it_lies() -> None:
    report = await _received("whatsapp_media")

    assert (report.kind, report.body) == ("media", "")
    assert report.media == ("https://example.com/media/ME0", "https://example.com/media/ME1")


async def test_a_message_without_words_or_media_is_still_a_message() -> None:
    engine = Remembering()
    pairs = [
        ("MessageSid", "SM1"),
        ("From", "whatsapp:+12025550109"),
        ("To", "whatsapp:+12025550100"),
        ("Body", ""),
        ("NumMedia", "many"),
    ]

    await post(engine, WHATSAPP_INBOUND, pairs)

    report = engine.only().report
    assert isinstance(report, MessageReceived)
    assert report.kind == "other"


async def test_what_no_table_can_hold_is_left_out() -> None:
    engine = Remembering()
    pairs = [
        ("MessageSid", "SM1"),
        ("From", "whatsapp:+12025550109"),
        ("To", "whatsapp:+12025550100"),
        ("Body", "yes\0 please"),
    ]

    await post(engine, WHATSAPP_INBOUND, pairs)

    report = engine.only().report
    assert isinstance(report, MessageReceived)
    assert report.body == engine.only().payload["Body"] == "yes please"


async def test_a_message_that_failed_says_why() -> None:
    engine = Remembering()

    response = await post(engine, WHATSAPP_STATUS, payload("whatsapp_status_failed"))

    assert response.status_code == 204
    assert engine.only().report == MessageReported(
        message_id=MESSAGE,
        provider_ref="SM0123456789abcdef0123456789abcde3",
        status="undelivered",
        error_code="63016",
    )


async def test_the_same_message_twice_is_one() -> None:
    engine = Remembering()

    for token in ("one", "two"):
        await post(
            engine,
            WHATSAPP_INBOUND,
            payload("whatsapp_text"),
            I_Twilio_Idempotency_Token=token,
        )

    assert (engine.handed, len(engine.deliveries)) == (2, 1)


async def test_statuses_in_reverse_are_the_same_statuses() -> None:
    forward, backward = Remembering(), Remembering()
    events = [
        [("MessageSid", "SM1"), ("MessageStatus", word)] for word in ("sent", "delivered", "read")
    ]

    for event in events:
        await post(forward, WHATSAPP_STATUS, event)
    for event in reversed(events):
        await post(backward, WHATSAPP_STATUS, event)

    assert forward.deliveries == backward.deliveries
    assert len(forward.deliveries) == 3


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
async def test_a_message_from_or_to_nobody_is_refused(missing: str) -> None:
    engine = Remembering()
    pairs = [(name, value) for name, value in payload("whatsapp_button") if name != missing]

    response = await post(engine, WHATSAPP_INBOUND, pairs)

    assert response.status_code == 400
    assert engine.rejections[0].reason == f"malformed_{missing}"
