"""Speech providers of a few lines that speak the sockets of the real ones, as far as pipecat asks.

Written by hand from what pipecat's own services send and read; no account was asked.
"""

import base64
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.agents.voice import sound

RATE_HZ = 8000


def pcm(text: str) -> bytes:
    """Speech of these words, or at least its length."""
    return sound.voice(max(0.3, len(text) * 0.025), rate_hz=RATE_HZ, pitch_hz=200.0)


def words_of(text: str) -> tuple[list[str], list[float]]:
    """Its words and when each begins, in seconds."""
    words = text.split()
    step = len(pcm(text)) / 2 / RATE_HZ / max(1, len(words))
    return words, [number * step for number in range(len(words))]


@dataclass(slots=True)
class Providers:
    hears: deque[str] = field(default_factory=deque)
    """The next transcripts; then nothing is understood."""
    spoken: list[str] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    """Path, query and key of each socket."""
    refuses: set[str] = field(default_factory=set)
    """Paths whose sockets are closed before they open."""

    def router(self) -> APIRouter:
        router = APIRouter()
        for path, serve in (
            ("/v1/listen", self._deepgram_hears),
            ("/v1/speak", self._deepgram_speaks),
            ("/stt/websocket", self._cartesia_hears),
            ("/tts/websocket", self._cartesia_speaks),
            ("/v1/text-to-speech/{voice}/multi-stream-input", self._elevenlabs_speaks),
        ):
            router.add_api_websocket_route(path, serve)
        return router

    async def _take(self, socket: WebSocket) -> bool:
        headers = socket.headers
        key = headers.get("authorization") or headers.get("x-api-key") or headers.get("xi-api-key")
        query = {name: values[0] for name, values in parse_qs(socket.url.query).items()}
        self.asked.append({"path": socket.url.path, "key": key, **query})
        if socket.url.path in self.refuses:
            await socket.close(1011)
            return False
        await socket.accept()
        return True

    def _next(self) -> str:
        return self.hears.popleft() if self.hears else ""

    async def _cartesia_hears(self, socket: WebSocket) -> None:
        async for message in self._messages(socket):
            if message == "finalize" and (text := self._next()):
                await socket.send_json({"type": "transcript", "text": text, "is_final": True})

    async def _deepgram_hears(self, socket: WebSocket) -> None:
        async for message in self._messages(socket):
            if not isinstance(message, str) or json.loads(message).get("type") != "Finalize":
                continue
            if text := self._next():
                await socket.send_json(results(text))

    async def _deepgram_speaks(self, socket: WebSocket) -> None:
        waiting: list[str] = []
        async for message in self._messages(socket):
            asked = json.loads(message)
            match asked["type"]:
                case "Speak":
                    waiting.append(asked["text"])
                case "Flush":
                    for text in waiting:
                        self.spoken.append(text)
                        await socket.send_bytes(pcm(text))
                    waiting.clear()
                    await socket.send_json({"type": "Flushed", "sequence_id": 0})
                case _:
                    waiting.clear()

    async def _cartesia_speaks(self, socket: WebSocket) -> None:
        async for message in self._messages(socket):
            asked = json.loads(message)
            if asked.get("cancel"):
                continue
            known, text = {"context_id": asked["context_id"]}, asked["transcript"].strip()
            if text:
                self.spoken.append(text)
                audio = base64.b64encode(pcm(text)).decode()
                words, starts = words_of(text)
                await socket.send_json({"type": "chunk", "data": audio, **known})
                timed = {"words": words, "start": starts, "end": starts}
                await socket.send_json({"type": "timestamps", "word_timestamps": timed, **known})
            if not asked.get("continue"):
                await socket.send_json({"type": "done", **known})

    async def _elevenlabs_speaks(self, socket: WebSocket) -> None:
        async for message in self._messages(socket):
            asked = json.loads(message)
            known, text = {"contextId": asked.get("context_id")}, asked.get("text", "").strip()
            if text:
                self.spoken.append(text)
                audio = pcm(text)
                said = f"{text} "
                each = 1000 * len(audio) / 2 / RATE_HZ / len(said)
                alignment = {
                    "chars": list(said),
                    "charStartTimesMs": [round(number * each) for number in range(len(said))],
                    "charDurationsMs": [round(each)] * len(said),
                }
                told = {"audio": base64.b64encode(audio).decode(), "alignment": alignment}
                await socket.send_json({**told, **known})
            if asked.get("close_context"):
                await socket.send_json({"isFinal": True, **known})

    async def _messages(self, socket: WebSocket) -> Any:
        """What comes in, until they leave; audio as bytes."""
        if not await self._take(socket):
            return
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                yield message.get("text") or message.get("bytes") or b""
        except WebSocketDisconnect:
            return


def results(text: str) -> dict[str, Any]:
    """A final transcript as Deepgram sends it."""
    heard = {"transcript": text, "confidence": 0.9, "words": []}
    model = {"name": "m", "version": "1", "arch": "a"}
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": 1.0,
        "start": 0.0,
        "is_final": True,
        "speech_final": True,
        "from_finalize": True,
        "channel": {"alternatives": [heard]},
        "metadata": {"request_id": "r", "model_uuid": "u", "model_info": model},
    }
