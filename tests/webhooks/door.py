"""The product's webhooks in front of an engine that only remembers what it is handed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.websockets import WebSocket
from twilio.request_validator import RequestValidator

from agents.voice.call import StreamStart
from outreach.reports import CallReceived, Delivery
from webhooks.edge import AnswerPlan, Busy, Edge, HangUp, NoTransfers, Rejection, Transfers
from webhooks.routes import routes

PUBLIC_URL = "https://calls.example.com/outreach"
AUTH_TOKEN = "the-primary-token"
ATTEMPT = UUID("01932e0c-8a00-7000-8000-000000000001")
MESSAGE = UUID("01932e0c-8a00-7000-8000-000000000002")
CALL = "CA0123456789abcdef0123456789abcdef"
PAYLOADS = Path(__file__).parent / "payloads"

Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Remembering:
    """What the engine does at the edge, without an engine: seen keys are ignored, as there."""

    deliveries: dict[tuple[str, str], Delivery] = field(default_factory=dict)
    handed: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    plan: AnswerPlan = field(default_factory=HangUp)
    asked: list[tuple[UUID, str]] = field(default_factory=list)
    busy: bool = False
    transfers: Transfers = field(default_factory=NoTransfers)
    tokens: dict[str, str] = field(default_factory=dict)
    """Each with its call; showing one spends it."""
    held: list[tuple[str, StreamStart]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def ingest(self, delivery: Delivery) -> None:
        if self.busy:
            raise Busy
        self.handed += 1
        self.deliveries.setdefault((delivery.source, delivery.key), delivery)

    async def answer_call(self, attempt_id: UUID, call_sid: str) -> AnswerPlan:
        if self.busy:
            raise Busy
        self.asked.append((attempt_id, call_sid))
        return self.plan

    async def answer_inbound_call(self, call: CallReceived) -> AnswerPlan:
        return HangUp(words=f"Thank you for calling {call.to}.")

    async def open_media(self, token: str, call_sid: str) -> str | None:
        if self.tokens.get(token) != call_sid:
            return None
        del self.tokens[token]
        return f"the call of {token}"

    async def converse(self, socket: WebSocket, opened: str, start: StreamStart) -> None:
        """Hear one message, and let the route close the socket."""
        self.held.append((opened, start))
        self.heard.append(await socket.receive_text())

    async def reject(self, rejection: Rejection) -> None:
        self.rejections.append(rejection)

    def application(self, public_url: str = PUBLIC_URL) -> FastAPI:
        edge = Edge(
            public_url=public_url,
            auth_token=AUTH_TOKEN,
            ingest=self.ingest,
            answer_call=self.answer_call,
            answer_inbound_call=self.answer_inbound_call,
            open_media=self.open_media,
            converse=self.converse,
            reject=self.reject,
            transfers=self.transfers,
        )
        application = FastAPI()
        application.include_router(routes(edge))
        return application

    def only(self) -> Delivery:
        """The one delivery there is."""
        (delivery,) = self.deliveries.values()
        return delivery


def payload(name: str) -> list[tuple[str, str]]:
    """One real-shaped request: a parameter a line, as it reads when decoded."""
    lines = (PAYLOADS / f"{name}.form").read_text(encoding="utf-8").splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in lines]


def signature(path: str, pairs: Iterable[tuple[str, str]], token: str = AUTH_TOKEN) -> str:
    """Made by the SDK."""
    signed: str = RequestValidator(token).compute_signature(PUBLIC_URL + path, dict(pairs))
    return signed


def form(pairs: Pairs) -> bytes:
    return urlencode(pairs).encode()


def client(engine: Remembering) -> httpx.AsyncClient:
    """Requests arrive under a name and port that only the proxy knows."""
    transport = httpx.ASGITransport(app=engine.application())
    return httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000")


async def post(engine: Remembering, path: str, pairs: Pairs, **headers: str) -> httpx.Response:
    """A form that Twilio signed; headers are named with underscores."""
    given = {"X-Twilio-Signature": signature(path, pairs), "Content-Type": FORM}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with client(engine) as http:
        return await http.post(path, content=form(pairs), headers=given)


FORM = "application/x-www-form-urlencoded; charset=utf-8"


def voice(what: str, attempt: object = ATTEMPT) -> str:
    return f"/webhooks/twilio/voice/{attempt}/{what}"


WHATSAPP_STATUS = f"/webhooks/twilio/whatsapp/status/{MESSAGE}"
WHATSAPP_INBOUND = "/webhooks/twilio/whatsapp/inbound"
VOICE_INBOUND = "/webhooks/twilio/voice/inbound"
