"""An OpenAI of a few lines: it hears, thinks and speaks what a test tells it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.agents.voice import sound

TOKENS = (120, 30)
"""What each answer of the model takes, given and answered."""
_CHUNK = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """One answer of the model."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class StandIn:
    hears: deque[str] = field(default_factory=deque)
    """The next transcriptions; then nothing is understood."""
    answers: deque[Says] = field(default_factory=deque)
    chats: list[list[dict[str, Any]]] = field(default_factory=list)
    """The messages of every chat request."""
    language: str = ""
    """What a recognition tells of its language, where it is asked."""
    hearing_s: float = 0.0
    """How long a transcription takes."""
    spoken: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    """With which voice each of them."""
    ms_a_character: float = 25.0
    broken: set[str] = field(default_factory=set)
    """Of `hearing`, `chat`, `speech`: these answer 500."""

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/v1")
        router.add_api_route("/audio/transcriptions", self._hear, methods=["POST"])
        router.add_api_route("/audio/speech", self._speak, methods=["POST"])
        router.add_api_route("/chat/completions", self._chat, methods=["POST"])
        return router

    async def _hear(self, request: Request) -> Response:
        async with request.form() as form:
            tells = form.get("response_format") == "verbose_json"
        if "hearing" in self.broken:
            return Response(status_code=500)
        await asyncio.sleep(self.hearing_s)
        text = self.hears.popleft() if self.hears else ""
        return JSONResponse({"text": text, "language": self.language} if tells else {"text": text})

    async def _speak(self, request: Request) -> Response:
        asked = await request.json()
        if "speech" in self.broken:
            return Response(status_code=500)
        self.spoken.append(asked["input"])
        self.voices.append(asked["voice"])
        seconds = max(0.3, len(asked["input"]) * self.ms_a_character / 1000)
        pcm = sound.voice(seconds, rate_hz=24_000, pitch_hz=200.0)
        return Response(pcm, media_type="audio/pcm")

    async def _chat(self, request: Request) -> Response:
        if "chat" in self.broken:
            return Response(status_code=500)
        self.chats.append((await request.json())["messages"])
        answer = self.answers.popleft() if self.answers else Says(text="All right.")
        return StreamingResponse(_chunks(answer), media_type="text/event-stream")


async def _chunks(answer: Says) -> AsyncIterator[str]:
    for word in answer.text.split(" ") if answer.text else ():
        yield _event({"content": word + " "})
    if answer.tool:
        call = {"name": answer.tool, "arguments": json.dumps(answer.arguments)}
        yield _event(
            {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": call}]}
        )
    yield _event({}, "tool_calls" if answer.tool else "stop")
    total = {
        "prompt_tokens": TOKENS[0],
        "completion_tokens": TOKENS[1],
        "total_tokens": sum(TOKENS),
    }
    yield f"data: {json.dumps({**_CHUNK, 'choices': [], 'usage': total})}\n\n"
    yield "data: [DONE]\n\n"


def _event(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({**_CHUNK, 'choices': [choice]})}\n\n"
