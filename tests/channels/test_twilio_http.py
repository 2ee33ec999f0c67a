"""How requests leave: on time or never, once, and to the host that is configured."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import ClientSession, TCPConnector, TraceConfig

from channels.base import CallOrder, MaybeStarted, NoAnswer, Refused, Unavailable
from channels.boottime import boottime
from channels.twilio_http import TwilioAccount, TwilioPool, open_pool
from channels.twilio_voice import TwilioVoice
from tests.channels.providers import NOW, NOWHERE, OURS, PERSON, an_order, inquiry

ACCOUNT = TwilioAccount(
    account_sid="AC" + "1" * 32, auth_token="a-token", timeout=timedelta(seconds=2)
)


@dataclass(slots=True)
class Wire:
    """A server that notes each request and gives the answers it was told, one per request."""

    answers: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    base_url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _request(reader):
                self.requests.append(head)
                await self.go_on.wait()
                answer = self.answers.pop(0)
                writer.write(answer)
                await writer.drain()
                if b"Connection: close" in answer:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        int(line.partition(":")[2])
        for line in head.splitlines()
        if line.lower().startswith("content-length")
    )
    return head + (await reader.readexactly(length)).decode()


def reply(status: int, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


TAKEN = reply(201, '{"sid": "CA1", "status": "queued"}')


@asynccontextmanager
async def wire(*answers: bytes) -> AsyncIterator[Wire]:
    made = Wire(list(answers))
    made.go_on.set()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/twilio"
    async with server:
        yield made


@asynccontextmanager
async def voice(base_url: str, *, most: int = 0) -> AsyncIterator[TwilioVoice]:
    """Calls through at most so many connections; 0 is the product's own number."""
    pool = open_pool(replace(ACCOUNT, base_url=base_url))
    if most:
        traces: list[TraceConfig] = pool.session.trace_configs
        session = ClientSession(trace_configs=traces, connector=TCPConnector(limit=most))
        await pool.close()
        pool = TwilioPool(account=pool.account, session=session)
    adapter = TwilioVoice(pool=pool, public_url=NOWHERE)
    try:
        yield adapter
    finally:
        await adapter.close()


async def test_an_order_that_waits_for_a_connection_until_too_late_never_leaves() -> None:
    async with wire(TAKEN, TAKEN) as server, voice(server.base_url, most=1) as channel:
        server.go_on.clear()
        first = asyncio.create_task(channel.start(an_order("voice")))
        while not server.requests:
            await asyncio.sleep(0)
        order = an_order("voice", in_s=0.05)
        second = asyncio.create_task(channel.start(order))
        while boottime() < order.deadline:
            await asyncio.sleep(0.01)

        server.go_on.set()
        await first
        with pytest.raises(Unavailable) as caught:
            await second

    assert caught.value.reason == "deadline_passed"
    assert len(server.requests) == 1


async def test_a_host_that_refuses_the_connection_has_taken_nothing() -> None:
    async with voice("http://127.0.0.1:9") as channel:
        with pytest.raises(Unavailable) as caught:
            await channel.start(an_order("voice"))
        asked = await channel.find(inquiry(an_order("voice"), NOW))
        with pytest.raises(Unavailable):
            await channel.end("CA" + "0" * 32, OURS)

    assert caught.value.reason == "provider_unreachable"
    assert asked == NoAnswer(reason="provider_unreachable")


@pytest.mark.parametrize(
    "ref",
    ["call_1", "CA1", f"CA{'0' * 32}/Recordings", f"../Messages/SM{'0' * 32}", f"CA{'0' * 32}\n"],
)
async def test_a_name_that_is_no_call_of_twilios_gets_into_no_address(ref: str) -> None:
    async with wire() as server, voice(server.base_url) as channel:
        asked = await channel.find(inquiry(an_order("voice"), NOW, ref))
        with pytest.raises(Unavailable) as caught:
            await channel.end(ref, OURS)

    assert caught.value.reason == "unknown_ref"
    assert asked == NoAnswer(reason="unknown_ref")
    assert server.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        reply(201, "<html>fine</html>"),
        reply(201, "{}"),
        reply(201, "[]"),
        reply(500, "<html>oh</html>"),
        reply(502, '{"code": 21211, "message": "no", "status": 502}'),
        reply(408, ""),
        b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{",
        b"nonsense\r\n\r\n",
    ],
)
async def test_an_answer_that_proves_nothing_is_a_maybe_and_one_request(answer: bytes) -> None:
    async with wire(answer) as server, voice(server.base_url) as channel:
        with pytest.raises(MaybeStarted):
            await channel.start(an_order("voice"))

    assert len(server.requests) == 1


