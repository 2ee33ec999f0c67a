"""What one call needs of a speech or model service, and what it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openai import DefaultAsyncHttpxClient
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transcriptions.language import Language

from agents.voice.call import PhoneCall, ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechServices:
    """Those of one call, each followed by who takes over when it fails; none is used twice."""

    stt: Sequence[STTService]
    llm: Sequence[LLMService[Any]]
    tts: Sequence[TTSService]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one call needs of a service."""

    settings: ServiceSettings
    call: PhoneCall
    http: DefaultAsyncHttpxClient
    """Shared by all calls of the process: its connections stay warm and its TLS is set up once."""

    @property
    def voice(self) -> str | None:
        """Names of voices are each provider's own, so who takes over speaks with the configured."""
        named = None if self.settings.takes_over else self.call.voice
        return named or self.settings.voice

    @property
    def language(self) -> Language:
        try:
            return Language(self.call.language)
        except ValueError:
            return Language.EN
