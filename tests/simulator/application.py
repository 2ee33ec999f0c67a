"""An application on localhost that the carrier calls back: it verifies, notes and answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

SILENT_CALL = "<Response><Pause length='0'/></Response>"


@dataclass(frozen=True, slots=True)
class Told:
    """One request that came in."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    signed: bool


@dataclass(slots=True)
class Application:
    """Answers every path with `answers[path]`, else 204; keeps what it was told, in order."""

    validator: RequestValidator
    base_url: str = ""
    told: list[Told] = field(default_factory=list)
    answers: dict[str, Callable[[Told], Response]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def twiml(self, path: str, text: str) -> str:
        """Answer `path` with this document; returns its address."""
        self.answers[path] = lambda told: Response(text, media_type="text/xml")
        return self.base_url + path

    async def handle(self, request: Request) -> Response:
        params = {key: str(value) for key, value in (await request.form()).items()}
        url = self.base_url + request.url.path
        if request.url.query:
            url += "?" + request.url.query
        signature = request.headers.get("x-twilio-signature", "")
        told = Told(
            path=request.url.path,
            params=params or dict(request.query_params),
            headers=dict(request.headers),
            signed=self.validator.validate(url, params, signature),
        )
        self.told.append(told)
        self.changed.set()
        answer = self.answers.get(told.path)
        return Response(status_code=204) if answer is None else answer(told)

    def at(self, path: str) -> list[Told]:
        return [told for told in self.told if told.path == path]

    async def until(self, path: str, count: int = 1, *, key: str = "", value: str = "") -> Told:
        """The last of `count` requests to `path` (whose parameter `key` is `value`)."""
        async with asyncio.timeout(15):
            while True:
                found = [told for told in self.at(path) if not key or told.params.get(key) == value]
                if len(found) >= count:
                    return found[count - 1]
                self.changed.clear()
                await self.changed.wait()


class QuickServer(uvicorn.Server):
    """Starts and stops without uvicorn's pauses."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for server in self.servers:
            await server.wait_closed()


@asynccontextmanager
async def running_application(auth_token: str) -> AsyncIterator[Application]:
    application = Application(validator=RequestValidator(auth_token))
    routes = [Route("/{path:path}", application.handle, methods=["GET", "POST"])]
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        application.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = QuickServer(
            uvicorn.Config(
                Starlette(routes=routes), log_level="critical", lifespan="off", ws="none"
            )
        )
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        try:
            yield application
        finally:
            server.stopped.set()
            await serving
