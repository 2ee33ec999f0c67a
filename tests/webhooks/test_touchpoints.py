"""Who tells what people do gets in signed, all of a message or none, and hears what is wrong."""

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from orchestrator.hosted_providers import touchpoint_sources
from orchestrator.sections.hosted import TouchpointSource
from outreach.accounts.touchpoint import Act
from outreach.accounts.touchpoint_delivery import MOST_EVENTS, TouchpointEvent
from outreach.reports import TouchpointsDelivered
from tests.webhooks.door import AUTH_TOKEN, PUBLIC_URL, Remembering
from webhooks.edge import Edge
from webhooks.touchpoints import LARGEST, touchpoint_routes

NOW = 1_795_000_045
SECRET = "a-shared-secret"
SOURCES = {"website": TouchpointSource.model_validate({"secret": SECRET})}
VISIT = {
    "id": "v1",
    "at": "2031-03-04T15:00:00Z",
    "act": "report",
    "seconds": 1500,
    "expected_s": 900,
    "email": "Ann@Acme.example.com",
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
    made.include_router(touchpoint_routes(edge, touchpoint_sources(SOURCES), clock=lambda: NOW))
    return made


def signed(body: bytes, id_: str = "msg_1", at: int = NOW) -> dict[str, str]:
    content = f"{id_}.{at}.".encode() + body
    digest = hmac.new(SECRET.encode(), content, hashlib.sha256).digest()
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


async def post(
    engine: Remembering, body: bytes, headers: dict[str, str] | None = None, to: str = "website"
) -> httpx.Response:
    transport = httpx.ASGITransport(app=application(engine))
    given = signed(body) if headers is None else headers
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as http:
        return await http.post(f"/webhooks/touchpoints/{to}", content=body, headers=given)


def batch(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events}).encode()


async def test_a_signed_batch_is_handed_over_as_it_was_meant() -> None:
    engine = Remembering()

    answer = await post(engine, batch(VISIT, {**VISIT, "id": "v2", "act": "form"}))

    assert answer.status_code == 204
    report = engine.only().report
    assert isinstance(report, TouchpointsDelivered)
    first, second = report.delivery.events
    assert (report.source, first.act, first.ratio) == ("website", Act.REPORT, 1667)
    assert first.points == {"email": "ann@acme.example.com"}
    assert first.domain_beside(first.points) == "acme.example.com"
    assert second.id == "v2"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "no_signature"),
        (signed(b"another body"), "wrong_signature"),
        (signed(batch(VISIT), at=NOW - 301), "signature_too_old"),
    ],
)
async def test_nothing_unsigned_gets_in(headers: dict[str, str], reason: str) -> None:
    engine = Remembering()

    answer = await post(engine, batch(VISIT), headers)

    assert answer.status_code == 403
    assert engine.handed == 0
    assert [one.reason for one in engine.rejections] == [reason]


async def test_an_unknown_source_is_not_there() -> None:
    engine = Remembering()

    assert (await post(engine, batch(VISIT), to="nobody")).status_code == 404
    assert engine.handed == 0


@pytest.mark.parametrize(
    "event",
    [
        {**VISIT, "act": "stare"},
        {**VISIT, "at": "2031-03-04T15:00:00"},
        {**VISIT, "seconds": -1},
        {**VISIT, "seconds": "NaN"},
        {**VISIT, "expected_s": 0},
        {key: value for key, value in VISIT.items() if key != "id"},
    ],
)
async def test_one_wrong_event_refuses_the_whole_message_and_says_where(
    event: dict[str, Any],
) -> None:
    engine = Remembering()

    answer = await post(engine, batch(VISIT, event))

    assert answer.status_code == 400
    assert engine.handed == 0
    assert answer.json()["where"].startswith("events.1")
    assert answer.json()["fix"]
    assert "acme" not in answer.text.lower()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"events": []}', batch(*[VISIT] * (MOST_EVENTS + 1))],
)
async def test_what_is_no_batch_is_refused(body: bytes) -> None:
    engine = Remembering()

    assert (await post(engine, body)).status_code == 400
    assert engine.handed == 0


async def test_a_body_that_is_too_large_is_not_read() -> None:
    engine = Remembering()

    assert (await post(engine, b" " * (LARGEST + 1))).status_code == 413
    assert engine.handed == 0


@pytest.mark.parametrize("secret", ["", "  ", "whsec_", "whsec_=="])
def test_a_secret_with_which_anybody_could_sign_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError):
        TouchpointSource.model_validate({"secret": secret})


@pytest.mark.row("S3-2")
@pytest.mark.parametrize(
    ("facts", "ratio"),
    [
        ({"act": "page", "seconds": 10}, 167),
        ({"act": "page"}, 0),
        ({"act": "ad_click"}, 0),
        ({"act": "email_click"}, 1000),
        ({"act": "form"}, 1000),
        ({"act": "email_reply", "words": 30}, 2500),
        ({"act": "webinar", "seconds": 2700}, 1000),
    ],
)
def test_what_is_not_measured_counts_only_where_doing_it_is_enough(
    facts: dict[str, Any], ratio: int
) -> None:
    event = TouchpointEvent.model_validate({"id": "1", "at": "2031-03-04T15:00:00Z", **facts})

    assert event.ratio == ratio
