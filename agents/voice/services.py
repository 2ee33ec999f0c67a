"""Who hears, thinks and speaks, by configured name: each provider is one entry per table."""

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from openai import DefaultAsyncHttpxClient
from pipecat.frames.frames import TranscriptionFrame
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from agents.voice import openai_services
from agents.voice.call import PhoneCall, ServiceSettings, SpeechSettings
from agents.voice.wish import SpeechServices, Wish
from outreach.errors import Rejected

_Service = TypeVar("_Service")
_PACKAGE = "outreach-conversations"


def language_told(frame: TranscriptionFrame) -> str | None:
    """The recognizer's own word for the language of a transcript; None where it says none."""
    told = frame.language or getattr(frame.result, "language", None)
    return str(told) if told else None


def _loaded(provider: str, what: str) -> Callable[[Wish], Any]:
    """A provider whose package need not be there, imported when it is first wished for."""

    def build(wish: Wish) -> Any:
        try:
            module = importlib.import_module(f"agents.voice.{provider}_services")
        # pipecat makes one of the other.
        except (ModuleNotFoundError, ImportError) as error:
            raise Rejected(
                code="speech_not_installed",
                message=f"{provider} needs a package that is not installed ({error}).",
                fix=f"Install {_PACKAGE}[{provider}].",
                where=f"speech.{what}.service",
            ) from error
        return getattr(module, what)(wish)

    return build


STT: Mapping[str, Callable[[Wish], STTService]] = MappingProxyType(
    {
        "openai": openai_services.stt,
        "deepgram": _loaded("deepgram", "stt"),
        "cartesia": _loaded("cartesia", "stt"),
    }
)
LLM: Mapping[str, Callable[[Wish], LLMService[Any]]] = MappingProxyType(
    {"openai": openai_services.SharedClientLLM}
)
TTS: Mapping[str, Callable[[Wish], TTSService]] = MappingProxyType(
    {
        "openai": openai_services.tts,
        "deepgram": _loaded("deepgram", "tts"),
        "elevenlabs": _loaded("elevenlabs", "tts"),
        "cartesia": _loaded("cartesia", "tts"),
    }
)


def build(
    settings: SpeechSettings, call: PhoneCall, *, http: DefaultAsyncHttpxClient
) -> SpeechServices:
    """The services of one call. Raises Rejected for a name or voice nobody knows."""

    def all_of(
        table: Mapping[str, Callable[[Wish], _Service]],
        chosen: ServiceSettings,
        spare: ServiceSettings | None,
        where: str,
    ) -> tuple[_Service, ...]:
        return tuple(
            _named(table, one, where)(Wish(settings=one, call=call, http=http))
            for one in (chosen, spare)
            if one is not None
        )

    return SpeechServices(
        stt=all_of(STT, settings.stt, settings.spare_stt, "speech.stt.service"),
        llm=all_of(LLM, settings.llm, settings.spare_llm, "speech.llm.service"),
        tts=all_of(TTS, settings.tts, settings.spare_tts, "speech.tts.service"),
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
