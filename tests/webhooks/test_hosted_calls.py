"""What other platforms tell gets in signed, is read as configured, and is told once."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from orchestrator.hosted_providers import sources
from orchestrator.sections.hosted import Hosted
from outreach.call_delivery import CallDelivery
from outreach.outcome import AnsweredBy
from outreach.reports import CallDelivered
from tests.webhooks.door import ATTEMPT, AUTH_TOKEN, PUBLIC_URL, Remembering
from webhooks.edge import Edge
from webhooks.hosted_calls import LARGEST_DELIVERY, clean, hosted_routes

NOW = 1_795_000_045
SECRET = "a-shared-secret"
PAYLOADS = Path(__file__).parent / "payloads"
PLATFORMS = {
    "acme": Hosted.model_validate(
        {"secret": SECRET, "signature": {"scheme": "hmac_body", "header": "X-Acme"}}
    ),
    "standard": Hosted.model_validate(
        {"secret": SECRET, "signature": {"scheme": "standard_webhooks"}}
    ),
    "retell": Hosted.model_validate({"preset": "retell", "secret": SECRET}),
    "elevenlabs": Hosted.model_validate({"preset": "elevenlabs", "secret": SECRET}),
}


def application(engine: Remembering) -> FastAPI:
    edge = Edge(
        public_url=PUBLIC_URL,
        auth_token=AUTH_TOKEN,
        ingest=engine.ingest,
        answer_call=engine.answer_call,
        answer_inbound_call=engine.answer_inbound_call,
        open_media=engine.open_media,
        converse=engine.converse,
        reject=engine.reject,
    )
    made = FastAPI()
    made.include_router(hosted_routes(edge, sources(PLATFORMS), clock=lambda: NOW))
    return made


def signed(source: str, body: bytes, id_: str = "msg_1") -> Mapping[str, str]:
    key = SECRET.encode()
    match source:
        case "retell":
            time = str(NOW * 1000)
            digest = hmac.new(key, body + time.encode(), hashlib.sha256).hexdigest()
            return {"X-Retell-Signature": f"v={time},d={digest}"}
        case "elevenlabs":
            digest = hmac.new(key, f"{NOW}.".encode() + body, hashlib.sha256).hexdigest()
            return {"ElevenLabs-Signature": f"t={NOW},v0={digest}"}
        case "standard":
            content = f"{id_}.{NOW}.".encode() + body
            digest = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
            return {
                "webhook-id": id_,
                "webhook-timestamp": str(NOW),
                "webhook-signature": f"v1,{digest}",
            }
    return {"X-Acme": hmac.new(key, body, hashlib.sha256).hexdigest()}


async def post(
    engine: Remembering, source: str, body: bytes, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=application(engine))
    given = signed(source, body) if headers is None else headers
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        return await http.post(f"/webhooks/calls/{source}", content=body, headers=given)


def told(engine: Remembering) -> CallDelivery:
    report = engine.only().report
    assert isinstance(report, CallDelivered)
    return report.call


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


OURS: dict[str, Any] = {"attempt_id": str(ATTEMPT), "status": "completed", "later_key": 1}


async def test_our_own_schema_is_understood_and_new_keys_disturb_nobody() -> None:
    engine = Remembering()

    answer = await post(engine, "acme", json.dumps(OURS).encode())

    assert answer.status_code == 204
    assert engine.only().source == "hosted:acme"
    assert (told(engine).attempt_id, told(engine).status) == (ATTEMPT, "completed")


async def test_a_repeat_is_the_same_delivery() -> None:
    engine, body = Remembering(), json.dumps(OURS).encode()
    for source in ("acme", "standard"):
        for _ in range(2):
            assert (await post(engine, source, body)).status_code == 204
    await post(engine, "standard", body, signed("standard", body, "msg_2"))

    assert engine.handed == 5
    assert len(engine.deliveries) == 3


async def test_an_id_of_any_length_is_known_again_and_kept_short() -> None:
    engine, body = Remembering(), json.dumps(OURS).encode()
    for ending in ("a", "a", "b"):
        id_ = "m" * 9000 + ending
        assert (
            await post(engine, "standard", body, signed("standard", body, id_))
        ).status_code < 300

    assert len(engine.deliveries) == 2
    assert all(len(key) < 100 for _, key in engine.deliveries)


@pytest.mark.parametrize("source", PLATFORMS)
async def test_what_is_not_signed_is_turned_away_and_only_noted(source: str) -> None:
    engine, body = Remembering(), json.dumps(OURS).encode()

    unsigned = await post(engine, source, body, {})
    forged = await post(engine, source, body + b" ", signed(source, body))

    assert (unsigned.status_code, forged.status_code) == (403, 403)
    assert [one.reason for one in engine.rejections] == ["no_signature", "wrong_signature"]
    assert engine.deliveries == {}


async def test_a_source_that_is_not_configured_is_not_found() -> None:
    engine = Remembering()

    answer = await post(engine, "nobody", b"{}", {})

    assert answer.status_code == 404
    assert [one.reason for one in engine.rejections] == ["unknown_source"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no json", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b'{"status": "completed"}', "malformed_call"),
        (b'{"call_id": "a", "status": "done"}', "malformed_status"),
        (b'{"call_id": "a", "duration_s": -1}', "malformed_duration_s"),
        (b"[]", "malformed_call"),
    ],
)
async def test_nonsense_with_a_signature_is_refused(body: bytes, reason: str) -> None:
    engine = Remembering()

    assert (await post(engine, "acme", body)).status_code == 400
    assert [one.reason for one in engine.rejections] == [reason]


@pytest.mark.parametrize(
    ("body", "where", "words"),
    [
        (b"no json", "document", "no JSON"),
        (b'{"call_id": "a", "status": "done"}', "status", "It must be one of queued"),
        (b'{"call_id": "a", "duration_s": -1}', "duration_s", "0 or more"),
        (
            b'{"call_id": "a", "cost": {"amount": 1, "currency": "usd"}}',
            "cost.currency",
            "three capital letters, such as USD",
        ),
    ],
)
async def test_who_signed_nonsense_hears_what_is_wrong_where_and_how_to_mend_it(
    body: bytes, where: str, words: str
) -> None:
    answer = await post(Remembering(), "acme", body)

    said = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["where"] == where
    assert words in said["detail"]
    assert said["fix"]
    assert said["type"].startswith("malformed_")


async def test_a_delivery_has_its_limit() -> None:
    engine = Remembering()

    answer = await post(engine, "acme", b" " * (LARGEST_DELIVERY + 1))

    assert answer.status_code == 413


async def test_where_there_is_no_room_the_platform_is_asked_to_come_again() -> None:
    answer = await post(Remembering(busy=True), "acme", json.dumps(OURS).encode())

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


async def test_retells_end_of_a_call_is_read_by_its_preset() -> None:
    engine = Remembering()

    assert (await post(engine, "retell", payload("retell_call_ended"))).status_code == 204

    call = told(engine)
    assert (call.attempt_id, call.call_id, call.status) == (ATTEMPT, "call_a1", "completed")
    assert (call.duration_s, call.ended_by) == (31.4, "person")
    assert [(turn.speaker, turn.text, turn.start_ms, turn.end_ms) for turn in call.turns] == [
        ("agent", "Hello Sam.", 700, 1500),
        ("person", "Yes please.", 2000, 2400),
    ]
    assert call.cost is not None
    assert (call.cost.amount, call.cost.micros) == (Decimal("0.175"), 175_000)
    assert call.recording is not None
    assert call.recording.url.endswith("call_a1/recording.wav")


async def test_retells_analysis_is_read_by_its_preset() -> None:
    engine = Remembering()

    await post(engine, "retell", payload("retell_call_analyzed"))

    call = told(engine)
    assert (call.status, call.answered_by) == ("completed", AnsweredBy.VOICEMAIL)
    assert call.data == {"budget": 20000, "wants_demo": False}
    assert (call.summary, call.transcript) == ("It reached a voicemail.", None)


@pytest.mark.parametrize(
    ("reason", "status"),
    [("dial_busy", "busy"), ("dial_no_answer", "no-answer"), ("dial_failed", "failed")],
)
async def test_retells_calls_that_were_not_answered_are_known(reason: str, status: str) -> None:
    engine, body = Remembering(), json.loads(payload("retell_call_ended"))
    body["call"]["disconnection_reason"] = reason

    await post(engine, "retell", json.dumps(body).encode())

    assert told(engine).status == status


async def test_elevenlabs_transcription_is_read_by_its_preset() -> None:
    engine = Remembering()

    answer = await post(engine, "elevenlabs", payload("elevenlabs_transcription"))

    call = told(engine)
    assert answer.status_code == 204
    assert (call.attempt_id, call.call_id, call.status) == (ATTEMPT, "conv_1", "completed")
    assert [(turn.speaker, turn.text, turn.start_ms) for turn in call.turns] == [
        ("agent", "Hello Sam.", 0),
        ("person", "Yes please.", 3000),
    ]
    assert (call.data, call.summary) == ({"budget": "20000"}, "They want a demo.")
    assert (call.duration_s, call.cost) == (22, None)


async def test_elevenlabs_call_that_nobody_answered_is_known_by_its_own_id() -> None:
    engine = Remembering()

    await post(engine, "elevenlabs", payload("elevenlabs_failure"))

    call = told(engine)
    assert (call.attempt_id, call.call_id) == (None, "conv_2")
    assert (call.status, call.sip_code) == ("no-answer", 487)


async def test_an_event_that_speaks_of_no_call_is_acknowledged_and_not_kept() -> None:
    engine = Remembering()
    body = b'{"type": "post_call_audio", "data": {"conversation_id": "conv_1", "full_audio": ""}}'

    assert (await post(engine, "elevenlabs", body)).status_code == 204
    assert (engine.deliveries, engine.rejections) == ({}, [])


def test_what_the_database_cannot_hold_is_taken_out() -> None:
    assert clean({"a\0": ["b\0", "\ud800", float("nan"), 1, None]}) == {
        "a": ["b", "?", None, 1, None]
    }
