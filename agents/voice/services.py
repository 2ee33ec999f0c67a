"""Who hears, thinks and speaks, by configured name: each provider is one entry per table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pipecat.frames.frames import TranscriptionFrame
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import VALID_VOICES, OpenAITTSService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from agents.voice.call import PhoneCall, ServiceSettings, SpeechSettings
from outreach.errors import Rejected

_OPENAI_RATE_HZ = 24_000
_FALLBACK_VOICE = "alloy"
_Service = TypeVar("_Service")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechServices:
    """The three of one call; they belong to its pipeline and are not used twice."""

    stt: STTService
    llm: LLMService[Any]
    tts: TTSService


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one call needs of a service."""

    settings: ServiceSettings
    call: PhoneCall
    http: DefaultAsyncHttpxClient
    """Shared by all calls of the process: its connections stay warm and its TLS is set up once."""


class _SharedClientLLM(OpenAILLMService):
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


def language_told(frame: TranscriptionFrame) -> str | None:
    """The recognizer's own word for the language of a transcript; None where it says none."""
    told = frame.language or getattr(frame.result, "language", None)
    return str(told) if told else None


def _openai_stt(wish: Wish) -> STTService:
    language = _language(wish.call.language)
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


def _openai_tts(wish: Wish) -> TTSService:
    voice = wish.call.voice or wish.settings.voice or _FALLBACK_VOICE
    for name in (voice, *(one.voice for one in wish.call.others if one.voice)):
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


STT: Mapping[str, Callable[[Wish], STTService]] = MappingProxyType({"openai": _openai_stt})
LLM: Mapping[str, Callable[[Wish], LLMService[Any]]] = MappingProxyType(
    {"openai": _SharedClientLLM}
)
TTS: Mapping[str, Callable[[Wish], TTSService]] = MappingProxyType({"openai": _openai_tts})


def build(
    settings: SpeechSettings, call: PhoneCall, *, http: DefaultAsyncHttpxClient
) -> SpeechServices:
    """The services of one call. Raises Rejected for a name or voice nobody knows."""

    def wish(service: ServiceSettings) -> Wish:
        return Wish(settings=service, call=call, http=http)

    return SpeechServices(
        stt=_named(STT, settings.stt, "speech.stt.service")(wish(settings.stt)),
        llm=_named(LLM, settings.llm, "speech.llm.service")(wish(settings.llm)),
        tts=_named(TTS, settings.tts, "speech.tts.service")(wish(settings.tts)),
    )


def _named(
    table: Mapping[str, Callable[[Wish], _Service]], settings: ServiceSettings, where: str
) -> Callable[[Wish], _Service]:
    builder = table.get(settings.service)
    if builder is None:
        raise Rejected(
            code="unknown_service",
            message=f"There is no speech service called {settings.service!r}.",
            fix=f"Use one of {', '.join(sorted(table))}.",
            where=where,
        )
    return builder


def _language(code: str) -> Language:
    try:
        return Language(code)
    except ValueError:
        return Language.EN
