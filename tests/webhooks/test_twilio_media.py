"""Who is let onto a media socket: on a real server, with a real client."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from agents.voice.call import StreamStart
from tests.webhooks.door import CALL, Remembering
from webhooks import twilio_media

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
MEDIA = {"event": "media", "media": {"payload": "//8="}}


def start(token: object = "the-token", call_sid: str = CALL) -> dict[str, object]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {} if token is None else {"token": token},
        },
    }


@asynccontextmanager
async def listening(engine: Remembering) -> AsyncIterator[str]:
    """The engine's media address on a free port."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(
            engine.application(), log_level="critical", lifespan="off", ws="websockets-sansio"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}/webhooks/twilio/media"
        finally:
            server.should_exit = True
            await serving


async def send(line: ClientConnection, *messages: object) -> None:
    for message in messages:
        await line.send(json.dumps(message))


async def closed_with(line: ClientConnection) -> int | None:
    """The code with which the other side closes, having sent nothing before."""
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionClosed):
            await line.recv()
    return line.close_code


async def test_a_call_with_its_token_is_conversed_with() -> None:
    engine = Remembering(tokens={"the-token": CALL})

    async with listening(engine) as url, connect(url) as line:
        await send(line, CONNECTED, start(), MEDIA)
        code = await closed_with(line)

    assert engine.held == [("the call of the-token", StreamStart(stream_sid="MZ1", call_sid=CALL))]
    assert json.loads(engine.heard[0]) == MEDIA
    assert code == 1000
    assert engine.rejections == []


async def test_a_token_opens_one_socket() -> None:
    engine = Remembering(tokens={"the-token": CALL})

    async with listening(engine) as url, connect(url) as first, connect(url) as second:
        await send(first, CONNECTED, start())
        while not engine.held:
            await asyncio.sleep(0.01)
        await send(second, CONNECTED, start())
        code = await closed_with(second)
        await send(first, MEDIA)
        await closed_with(first)

    assert code == 1008
    assert len(engine.held) == 1
    assert [one.reason for one in engine.rejections] == ["media_token_refused"]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([CONNECTED, start(token=None)], "media_no_token"),
        ([CONNECTED, start(token="")], "media_no_token"),
        ([CONNECTED, start(token=7)], "media_no_token"),
        ([CONNECTED, start(call_sid="")], "media_no_token"),
        ([CONNECTED, start(token="another")], "media_token_refused"),
        ([CONNECTED, start(call_sid="CA-of-somebody-else")], "media_token_refused"),
        ([CONNECTED, MEDIA, start()], "media_no_start"),
        ([CONNECTED] * 4, "media_no_start"),
        ([[1]], "media_not_json"),
        ([{"event": "x" * 20_000}], "media_message_too_large"),
        ([{"event": "start", "start": None}], "media_no_token"),
    ],
)
async def test_who_does_not_show_the_calls_token_is_closed_before_any_audio(
    messages: list[object], reason: str
) -> None:
    engine = Remembering(tokens={"the-token": CALL})

    async with listening(engine) as url, connect(url) as line:
        await send(line, *messages)
        code = await closed_with(line)

    assert code == 1008
    assert engine.held == []
    assert engine.tokens == {"the-token": CALL}
    (rejection,) = engine.rejections
    assert rejection.reason == reason


@pytest.mark.parametrize("text", [b"\x00\x01", "{", "[" * 10_000])
async def test_what_is_no_message_of_twilios_ends_the_socket(text: str | bytes) -> None:
    engine = Remembering()

    async with listening(engine) as url, connect(url) as line:
        await line.send(text)
        code = await closed_with(line)

    assert code == 1008


async def test_a_socket_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_media, "START_WITHIN_S", 0.05)
    engine = Remembering()

    async with listening(engine) as url, connect(url) as line:
        code = await closed_with(line)

    assert code == 1008
    assert engine.rejections[0].reason == "media_too_slow"


async def test_a_socket_that_goes_away_early_is_nobodys_fault() -> None:
    engine = Remembering()

    async with listening(engine) as url, connect(url) as line:
        await send(line, CONNECTED)

    assert (engine.held, engine.rejections) == ([], [])


async def test_only_so_many_strangers_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_media, "MOST_WAITING", 1)
    engine = Remembering(tokens={"the-token": CALL})

    async with listening(engine) as url, connect(url) as first:
        async with connect(url) as second:
            code = await closed_with(second)
        await send(first, CONNECTED, start(), MEDIA)
        await closed_with(first)

    assert code == 1013
    assert len(engine.held) == 1
