"""A telephone for tests: one media stream in real time, played and marked as Twilio does."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from agents.voice import mulaw
from tests.agents.voice import sound

_FRAME = 160
_SILENT = mulaw.encode(bytes(2 * _FRAME))
_VOICED = 300.0


async def until(condition: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Look every 20 ms. Raises TimeoutError."""
    for _ in range(round(within_s / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


class Phone:
    """The person's end. Everything it hears is in `heard`, 20 ms each, silence included."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._speaking: deque[bytes] = deque()
        self._playing: deque[bytes | str] = deque()
        """Frames and marks in the order they came."""
        self._half = b""
        self._tasks: list[asyncio.Task[None]] = []
        self.heard: list[bytes] = []
        self.clears = 0
        self.ended = asyncio.Event()
        """The other side closed the line."""

    async def __aenter__(self) -> Self:
        self._socket: ClientConnection = await connect(self._url)
        start = {
            "accountSid": "AC" + "0" * 32,
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        }
        await self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self.send({"event": "start", "start": start, "streamSid": "MZ1"})
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._listen())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    async def send(self, message: dict[str, Any] | str) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            self.ended.set()

    async def say(self, seconds: float) -> None:
        """Speak, and return when it is said."""
        self.start_saying(seconds)
        await until(lambda: not self._speaking)

    def start_saying(self, seconds: float) -> None:
        self._start(sound.voice(seconds))

    def _start(self, pcm: bytes) -> None:
        ulaw = mulaw.encode(pcm)
        self._speaking.extend(ulaw[at : at + _FRAME] for at in range(0, len(ulaw), _FRAME))

    async def beep(self) -> None:
        """The tone after which a machine records."""
        self._start(sound.tone(0.4))
        await until(lambda: not self._speaking)

    async def fax(self) -> None:
        """What a fax machine answers with."""
        self._start(sound.tone(2.6, hz=2100))
        await until(lambda: self.ended.is_set() or not self._speaking)

    async def hang_up(self) -> None:
        await self.send({"event": "stop", "stop": {}, "streamSid": "MZ1"})
        await self._socket.close()

    def abort(self) -> None:
        """The network is gone: no `stop`, no close."""
        self._socket.transport.abort()

    async def agent_speaks(self, seconds: float = 0.1) -> None:
        """Return when the agent has spoken for this long at a stretch."""
        frames = round(seconds / 0.02)
        await until(lambda: len(self.heard) >= frames and all(self._voiced(-frames)))

    async def agent_pauses(self, seconds: float = 0.5) -> None:
        """Return when the agent has spoken and has then been silent for this long."""
        frames = round(seconds / 0.02)
        await self.agent_speaks(0.04)
        await until(lambda: not any(self._voiced(-frames)))

    def heard_pcm(self) -> NDArray[np.int16]:
        return np.frombuffer(mulaw.decode(b"".join(self.heard)), dtype="<i2")

    def _voiced(self, since: int) -> list[bool]:
        return [
            float(np.abs(np.frombuffer(mulaw.decode(frame), dtype="<i2").astype(np.int32)).mean())
            > _VOICED
            for frame in self.heard[since:]
        ]

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        tick = 0
        while not self.ended.is_set():
            said = self._speaking.popleft() if self._speaking else _SILENT
            media = {
                "track": "inbound",
                "chunk": str(tick + 1),
                "timestamp": str(tick * 20),
                "payload": base64.b64encode(said.ljust(_FRAME, b"\xff")).decode(),
            }
            await self.send({"event": "media", "media": media, "streamSid": "MZ1"})
            await self._hear()
            tick += 1
            await asyncio.sleep(max(0.0, began + tick * 0.02 - loop.time()))

    async def _hear(self) -> None:
        await self._marks()
        frame = self._playing.popleft() if self._playing else _SILENT
        assert isinstance(frame, bytes)
        self.heard.append(frame)
        await self._marks()

    async def _marks(self) -> None:
        while self._playing and isinstance(self._playing[0], str):
            await self.send(
                {"event": "mark", "mark": {"name": self._playing.popleft()}, "streamSid": "MZ1"}
            )

    async def _listen(self) -> None:
        try:
            async for text in self._socket:
                await self._receive(json.loads(text))
        except ConnectionClosed:
            pass
        self.ended.set()

    async def _receive(self, message: dict[str, Any]) -> None:
        match message["event"]:
            case "media":
                ulaw = self._half + base64.b64decode(message["media"]["payload"])
                whole = len(ulaw) // _FRAME * _FRAME
                self._half = ulaw[whole:]
                self._playing.extend(ulaw[at : at + _FRAME] for at in range(0, whole, _FRAME))
            case "mark":
                self._playing.append(message["mark"]["name"])
            case "clear":
                self.clears += 1
                self._playing = deque(item for item in self._playing if isinstance(item, str))
