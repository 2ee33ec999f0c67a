"""What is understood of a call's reports, in whatever order and however often they come."""

from itertools import permutations
from uuid import UUID
from xml.etree import ElementTree

import pytest

from outreach.outcome import AnsweredBy
from outreach.reports import CallReceived, CallReported, MachineReported, RecordingReported
from tests.webhooks.door import (
    ATTEMPT,
    CALL,
    VOICE_INBOUND,
    Remembering,
    payload,
    post,
    voice,
)
from webhooks.edge import Connect, HangUp
from webhooks.twilio_voice import call_id_of
from webhooks.twiml import answer, socket_url


async def test_a_finished_call_is_reported_with_its_length() -> None:
    engine = Remembering()

    response = await post(engine, voice("status"), payload("call_status_completed"))

    assert (response.status_code, response.content) == (204, b"")
    assert engine.only().source == "twilio.voice"
    assert engine.only().report == CallReported(
        attempt_id=ATTEMPT,
        provider_ref=CALL,
        status="completed",
        duration_s=42,
        sip_code=200,
        sequence=3,
    )


async def test_a_failed_call_is_reported_with_what_the_network_said() -> None:
    engine = Remembering()

    await post(engine, voice("status"), payload("call_status_failed"))

    report = engine.only().report
    assert isinstance(report, CallReported)
    assert (report.status, report.sip_code, report.error_code) == ("failed", 404, None)


async def test_a_verdict_about_who_answered_keeps_the_providers_word() -> None:
    engine = Remembering()

    await post(engine, voice("amd"), payload("amd"))

    assert engine.only().report == MachineReported(
        attempt_id=ATTEMPT,
        provider_ref=CALL,
        answered_by=AnsweredBy.VOICEMAIL,
        word="machine_end_beep",
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("human", AnsweredBy.HUMAN),
        ("machine_start", AnsweredBy.VOICEMAIL),
        ("fax", AnsweredBy.FAX),
        ("unknown", AnsweredBy.UNKNOWN),
        ("a_word_of_2027", AnsweredBy.UNKNOWN),
    ],
)
async def test_every_word_about_who_answered_is_understood(word: str, expected: AnsweredBy) -> None:
    engine = Remembering()

    await post(engine, voice("amd"), [("CallSid", CALL), ("AnsweredBy", word)])

    report = engine.only().report
    assert isinstance(report, MachineReported)
    assert report.answered_by is expected


async def test_a_recording_is_reported_with_where_it_lies() -> None:
    engine = Remembering()

    await post(engine, voice("recording"), payload("recording"))

    assert engine.only().report == RecordingReported(
        attempt_id=ATTEMPT,
        provider_ref=CALL,
        recording_ref="RE0123456789abcdef0123456789abcdef",
        status="completed",
        uri="https://example.com/2010-04-01/Recordings/RE0123456789abcdef0123456789abcdef",
        channels=2,
        duration_s=41,
    )


def _events() -> list[list[tuple[str, str]]]:
    words = ("initiated", "ringing", "in-progress", "completed")
    return [
        [("CallSid", CALL), ("CallStatus", word), ("SequenceNumber", str(number))]
        for number, word in enumerate(words)
    ]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
async def test_reports_twice_and_in_any_order_are_the_same_four(order: tuple[int, ...]) -> None:
    once, again = Remembering(), Remembering()
    for event in _events():
        await post(once, voice("status"), event, I_Twilio_Idempotency_Token="first")

    for number in order:
        await post(again, voice("status"), _events()[number])
        await post(again, voice("status"), _events()[number], I_Twilio_Idempotency_Token="other")

    assert again.handed == 8
    assert again.deliveries == once.deliveries
    assert len(again.deliveries) == 4


async def test_without_a_number_the_providers_token_tells_reports_apart() -> None:
    engine = Remembering()
    event = [("CallSid", CALL), ("CallStatus", "ringing")]

    for token in ("one", "one", "two"):
        await post(engine, voice("status"), event, I_Twilio_Idempotency_Token=token)

    assert len(engine.deliveries) == 2


