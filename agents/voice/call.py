"""What one phone conversation is given before it starts: plain values, all texts rendered."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

EndedBy = Literal["agent", "person", "limit", "error", "shutdown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStart:
    """The provider's `start` message, read and checked before the conversation begins."""

    stream_sid: str
    call_sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The agent's fixed words, voice and instructions in one language."""

    language: str
    """ISO 639-1, without a region."""
    system_prompt: str
    opener: str
    goodbye: str
    still_there: str
    voice: str | None = None
    """A name the configured speech service knows; None takes the one of its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """Everything the agent is for this one call."""

    attempt_id: UUID
    system_prompt: str
    opener: str
    """The first words; they say who calls, that an AI speaks and that the call is recorded."""
    goodbye: str
    still_there: str
    """Said once when the person has been silent for long."""
    machine_message: str | None = None
    """Said after the beep of a machine; None hangs up on it."""
    language: str = "en"
    """ISO 639-1."""
    voice: str | None = None
    """A name the configured speech service knows; None takes the one of its settings."""
    others: tuple[Spoken, ...] = ()
    """What else the agent speaks, when the person does."""
    no_common_language: str = "I am sorry, I only speak English. Goodbye."
    """Said once to whoever speaks none of them."""
    tools: tuple[str, ...] = ("end_call", "schedule_callback", "do_not_contact")
    """Names of agents.tools.SPECS."""
    max_duration: timedelta = timedelta(minutes=10)
    opener_after: timedelta | None = None
    """How soon the opener is spoken at the latest; None: as `Limits` say."""
    recording: Path | None = None
    """Where the two-channel WAV is written; None records nothing."""

    @property
    def first(self) -> Spoken:
        """What it begins with."""
        return Spoken(
            language=self.language,
            system_prompt=self.system_prompt,
            opener=self.opener,
            goodbye=self.goodbye,
            still_there=self.still_there,
            voice=self.voice,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a conversation waits for what. Spans of real time."""

    opener_after: timedelta = timedelta(seconds=1.5)
    """From the start of the stream, unless the person pauses earlier."""
    pause_is_end: timedelta = timedelta(milliseconds=350)
    """Silence after which speech counts as paused; shorter ones tear sentences apart."""
    turn_is_over: timedelta = timedelta(milliseconds=150)
    """What must follow a pause before the agent answers."""
    transcript_within: timedelta = timedelta(seconds=3)
    """A turn without a transcript is given up then."""
    silence_prompt: timedelta = timedelta(seconds=5)
    """Silence of the person before the agent asks; after as much again it says goodbye."""
    reply_within: timedelta = timedelta(seconds=12)
    """A model or voice that gives nothing by then has failed."""
    last_words: timedelta = timedelta(seconds=6)
    """What a closing sentence may take, from its wish to its end, before the line is cut."""
    beep_within: timedelta = timedelta(seconds=3)
    """Silence after a machine's greeting from which on it is taken to record, beep or not."""
    machine_message: timedelta = timedelta(seconds=30)
    """What a message on a machine may take before the line is cut."""
    journal_within: timedelta = timedelta(seconds=10)
    """What the journal may take to store the last turns."""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """One configured speech or model service."""

    service: str = "openai"
    """A name in agents.voice.services."""
    detects_language: bool = False
    """Only for a recognizer: whether it tells which language it heard."""
    base_url: str | None = None
    """None is the provider's own host."""
    api_key: str = field(repr=False)
    model: str
    voice: str | None = None
    """Only for a voice: the one used when the agent names none."""
    takes_over: bool = False
    """Whether it is only used where another has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSettings:
    """Who hears, who thinks and who speaks."""

    stt: ServiceSettings
    llm: ServiceSettings
    tts: ServiceSettings
    spare_stt: ServiceSettings | None = None
    """Who takes over amid a call when the recognizer fails; None: the call ends politely."""
    spare_llm: ServiceSettings | None = None
    spare_tts: ServiceSettings | None = None
