"""Where a phone conversation is written down while it runs. The engine implements it."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from outreach.outcome import AnsweredBy
from outreach.prices import Used
from outreach.speech import Turn


class Journal(Protocol):
    """The memory of one call; a crash loses at most the turn that is being spoken."""

    async def turn(self, turn: Turn) -> None:
        """Store one finished turn. The same number again replaces it."""
        ...

    async def heard(self, answered_by: AnsweredBy, evidence: str) -> None:
        """What the first words and pauses say about who answered."""
        ...

    async def disclosed(self, at: datetime) -> None:
        """The opener, which says that an AI speaks and that the call is recorded, was played."""
        ...

    async def left_message(self) -> None:
        """The message for a machine was spoken to its end after the beep."""
        ...

    async def no_common_language(self) -> None:
        """The person speaks nothing that the agent speaks, and was told so."""
        ...

    async def used(self, used: Used) -> None:
        """What recognizer, model and voice were given; told once, before the end."""
        ...

    async def closed(self, *, ended_by: str, recording: Path | None) -> None:
        """The conversation is over: `agent`, `person`, `limit`, `error` or `shutdown`.

        `recording` is a finished two-channel WAV (left the person, right the agent), or None.
        """
        ...