async def test_both_kinds_of_the_sdks_errors_are_understood() -> None:
    plain = reply(400, '{"code": 21211, "message": "no", "status": 400}')
    rfc9457 = reply(400, '{"type": "https://x", "title": "no", "status": 400, "code": 21610}')
    async with wire(plain, rfc9457) as server, voice(server.base_url) as channel:
        with pytest.raises(Refused) as first:
            await channel.start(an_order("voice"))
        with pytest.raises(Refused) as second:
            await channel.start(an_order("voice"))

    assert (first.value.error_code, first.value.suppress) == ("21211", False)
    assert (second.value.error_code, second.value.suppress) == ("21610", True)


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [("Retry-After: 7", 7), ("Retry-After: 999999", 3600), ("Retry-After: soon", 60)],
)
async def test_a_provider_says_when_to_come_back(header: str, expected_s: int) -> None:
    body = '{"code": 20429, "message": "slow down", "status": 429}'
    async with wire(reply(429, body, header)) as server, voice(server.base_url) as channel:
        with pytest.raises(Unavailable) as caught:
            await channel.start(an_order("voice"))

    assert caught.value.retry_after == timedelta(seconds=expected_s)


async def test_the_configured_host_is_told_which_one_was_meant() -> None:
    async with wire(TAKEN) as server, voice(server.base_url) as channel:
        await channel.start(an_order("voice"))

    head = server.requests[0].splitlines()
    assert head[0] == f"POST /twilio/2010-04-01/Accounts/{ACCOUNT.account_sid}/Calls.json HTTP/1.1"
    assert "X-Twilio-Original-Host: api.twilio.com" in head


async def test_every_address_of_a_call_names_its_attempt_and_asks_for_patience() -> None:
    order = CallOrder(
        attempt_id=uuid4(),
        to=PERSON,
        from_="+12025550100",
        ring=timedelta(seconds=25),
        longest=timedelta(minutes=4),
        deadline=boottime() + 5,
        record=True,
    )

    async with wire(TAKEN) as server, voice(server.base_url) as channel:
        await channel.start(order)

    body = server.requests[0].partition("\r\n\r\n")[2]
    start = f"http%3A%2F%2F127.0.0.1%3A9%2Fours%2Fwebhooks%2Ftwilio%2Fvoice%2F{order.attempt_id}%2F"
    end = "%23rc%3D5%26rp%3Dall"
    fields = body.split("&")
    assert f"Url={start}answer{end}" in fields
    assert f"StatusCallback={start}status{end}" in fields
    assert f"AsyncAmdStatusCallback={start}amd{end}" in fields
    assert f"RecordingStatusCallback={start}recording{end}" in fields
    events = [one for one in fields if one.startswith("StatusCallbackEvent=")]
    assert [one.partition("=")[2] for one in events] == [
        "initiated",
        "ringing",
        "answered",
        "completed",
    ]
    assert {"MachineDetection=DetectMessageEnd", "AsyncAmd=true"} <= set(fields)
    assert {"Timeout=25", "TimeLimit=240"} <= set(fields)
    assert {"Record=true", "RecordingChannels=dual"} <= set(fields)


async def test_no_number_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async with wire(TAKEN, reply(200, '{"calls": []}')) as server, voice(server.base_url) as one:
        await one.start(an_order("voice"))
        await one.find(inquiry(an_order("voice"), NOW))

    assert PERSON not in caplog.text


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (None, False),
        ("https://api.twilio.com", False),
        ("https://api.dublin.ie1.twilio.com", False),
        ("http://127.0.0.1:4010", True),
        ("https://twilio.com.example.com", True),
        ("https://nottwilio.com", True),
    ],
)
def test_only_twilios_own_host_is_no_simulation(base_url: str | None, expected: bool) -> None:
    assert replace(ACCOUNT, base_url=base_url).simulated is expected


def test_an_account_never_shows_its_token() -> None:
    assert "a-token" not in repr(ACCOUNT)
