"""What the carrier knows about one call."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from simulator.persona import Persona

Status = Literal[
    "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
FINAL: frozenset[Status] = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where to tell something; `url` empty means nobody wants to know."""

    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """What was asked for when the call was created."""

    to: str
    from_: str
    direction: Literal["outbound-api", "inbound"] = "outbound-api"
    voice: Callback = Callback()
    twiml: str = ""
    status: Callback = Callback()
    status_events: frozenset[str] = frozenset({"completed"})
    timeout_s: float = 60
    time_limit_s: float = 14_400
    record: bool = False
    recording_channels: int = 1
    recording: Callback = Callback()
    recording_events: frozenset[str] = frozenset({"completed"})
    machine_detection: Literal["", "Enable", "DetectMessageEnd"] = ""
    async_amd: bool = False
    amd: Callback = Callback()
    amd_timeout_s: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Somebody ended the call by REST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTwiml:
    """The call shall go on with this document."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUrl:
    """The call shall go on with what this address answers."""

    voice: Callback


Instruction = HangUp | NewTwiml | NewUrl


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """Mutable; every `_at` is the simulator's clock."""

    sid: str
    order: CallOrder
    persona: Persona
    created_at: datetime
    updated_at: datetime
    status: Status = "queued"
    queue_ms: int = 0
    dialed_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str = ""
    sip_code: str = ""
    ended_by: str = ""
    recording_sid: str = ""
    sequence: int = 0
    lines_said: int = 0
    said_words: list[str] = field(default_factory=list)
    briefed_words: list[str] = field(default_factory=list)
    """What somebody heard who was to be joined with this call."""
    """What <Say> spoke."""
    instructions: asyncio.Queue[Instruction] = field(default_factory=asyncio.Queue)

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def person(self) -> str:
        """The number of the human side."""
        return self.order.from_ if self.order.direction == "inbound" else self.order.to

    @property
    def seconds(self) -> int:
        """Whole seconds from answer to end, 0 when it was never answered or still runs."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))

    def next_sequence(self) -> str:
        self.sequence += 1
        return str(self.sequence - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of ours that people can call or write to."""

    sid: str
    number: str
    voice_url: str = ""
    sms_url: str = ""
    status_callback: str = ""
    is_voice: bool = True
    """Whether it can call at all; some numbers only write."""
    sender_status: str = "ONLINE"
    """For a WhatsApp sender: what the carrier says of its registration."""


Parameters = Mapping[str, str]