@pytest.mark.parametrize(
    ("path", "pairs"),
    [
        (voice("status"), [("CallStatus", "completed")]),
        (voice("status"), [("CallSid", ""), ("CallStatus", "completed")]),
        (voice("status"), [("CallSid", CALL)]),
        (voice("amd"), [("CallSid", CALL)]),
        (voice("recording"), [("CallSid", CALL), ("RecordingStatus", "completed")]),
        (voice("answer"), [("CallStatus", "in-progress")]),
        (voice("status", "no-uuid"), [("CallSid", CALL), ("CallStatus", "completed")]),
        (VOICE_INBOUND, [("CallSid", CALL), ("From", "+12025550109")]),
    ],
)
async def test_what_lacks_its_subject_is_refused_and_noted(
    path: str, pairs: list[tuple[str, str]]
) -> None:
    engine = Remembering()

    response = await post(engine, path, pairs)

    assert response.status_code == 400
    assert engine.handed == 0
    assert engine.rejections[0].reason.startswith("malformed_")


@pytest.mark.parametrize("number", ["", "-1", "1.5", "three", "٣", "9" * 40])
async def test_a_number_that_is_none_is_left_out(number: str) -> None:
    engine = Remembering()
    pairs = [("CallSid", CALL), ("CallStatus", "completed"), ("CallDuration", number)]

    await post(engine, voice("status"), pairs)

    report = engine.only().report
    assert isinstance(report, CallReported)
    assert report.duration_s is None


async def test_secrets_are_not_kept_and_everything_else_is() -> None:
    engine = Remembering()

    await post(engine, VOICE_INBOUND, payload("call_inbound"))

    kept = engine.only().payload
    assert "CallToken" not in kept
    assert set(kept) == {name for name, _ in payload("call_inbound")} - {"CallToken"}


async def test_an_answered_call_is_connected_with_its_token() -> None:
    engine = Remembering(plan=Connect(media_url="https://voice-2.example.com", token='a<b>&"c'))

    response = await post(engine, voice("answer"), payload("call_answer"))

    assert engine.asked == [(ATTEMPT, CALL)]
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    stream = ElementTree.fromstring(response.content).find("Connect/Stream")
    assert stream is not None
    assert stream.attrib == {"url": "wss://voice-2.example.com/webhooks/twilio/media"}
    assert [one.attrib for one in stream] == [{"name": "token", "value": 'a<b>&"c'}]


async def test_a_call_that_is_not_ours_any_more_is_hung_up() -> None:
    engine = Remembering(plan=HangUp())

    response = await post(engine, voice("answer"), payload("call_answer"))

    assert [one.tag for one in ElementTree.fromstring(response.content)] == ["Hangup"]


async def test_a_person_who_calls_us_hears_a_sentence_and_is_remembered_once() -> None:
    engine = Remembering()

    first = await post(engine, VOICE_INBOUND, payload("call_inbound"))
    await post(engine, VOICE_INBOUND, payload("call_inbound"))

    said, end = ElementTree.fromstring(first.content)
    assert (said.text, end.tag) == ("Thank you for calling +12025550100.", "Hangup")
    report = engine.only().report
    assert isinstance(report, CallReceived)
    assert (report.from_, report.to) == ("+12025550109", "+12025550100")
    assert isinstance(report.call_id, UUID)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://x.example.com", "wss://x.example.com/webhooks/twilio/media"),
        ("http://127.0.0.1:8000/", "ws://127.0.0.1:8000/webhooks/twilio/media"),
        ("https://x.example.com/ours", "wss://x.example.com/ours/webhooks/twilio/media"),
        (
            "wss://x.example.com/webhooks/twilio/media",
            "wss://x.example.com/webhooks/twilio/media",
        ),
    ],
)
def test_the_socket_lies_beside_the_web(base: str, expected: str) -> None:
    assert socket_url(base) == expected


def test_one_process_alone_speaks_at_the_public_address() -> None:
    document = answer(Connect(media_url=None, token="t"), "https://calls.example.com")

    assert b'url="wss://calls.example.com/webhooks/twilio/media"' in document


async def test_how_a_call_to_us_goes_on_is_reported_by_the_numbers_own_callback() -> None:
    engine = Remembering()
    pairs = [("CallSid", CALL), ("CallStatus", "completed"), ("CallDuration", "7")]

    await post(engine, f"{VOICE_INBOUND}/status", pairs)

    report = engine.only().report
    assert isinstance(report, CallReported)
    assert (report.attempt_id, report.status, report.duration_s) == (
        call_id_of(CALL),
        "completed",
        7,
    )
