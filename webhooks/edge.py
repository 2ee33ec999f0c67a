"""What do the webhooks need from the rest of the program, and what do they hand to it?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from starlette.websockets import WebSocket

from agents.voice.call import StreamStart
from orchestrator.engine.media import Connect, HangUp
from orchestrator.engine.transfers import Brief, Dial
from outreach.reports import CallReceived, Delivery

__all__ = [
    "AnswerPlan",
    "Brief",
    "Busy",
    "Connect",
    "Dial",
    "Edge",
    "HangUp",
    "NoTransfers",
    "Opened",
    "Rejection",
    "Transfers",
]

Opened = TypeVar("Opened")
"""What `open_media` finds and `converse` needs; nobody here looks into it."""


@dataclass(slots=True, eq=False)
class Busy(Exception):
    """There is no room for a delivery now, and nothing of it has been stored."""

    retry_after: timedelta = timedelta(seconds=2)


AnswerPlan = Connect | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A request that was turned away. Nothing of its body is kept."""

    path: str
    expected_url: str
    """The address that a right signature would have been made for."""
    reason: str


class Transfers(Protocol):
    """The steps by which a call goes on with a colleague; each may be asked for again."""

    async def follow(self, attempt_id: UUID, call_ref: str) -> Dial | HangUp:
        """Our side has closed the media of a call."""
        ...

    async def brief(self, attempt_id: UUID) -> Brief | HangUp:
        """The colleague has answered."""
        ...

    async def accepted(self, attempt_id: UUID) -> None:
        """They have pressed a key to take the call."""
        ...

    async def returned(self, attempt_id: UUID, call_ref: str) -> HangUp:
        """They have left the call, or never came."""
        ...


class NoTransfers:
    """For whoever never connects anybody: what follows is the end of the call."""

    async def follow(self, attempt_id: UUID, call_ref: str) -> HangUp:
        return HangUp()

    async def brief(self, attempt_id: UUID) -> HangUp:
        return HangUp()

    async def accepted(self, attempt_id: UUID) -> None:
        return None

    async def returned(self, attempt_id: UUID, call_ref: str) -> HangUp:
        return HangUp()


def nothing_waits() -> bool:
    """For whoever takes in all that comes."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(Generic[Opened]):
    """Everything that webhooks use; built by the wiring."""

    public_url: str
    """As the provider was told: scheme, host, port and path, whatever a proxy makes of it."""
    auth_token: str = field(repr=False)
    """The account's primary token; Twilio signs with no other."""

    ingest: Callable[[Delivery], Awaitable[None]]
    """Store and apply; the same key again is harmless. Raises `Busy` before it stores anything."""
    answer_call: Callable[[UUID, str], Awaitable[AnswerPlan]]
    """By attempt and call; may be asked again for the same call. Raises `Busy`."""
    answer_inbound_call: Callable[[CallReceived], Awaitable[AnswerPlan]]
    """Asked after the call has been ingested."""
    open_media: Callable[[str, str], Awaitable[Opened | None]]
    """By token and call; spends the token. None where it is unknown, spent, old or another's."""
    converse: Callable[[WebSocket, Opened, StreamStart], Awaitable[None]]
    """Hold the conversation on an accepted socket whose first two messages have been read."""
    reject: Callable[[Rejection], Awaitable[None]]
    """Count it, and note it in a bounded list with the time."""
    transfers: Transfers = field(default_factory=NoTransfers)
    is_full: Callable[[], bool] = nothing_waits
    """Whether so much waits that the next report is turned away, before anything of it is read."""
