"""May this number be dialled? Somebody else is asked before the gate decides."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What somebody else says about a number."""

    allowed: bool
    reason: str
    """A code, such as `line_premium`; of a yes what was found."""


@dataclass(frozen=True, slots=True)
class Unanswered(Exception):
    """Nobody said yes or no: it counts as no, for a while."""

    reason: str
    """A code."""


class Asker(Protocol):
    async def ask(self, phone: str) -> Verdict:
        """About a number in E.164; may take its time, whoever asks sets the bound.

        Raises:
            Unanswered: there was no answer that can be understood.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PreDial:
    """Who is asked, how long an answer holds, and how long one is waited for."""

    asker: Asker
    valid_for: timedelta
    """Business time."""
    within: timedelta
    """Machine time for one number."""
