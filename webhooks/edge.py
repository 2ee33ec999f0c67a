"""What do the webhooks need from the rest of the program, and what do they hand to it?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID

from starlette.websockets import WebSocket

from agents.voice.call import StreamStart
from orchestrator.engine.media import Connect, HangUp
from outreach.reports import CallReceived, Delivery

__all__ = ["AnswerPlan", "Busy", "Connect", "Edge", "HangUp", "Opened", "Rejection"]

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
    is_full: Callable[[], bool] = nothing_waits
    """Whether so much waits that the next report is turned away, before anything of it is read."""
