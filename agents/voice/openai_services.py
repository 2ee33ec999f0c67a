"""OpenAI's services, and whatever speaks their API: the recognizer, the model, the voice."""

from collections.abc import Mapping
from typing import Any

from openai import AsyncOpenAI
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import VALID_VOICES, OpenAITTSService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from agents.voice.wish import Wish
from outreach.errors import Rejected

_OPENAI_RATE_HZ = 24_000
_FALLBACK_VOICE = "alloy"


class SharedClientLLM(OpenAILLMService):
    """pipecat's own makes a client per call; this one uses ours."""

    def __init__(self, wish: Wish) -> None:
        self._shared_http = wish.http
        super().__init__(
            api_key=wish.settings.api_key,
            base_url=wish.settings.base_url,
            settings=OpenAILLMService.Settings(
                model=wish.settings.model, system_instruction=wish.call.system_prompt
            ),
        )

    def create_client(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> AsyncOpenAI:
        return AsyncOpenAI(
            api_key=api_key,
            base_url=base_url,
            organization=organization,
            project=project,
            default_headers=default_headers,
            http_client=self._shared_http,
        )


class _AnyLanguageSTT(OpenAISTTService):
    """pipecat's own names a language with every request; this one lets the model find out."""

    def __init__(self, *, model: str, tells: bool, **options: Any) -> None:
        super().__init__(**options)
        self._model = model
        self._tells = tells
        """Whether the model is asked which language it heard; not every model knows the format."""

    async def _transcribe(self, audio: bytes) -> Any:
        return await self._client.audio.transcriptions.create(
            file=("audio.wav", audio, "audio/wav"),
            model=self._model,
            response_format="verbose_json" if self._tells else "json",
        )


def stt(wish: Wish) -> STTService:
    language = wish.language
    settings = OpenAISTTService.Settings(model=wish.settings.model, language=language)
    options: dict[str, Any] = {
        "api_key": wish.settings.api_key,
        "base_url": wish.settings.base_url,
        "http_client": wish.http,
        # Nothing behind the recognizer wants the person's audio.
        "audio_passthrough": False,
        # One answer per piece of speech, also when nothing was understood.
        "push_empty_transcripts": True,
        "settings": settings,
    }
    if wish.settings.detects_language or wish.call.others:
        tells = wish.settings.detects_language
        return _AnyLanguageSTT(model=wish.settings.model, tells=tells, **options)
    return OpenAISTTService(**options)


def tts(wish: Wish) -> TTSService:
    voice = wish.voice or _FALLBACK_VOICE
    others = () if wish.settings.takes_over else wish.call.others
    for name in (voice, *(one.voice for one in others if one.voice)):
        _require_voice(name)
    return OpenAITTSService(
        api_key=wish.settings.api_key,
        base_url=wish.settings.base_url,
        http_client=wish.http,
        sample_rate=_OPENAI_RATE_HZ,
        settings=OpenAITTSService.Settings(model=wish.settings.model, voice=voice),
    )


def _require_voice(voice: str) -> None:
    if voice not in VALID_VOICES:
        raise Rejected(
            code="unknown_voice",
            message=f"OpenAI has no voice called {voice!r}.",
            fix=f"Use one of {', '.join(sorted(VALID_VOICES))}.",
            where="speech.tts.voice",
        )
