"""The model stand-in on the wire: OpenAI's chat, transcription and speech endpoints.

Mounted by the simulator's app: `app.include_router(model_routes(stand_in), prefix="/v1")` and
`app.include_router(model_settings(stand_in), prefix="/_sim")`.
"""

import asyncio
import io
import json
import wave
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator import model_brain, model_languages, model_reading, model_wire
from simulator.espeak import SynthesisError
from simulator.hearing import Ears
from simulator.model_chat import Answer, ChatRequest, Json
from simulator.model_wire import ModelError
from simulator.mulaw import Pcm
from simulator.speech import Voices

MODELS = ("simulated-chat", "simulated-transcribe", "simulated-speech")
_MOST_AUDIO_BYTES = 25_000_000
_MOST_SPOKEN_CHARACTERS = 4096
_SPEECH_RATE_HZ = 24_000
_Wire = TypeVar("_Wire", bound=BaseModel)


class ModelSettings(BaseModel):
    """What `POST /_sim/model` can change; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: int = Field(default=0, ge=0, le=60_000)
    api_key: str = ""
    """The only key that is let in; empty lets in any."""
    gullible: bool = False
    """The reading claims what nobody said, with invented quotes."""


@dataclass(slots=True, kw_only=True)
class StandIn:
    """The model's parts and settings, owned by the simulator's world."""

    voices: Voices = field(default_factory=Voices)
    ears: Ears = field(default_factory=Ears)
    settings: ModelSettings = field(default_factory=ModelSettings)

    async def close(self) -> None:
        """End the listening process."""
        await self.ears.close()

    def answer(self, request: ChatRequest) -> Answer:
        """The assistant's turn, structured when the request wants it so."""
        if request.response_format is not None and request.response_format.type != "text":
            found = model_reading.read(request, gullible=self.settings.gullible)
            return Answer(text=json.dumps(found, ensure_ascii=False))
        return model_brain.answer(request)


class SpeechRequest(BaseModel):
    model: str
    input: str = Field(min_length=1, max_length=_MOST_SPOKEN_CHARACTERS)
    voice: str = "alloy"
    response_format: str = "mp3"


def _guarding(settings: Callable[[], ModelSettings]) -> type[APIRoute]:
    """A route that wants a key, and whose refusals look like OpenAI's."""

    class OpenAIRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    _require_key(request, settings().api_key)
                    return await handle(request)
                except ModelError as error:
                    return error.response()

            return guarded

    return OpenAIRoute


def model_settings(stand_in: StandIn) -> APIRouter:
    """The control of the stand-in: `GET` and `POST /model`."""
    router = APIRouter()

    @router.get("/model")
    async def show() -> ModelSettings:
        return stand_in.settings

    @router.post("/model")
    async def change(changes: ModelSettings) -> ModelSettings:
        wanted = changes.model_dump(exclude_unset=True)
        stand_in.settings = stand_in.settings.model_copy(update=wanted)
        return stand_in.settings

    return router


def model_routes(stand_in: StandIn) -> APIRouter:
    """OpenAI's endpoints, to be mounted at /v1."""
    router = APIRouter(route_class=_guarding(lambda: stand_in.settings))

    @router.get("/models")
    async def list_models() -> Json:
        entries = [
            {"id": name, "object": "model", "created": 0, "owned_by": "simulator"}
            for name in MODELS
        ]
        return {"object": "list", "data": entries}

    @router.post("/chat/completions")
    async def chat(request: Request) -> Response:
        asked = _parsed(ChatRequest, await request.body())
        await asyncio.sleep(stand_in.settings.delay_ms / 1000)
        answer = stand_in.answer(asked)
        if asked.stream:
            events: Iterator[str] = model_wire.chunks(asked, answer)
            return StreamingResponse(iter(list(events)), media_type="text/event-stream")
        return JSONResponse(model_wire.completion(asked, answer))

    _add_audio(router, stand_in)
    return router


def _add_audio(router: APIRouter, stand_in: StandIn) -> None:
    @router.post("/audio/speech")
    async def speak(request: Request) -> Response:
        asked = _parsed(SpeechRequest, await request.body())
        if asked.response_format not in ("pcm", "wav"):
            raise ModelError(400, "the stand-in speaks pcm and wav only", param="response_format")
        await asyncio.sleep(stand_in.settings.delay_ms / 1000)
        try:
            pcm = await stand_in.voices.pcm(
                asked.input,
                language=model_languages.language_of(asked.input),
                rate_hz=_SPEECH_RATE_HZ,
            )
        except SynthesisError as error:
            raise ModelError(400, str(error), param="input") from error
        if asked.response_format == "wav":
            return Response(_wav(pcm), media_type="audio/wav")
        return Response(pcm.tobytes(), media_type="audio/pcm")

    @router.post("/audio/transcriptions")
    async def transcribe(
        file: Annotated[UploadFile, File()],
        model: Annotated[str, Form()],
        response_format: Annotated[str, Form()] = "json",
    ) -> Response:
        data = await file.read(_MOST_AUDIO_BYTES + 1)
        if len(data) > _MOST_AUDIO_BYTES:
            raise ModelError(413, "audio is limited to 25 MB", param="file")
        pcm, rate_hz = _samples(data)
        await asyncio.sleep(stand_in.settings.delay_ms / 1000)
        text = await stand_in.ears.hear(pcm, rate_hz)
        if response_format == "text":
            return PlainTextResponse(text + "\n")
        usage = {"type": "duration", "seconds": -(-len(pcm) // rate_hz)}
        if response_format == "verbose_json":
            language = model_languages.NAMES[model_languages.language_of(text)]
            heard = {"task": "transcribe", "language": language, "duration": len(pcm) / rate_hz}
            return JSONResponse({**heard, "text": text, "segments": [], "usage": usage})
        return JSONResponse({"text": text, "usage": usage})


def _require_key(request: Request, wanted: str) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ModelError(401, "You didn't provide an API key.")
    if wanted and key != wanted:
        raise ModelError(401, "Incorrect API key provided.")


def _parsed(shape: type[_Wire], body: bytes) -> _Wire:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ModelError(400, f"{where}: {first['msg']}", param=where or None) from error


def _samples(data: bytes) -> tuple[Pcm, int]:
    """The first channel of a WAV file, and its rate."""
    try:
        with wave.open(io.BytesIO(data)) as recorded:
            if recorded.getsampwidth() != 2:
                raise ModelError(400, "the stand-in hears 16-bit WAV only", param="file")
            pcm = np.frombuffer(recorded.readframes(recorded.getnframes()), dtype="<i2")
            return pcm[:: recorded.getnchannels()].astype(np.int16), recorded.getframerate()
    except (wave.Error, EOFError) as error:
        raise ModelError(400, f"not a WAV file: {error}", param="file") from error


def _wav(pcm: Pcm) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_SPEECH_RATE_HZ)
        written.writeframes(pcm.tobytes())
    return out.getvalue()
