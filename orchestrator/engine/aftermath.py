"""What the way out hands to the way back: what follows an ended attempt, and late reports."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.reports import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The three things that follow from a start and are not its own business."""

    follow_up: Callable[[Context, AsyncConnection, UUID], Awaitable[None]]
    """Decide what follows this ended, undecided attempt, in the caller's transaction."""
    suppress: Callable[[Context, AsyncConnection, UUID, str], Awaitable[None]]
    """The provider says that the person of this attempt opted out there (with its code)."""
    receive: Callable[[Context, Delivery], Awaitable[None]]
    """Take in a report as if the provider had called back; seen before is harmless."""
