"""What the engine works with: made once by the wiring, handed to every duty, never global."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agents.model import LanguageModel
from channels.base import Channel
from channels.boottime import boottime
from channels.pre_dial import PreDial
from orchestrator.engine.counts import Counts
from orchestrator.engine.judge import Judge, PlainJudge
from orchestrator.engine.library import Library
from orchestrator.engine.limits import Limits
from orchestrator.engine.tracing import NoTraces, Tracer
from outreach.channel import ChannelName
from outreach.ids import RANDOM_BYTES, new_id
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks
from outreach.meetings import Availability
from outreach.prices import Prices

Download = Callable[[str, Path, str | None], Awaitable[None]]
"""Write what stands at an address into a file; the platform that told of it, None: our carrier.

Raises `connectors.downloads.NotFetched`.
"""


class Posts(Protocol):
    """How webhooks of ours are sent."""

    def refuse(self, url: str) -> None:
        """Raises `connectors.downloads.NotFetched` for an address that is never told."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises `connectors.downloads.NotFetched`."""
        ...


class SideWork(Protocol):
    """Slow work that is done later, at least once, by whoever has time."""

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        """Enqueue in the caller's transaction: it is done if and only if that commits."""
        ...


def no_seam(step: str) -> None:
    """The production's seam: nothing happens between two commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    database: AsyncEngine
    channels: Mapping[ChannelName, Channel]
    model: LanguageModel | None
    """None: no model is configured; what needs one says so."""
    random_bytes: Callable[[int], bytes]
    process_id: UUID
    rulebook: Rulebook
    """What law and deployment ask; no campaign reaches anybody against it."""
    marks: Marks = field(default_factory=Marks)
    """By which it is known who was erased; the wiring brings the key."""
    limits: Limits = field(default_factory=Limits)
    side_work: SideWork
    seam: Callable[[str], None] = no_seam
    """Told the name of each step between two commits; tests crash there."""
    boottime: Callable[[], float] = boottime
    """Seconds of the machine, for deadlines of orders; the simulation has its own."""
    availability: Availability | None = None
    """When colleagues can meet somebody; None: no calendar is set up."""
    prices: Prices | None = None
    """None: nothing has a price, and nobody's cost is known but what platforms tell."""
    pre_dial: PreDial | None = None
    """None: nobody is asked before a number is dialled."""
    strangers: str | None = None
    """The campaign whose agent answers whom nobody knows; None: they hear a sentence."""
    recordings: Path
    """The folder of the recordings store."""
    delete_recording: Callable[[str], Awaitable[None]] | None = None
    """Deletes the carrier's copy. Raises Unavailable. None: there is no carrier."""
    download: Download | None = None
    """None: recordings of providers stay where they are."""
    posts: Posts | None = None
    """None: no webhook is sent."""
    judge: Judge = field(default_factory=PlainJudge)
    """What the provider's error codes mean; the wiring brings `channels.twilio_errors`."""
    library: Library = field(default_factory=Library)
    canned: Mapping[str, str] = field(default_factory=dict)
    """Replies that colleagues insert, by name; with places for the lead's values."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """What every attempt of this process is made by besides documents: `prompt`, `rules`."""
    counts: Counts = field(default_factory=Counts)
    tracer: Tracer = field(default_factory=NoTraces)

    def new_id(self, now: datetime) -> UUID:
        """An id that sorts by business time `now`."""
        return new_id(now, self.random_bytes(RANDOM_BYTES))
