"""What every way of reaching a person must offer, and the three ways in which it can fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """A call to be placed."""

    attempt_id: UUID
    """Stands in every callback address, so that each report names its attempt by itself."""
    to: str
    from_: str
    ring: timedelta
    longest: timedelta
    """The provider hangs up after this, whatever our side does."""
    deadline: float
    """Reading of CLOCK_BOOTTIME, in seconds, after which the order must not leave this machine."""
    detect_machine: bool = True
    record: bool = False
    """Ask the provider for a recording of its own, two channels, beside ours."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What is known of the lead, for an agent that runs on another platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """An approved template; the only thing that may open a conversation on WhatsApp."""

    content_sid: str
    variables: Mapping[str, str]
    """By the template's own numbering ("1", "2"); none of them empty."""
    body: str
    """What the person will read, for our own pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContent:
    """Free text; only inside the 24 hours after the person's last message."""

    body: str
    window_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOrder:
    """A message to be sent."""

    message_id: UUID
    """Equal to the attempt's id where the message is what an attempt stands for."""
    to: str
    from_: str
    content: TemplateContent | TextContent
    deadline: float
    """Reading of CLOCK_BOOTTIME, in seconds, after which the order must not leave this machine."""


Order = CallOrder | MessageOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRef:
    """What the provider calls it (a Twilio SID), and its first word about it."""

    ref: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The provider has it."""

    ref: str
    status: str
    answered_by: str | None = None
    duration_s: int | None = None
    error_code: str | None = None
    duplicates: tuple[str, ...] = ()
    """Further ones for the same order, if the provider took it more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The provider's list does not have it. Lists lag: one such answer proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """The provider could not be asked."""

    reason: str


Finding = Found | Absent | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is known of an order when its fate is asked for."""

    id: UUID
    to: str
    from_: str
    asked_after: datetime
    """The provider's clock, a little before the order was given."""
    ref: str | None = None
    others: frozenset[str] = frozenset()
    """References of other orders to the same person: lists show them, and they are not this one."""


Scope = Literal["lead", "sender", "campaign"]


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """Trying again cannot help: this lead, this sender or this whole campaign."""

    reason: str
    """A code of `outreach.gate.Reason` or of the provider's table; never free text."""
    scope: Scope
    error_code: str | None = None
    suppress: bool = False
    """The person must not be contacted on this channel again (opted out at the provider)."""


@dataclass(slots=True, eq=False)
class Unavailable(Exception):
    """Nothing was started; trying later can help."""

    reason: str
    retry_after: timedelta = field(default=timedelta(minutes=1))


@dataclass(slots=True, eq=False)
class MaybeStarted(Exception):
    """No usable answer came back, so the provider may have it: it is asked, never told again."""

    reason: str


class Channel(Protocol):
    """One provider of one channel."""

    @property
    def simulated(self) -> bool:
        """Whether the host that is spoken to is not the provider's own."""
        ...

    async def start(self, order: Order) -> ProviderRef:
        """Begin and return at once; how it ends arrives by webhook.

        Raises exactly one of `Refused`, `Unavailable`, `MaybeStarted`.
        """
        ...

    async def find(self, inquiry: Inquiry) -> Finding:
        """Ask the provider what became of an order. Never raises."""
        ...

    async def end(self, ref: str, from_: str) -> None:
        """Hang up a call, or take back what has not begun; already ended is fine.

        `from_` is the number of ours (E.164) that it was ordered from. Raises `Unavailable` when
        the provider cannot be told.
        """
        ...

    async def close(self) -> None:
        """Give back sockets and the like."""
        ...
