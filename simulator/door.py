"""What happens to a REST request before and after it is worked on: limits, and planned failures."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.carrier import Carrier
from simulator.faults import REST, Occasion, Rule
from simulator.message import bare
from simulator.rest import Refusal

_PATHS = ("/2010-04-01/", "/v1/Content", "/v2/Channels/", "/v2/PhoneNumbers/")
_DOMAINS = frozenset(
    {"", "api.twilio.com", "content.twilio.com", "messaging.twilio.com", "lookups.twilio.com"}
)
_TOO_MANY = Refusal(429, 20429, "Too Many Requests")
_BROKEN = Refusal(500, 20500, "An internal server error has occurred")
_OVERLOADED = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"


class Door:
    """ASGI: everything under the REST paths goes through here, everything else passes by."""

    def __init__(self, app: ASGIApp, carrier: Carrier) -> None:
        self._app = app
        self._carrier = carrier
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        send = _Dated(send, timedelta(seconds=self._carrier.world.knobs.date_skew_s))
        if scope["type"] != "http" or not path.startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        if (domain := _original_host(scope)) not in _DOMAINS:
            refusal = Refusal(404, 20404, f"The simulator has no {domain}")
            await refusal.response()(scope, receive, send)
            return
        limit = self._carrier.world.knobs.concurrent_requests
        if limit and self._inside >= limit:
            await _TOO_MANY.response()(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._enter(scope, receive, send)
        finally:
            self._inside -= 1

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        form = parse_qs(body.decode(errors="replace"))
        rule = self._carrier.world.faults.pick(
            REST,
            Occasion(
                target=f"{scope['method']} {scope['path']}",
                number=bare(form.get("To", [""])[0]),
            ),
        )
        replay = _Replay(body, receive)
        if rule is None:
            await self._app(scope, replay, send)
        else:
            await self._misbehave(rule, scope, replay, send)

    async def _misbehave(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        match rule.fault:
            case "error_before":
                await _BROKEN.response()(scope, receive, send)
            case "too_many":
                await _TOO_MANY.response()(scope, receive, send)
            case "html_503":
                await HTMLResponse(_OVERLOADED, status_code=503)(scope, receive, send)
            case "stale_list":
                scope.setdefault("state", {})["stale_s"] = rule.seconds
                await self._app(scope, receive, send)
            case "error_after":
                await self._app(scope, receive, _Held())
                await _BROKEN.response()(scope, receive, send)
            case "hang_before":
                await self._carrier.world.clock.sleep(rule.seconds)
                await _BROKEN.response()(scope, receive, send)
            case "hang_after":
                held = _Held()
                await self._app(scope, receive, held)
                await self._carrier.world.clock.sleep(rule.seconds)
                for message in held.messages:
                    await send(message)
            case "reset":
                await self._break_off(scope, receive, send)
            case _:
                raise AssertionError(f"{rule.fault} is no fault of requests")

    async def _break_off(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Half of the answer, then nothing: the server closes what was not finished."""
        held = _Held()
        await self._app(scope, receive, held)
        start, *bodies = held.messages
        text = b"".join(message.get("body", b"") for message in bodies)
        await send(start)
        await send(
            {"type": "http.response.body", "body": text[: len(text) // 2], "more_body": True}
        )


@dataclass(slots=True)
class _Dated:
    """Adds the header Date: the real time of day, unless a skew is asked for."""

    send: Send
    skew: timedelta

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            date = format_datetime(datetime.now(UTC) + self.skew, usegmt=True)
            headers = [*message.get("headers", ()), (b"date", date.encode())]
            message = {**message, "headers": headers}
        await self.send(message)


@dataclass(slots=True)
class _Held:
    """An answer that was made and not sent."""

    messages: list[Message] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)


@dataclass(slots=True)
class _Replay:
    """A request whose body was read already; afterwards it tells of the connection's end."""

    body: bytes
    receive: Receive
    given: bool = False

    async def __call__(self) -> Message:
        if self.given:
            return await self.receive()
        self.given = True
        return {"type": "http.request", "body": self.body, "more_body": False}


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _original_host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-twilio-original-host":
            return str(value.decode("latin-1"))
    return ""
