"""Only what Twilio signed gets in; everything else leaves a note and changes nothing."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import pytest
from twilio.request_validator import RequestValidator

from outreach.reports import CallReported
from simulator import signing
from tests.webhooks.door import (
    ATTEMPT,
    AUTH_TOKEN,
    CALL,
    FORM,
    PUBLIC_URL,
    VOICE_INBOUND,
    WHATSAPP_INBOUND,
    WHATSAPP_STATUS,
    Remembering,
    client,
    form,
    payload,
    post,
    signature,
    voice,
)
from webhooks import twilio_request

ALL = [
    (voice("answer"), "call_answer"),
    (voice("status"), "call_status_completed"),
    (voice("amd"), "amd"),
    (voice("recording"), "recording"),
    (VOICE_INBOUND, "call_inbound"),
    (WHATSAPP_INBOUND, "whatsapp_text"),
    (WHATSAPP_STATUS, "whatsapp_status_failed"),
]
STATUS = voice("status")


@pytest.mark.parametrize(("path", "name"), ALL)
async def test_what_twilio_signed_is_heard(path: str, name: str) -> None:
    engine = Remembering()

    answer = await post(engine, path, payload(name))

    assert answer.status_code in {200, 204}
    assert engine.rejections == []


@pytest.mark.parametrize(("path", "name"), ALL)
async def test_the_carriers_own_signer_is_believed_too(path: str, name: str) -> None:
    engine, pairs = Remembering(), payload(name)
    signed = signing.sign(AUTH_TOKEN, f"{PUBLIC_URL}{path}#rc=5&rp=all", pairs)

    answer = await post(engine, path, pairs, X_Twilio_Signature=signed)

    assert answer.status_code in {200, 204}


@pytest.mark.parametrize(("path", "name"), ALL)
@pytest.mark.parametrize("signed", ["", "x", "A" * 28, "ü" * 28])
async def test_a_forged_request_changes_nothing_but_the_list(
    path: str, name: str, signed: str
) -> None:
    engine = Remembering()
    headers = {"X-Twilio-Signature": signed.encode(), "Content-Type": FORM}

    async with client(engine) as http:
        answer = await http.post(path, content=form(payload(name)), headers=headers)

    assert answer.status_code == 403
    assert (engine.handed, engine.asked) == (0, [])
    (rejection,) = engine.rejections
    assert rejection.path == path
    assert rejection.expected_url == PUBLIC_URL + path
    assert "+1202555" not in repr(rejection)


async def test_another_accounts_token_signs_nothing_here() -> None:
    engine, pairs = Remembering(), payload("call_status_completed")

    answer = await post(
        engine, STATUS, pairs, X_Twilio_Signature=signature(STATUS, pairs, "another-token")
    )

    assert answer.status_code == 403


async def test_a_signature_for_one_attempt_does_not_serve_another() -> None:
    engine, pairs = Remembering(), payload("call_status_completed")
    other = voice("status", "01932e0c-8a00-7000-8000-00000000ffff")

    answer = await post(engine, other, pairs, X_Twilio_Signature=signature(STATUS, pairs))

    assert answer.status_code == 403


async def test_a_changed_value_breaks_the_signature() -> None:
    engine, pairs = Remembering(), payload("call_status_completed")
    changed = [(name, "9999" if name == "CallDuration" else value) for name, value in pairs]

    answer = await post(engine, STATUS, changed, X_Twilio_Signature=signature(STATUS, pairs))

    assert answer.status_code == 403
    assert engine.handed == 0


async def test_what_the_request_says_of_its_own_host_decides_nothing() -> None:
    engine, pairs = Remembering(), payload("call_status_completed")
    there = RequestValidator(AUTH_TOKEN).compute_signature(
        f"https://evil.example.com{STATUS}", dict(pairs)
    )

    answer = await post(
        engine,
        STATUS,
        pairs,
        X_Twilio_Signature=there,
        Host="evil.example.com",
        X_Forwarded_Host="evil.example.com",
    )

    assert answer.status_code == 403


async def test_blank_values_are_part_of_what_was_signed() -> None:
    engine = Remembering()
    pairs = [*payload("call_status_completed"), ("Blank", ""), ("AlsoBlank", "")]

    answer = await post(engine, STATUS, pairs)

    assert answer.status_code == 204
    assert engine.only().payload["Blank"] == ""


async def test_parameters_nobody_announced_are_signed_and_kept() -> None:
    engine = Remembering()

    await post(engine, STATUS, [*payload("call_status_completed"), ("New2027", "thing")])

    assert engine.only().payload["New2027"] == "thing"


async def test_a_name_with_several_values_is_signed_and_kept_whole() -> None:
    engine = Remembering()
    pairs = [*payload("call_status_completed"), ("Tag", "b"), ("Tag", "a")]
    signed = signing.sign(AUTH_TOKEN, PUBLIC_URL + STATUS, pairs)

    answer = await post(engine, STATUS, pairs, X_Twilio_Signature=signed)

    assert answer.status_code == 204
    assert engine.only().payload["Tag"] == ["b", "a"]


async def test_the_query_is_part_of_what_was_signed() -> None:
    engine, pairs = Remembering(), payload("call_status_completed")
    path = f"{STATUS}?a=1&b=&c=%20x"

    good = await post(engine, path, pairs)
    bad = await post(engine, f"{STATUS}?a=2", pairs, X_Twilio_Signature=signature(path, pairs))

    assert (good.status_code, bad.status_code) == (204, 403)
    assert engine.rejections[0].expected_url == f"{PUBLIC_URL}{STATUS}?a=2"


def _json_request(body: str, *, hashed: str | None = None) -> tuple[str, dict[str, str]]:
    digest = hashlib.sha256((hashed or body).encode()).hexdigest()
    path = f"{STATUS}?bodySHA256={digest}"
    signed = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, {})
    return path, {"X-Twilio-Signature": signed, "Content-Type": "application/json"}


async def test_json_is_believed_by_the_hash_in_its_address() -> None:
    engine = Remembering()
    body = json.dumps({"CallSid": CALL, "CallStatus": "completed", "CallDuration": 42, "Äh": None})
    path, headers = _json_request(body)

    async with client(engine) as http:
        answer = await http.post(path, content=body, headers=headers)

    assert answer.status_code == 204
    report = engine.only().report
    assert isinstance(report, CallReported)
    assert (report.attempt_id, report.duration_s) == (ATTEMPT, 42)


async def test_json_that_does_not_match_its_hash_is_forged() -> None:
    engine = Remembering()
    path, headers = _json_request('{"CallSid": "CA2"}', hashed='{"CallSid": "CA1"}')

    async with client(engine) as http:
        answer = await http.post(path, content='{"CallSid": "CA2"}', headers=headers)

    assert answer.status_code == 403


async def test_json_without_a_hash_is_forged() -> None:
    engine = Remembering()
    headers = {"X-Twilio-Signature": signature(STATUS, []), "Content-Type": "application/json"}

    async with client(engine) as http:
        answer = await http.post(STATUS, content='{"CallSid": "CA1"}', headers=headers)

    assert answer.status_code == 403


async def test_a_json_body_is_not_smuggled_in_as_an_unsigned_form() -> None:
    """The hash in the address must not stand in for the parameters of a form."""
    engine = Remembering()
    path, headers = _json_request("{}")
    body = form(payload("call_status_completed"))

    async with client(engine) as http:
        answer = await http.post(path, content=body, headers=headers | {"Content-Type": FORM})

    assert answer.status_code == 403


@pytest.mark.parametrize("body", ["[1]", "3", '"x"', "{", "[" * 100_000])
async def test_signed_nonsense_is_refused_without_harm(body: str) -> None:
    engine = Remembering()
    path, headers = _json_request(body)

    async with client(engine) as http:
        answer = await http.post(path, content=body, headers=headers)

    assert answer.status_code == 400
    assert engine.rejections[0].reason == "malformed_json"


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"a=%ff", b"&".join([b"a=1"] * 2000)])
async def test_bytes_that_are_no_form_are_forged(body: bytes) -> None:
    engine = Remembering()
    headers = {"X-Twilio-Signature": signature(STATUS, []), "Content-Type": FORM}

    async with client(engine) as http:
        answer = await http.post(STATUS, content=body, headers=headers)

    assert answer.status_code == 403


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    engine = Remembering()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"a" * 65536

    async with client(engine) as http:
        answer = await http.post(STATUS, content=endless(), headers={"Content-Type": FORM})

    assert answer.status_code == 413
    assert sent < 10
    assert engine.rejections[0].reason == "body_too_large"


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Remembering()
    monkeypatch.setattr(twilio_request, "BODY_WITHIN_S", 0.01)

    async def stalled() -> AsyncIterator[bytes]:
        yield b"a="
        await asyncio.sleep(5)
        yield b"1"

    async with client(engine) as http:
        answer = await http.post(STATUS, content=stalled(), headers={"Content-Type": FORM})

    assert answer.status_code == 408


async def test_a_note_of_a_rejection_is_short_whatever_was_asked_for() -> None:
    engine = Remembering()

    async with client(engine) as http:
        await http.post(voice("status", "x" * 5000), content=b"", headers={"Content-Type": FORM})

    (rejection,) = engine.rejections
    assert len(rejection.path) <= 300
    assert len(rejection.expected_url) <= 300


async def test_a_note_of_a_rejection_holds_nothing_that_a_table_cannot() -> None:
    engine = Remembering()

    async with client(engine) as http:
        await http.post("/webhooks/twilio/voice/%00/status", headers={"Content-Type": FORM})

    (rejection,) = engine.rejections
    assert "\0" not in rejection.path + rejection.expected_url


async def test_where_there_is_no_room_twilio_is_asked_to_come_back() -> None:
    engine = Remembering(busy=True)

    reported = await post(engine, STATUS, payload("call_status_completed"))
    asked = await post(engine, voice("answer"), payload("call_answer"))

    for answer in (reported, asked):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
