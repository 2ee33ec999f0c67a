"""Two platforms that run calls, as far as we ask them: Retell and ElevenLabs, on a real socket."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

Dialect = Literal["retell", "elevenlabs"]
Fault = Literal["unavailable", "lost", "taken_but_lost", "silent", "late_list"]
KEY = "key_0123456789"
BAD_NUMBER = "+15005550001"


@dataclass(slots=True, kw_only=True)
class Call:
    id: str
    attempt_id: str
    order: Mapping[str, Any]
    status: str
    """In the platform's words."""
    at: datetime
    hidden: int = 0
    """So many lists do not show it yet."""


@dataclass(slots=True, kw_only=True)
class StandIn:
    """One platform; it knows its key, takes orders, and fails when it is told to."""

    dialect: Dialect
    now: datetime
    base_url: str = ""
    calls: list[Call] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    orders: int = 0
    ended: list[str] = field(default_factory=list)
    refuse_with: tuple[int, object] | None = None

    def application(self) -> web.Application:
        app = web.Application()
        if self.dialect == "retell":
            app.router.add_post("/v2/create-phone-call", self._start)
            app.router.add_get("/v2/get-call/{id}", self._get)
            app.router.add_post("/v2/list-calls", self._retell_list)
            app.router.add_post("/v2/stop-call/{id}", self._stop)
        else:
            app.router.add_post("/v1/convai/twilio/outbound-call", self._start)
            app.router.add_get("/v1/convai/conversations", self._elevenlabs_list)
            app.router.add_get("/v1/convai/conversations/{id}", self._get)
        return app

    async def _start(self, request: web.Request) -> web.StreamResponse:
        order = await request.json()
        self.orders += 1
        if not self._is_known(request):
            return web.json_response({"error": "unauthorized"}, status=401)
        if self.refuse_with is not None:
            status, body = self.refuse_with
            return web.json_response(body, status=status)
        fault = self.faults.popleft() if self.faults else None
        if fault == "unavailable":
            headers = {"Retry-After": "1"}
            return web.json_response({"error": "busy"}, status=429, headers=headers)
        if fault == "lost":
            return web.Response(status=500)
        if order["to_number"] == BAD_NUMBER:
            return web.json_response({"error_message": "to_number is not valid"}, status=422)
        call = self._take(order, hidden=1 if fault == "late_list" else 0)
        if fault == "taken_but_lost":
            assert request.transport is not None
            request.transport.close()
        if fault == "silent":
            await asyncio.sleep(30)
        return web.json_response(self._answer(call), status=201)

    def _take(self, order: Mapping[str, Any], hidden: int) -> Call:
        if self.dialect == "retell":
            attempt_id, status = order["metadata"]["attempt_id"], "registered"
        else:
            attempt_id = order["conversation_initiation_client_data"]["user_id"]
            status = "initiated"
        made = Call(
            id=f"call_{len(self.calls) + 1}",
            attempt_id=attempt_id,
            order=order,
            status=status,
            at=self.now,
            hidden=hidden,
        )
        self.calls.append(made)
        return made

    def _answer(self, call: Call) -> object:
        if self.dialect == "retell":
            return self._shown(call)
        return {"success": True, "message": "ok", "conversation_id": call.id, "callSid": "CA1"}

    def _shown(self, call: Call) -> dict[str, object]:
        if self.dialect == "elevenlabs":
            return {"conversation_id": call.id, "status": call.status, "metadata": {}}
        return {
            "call_id": call.id,
            "call_status": call.status,
            "metadata": {"attempt_id": call.attempt_id},
            "to_number": call.order["to_number"],
        }

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if not self._is_known(request):
            return web.json_response({"error": "unauthorized"}, status=401)
        found = [call for call in self.calls if call.id == request.match_info["id"]]
        if not found:
            return web.json_response({}, status=404)
        return web.json_response(self._shown(found[0]))

    async def _retell_list(self, request: web.Request) -> web.StreamResponse:
        wanted = (await request.json())["filter_criteria"]
        since = wanted["start_timestamp"]["lower_threshold"]
        found = [
            call
            for call in self.calls
            if call.order["to_number"] in wanted["to_number"]
            and call.at.timestamp() * 1000 >= since
        ]
        return web.json_response([self._shown(call) for call in self._visible(found)])

    async def _elevenlabs_list(self, request: web.Request) -> web.StreamResponse:
        assert request.query["agent_id"]
        found = [call for call in self.calls if call.attempt_id == request.query["user_id"]]
        shown = [self._shown(call) for call in self._visible(found)]
        return web.json_response({"conversations": shown, "has_more": False})

    def _visible(self, calls: list[Call]) -> list[Call]:
        shown = [call for call in calls if call.hidden == 0]
        for call in calls:
            call.hidden = max(0, call.hidden - 1)
        return shown

    async def _stop(self, request: web.Request) -> web.StreamResponse:
        id_ = request.match_info["id"]
        if id_ in self.ended:
            return web.json_response({"error_message": "Call not found"}, status=404)
        self.ended.append(id_)
        return web.Response(status=204)

    def _is_known(self, request: web.Request) -> bool:
        if self.dialect == "retell":
            return request.headers.get("Authorization") == f"Bearer {KEY}"
        return request.headers.get("xi-api-key") == KEY


@asynccontextmanager
async def stand_in(dialect: Dialect, now: datetime) -> AsyncIterator[StandIn]:
    """The platform on a free port of this machine."""
    platform = StandIn(dialect=dialect, now=now)
    runner = web.AppRunner(platform.application(), handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    platform.base_url = f"http://127.0.0.1:{port}"
    try:
        yield platform
    finally:
        await runner.cleanup()
