"""What was said: turns of a call or messages of a chat, in order."""

from dataclasses import dataclass
from enum import StrEnum


class Speaker(StrEnum):
    PERSON = "person"
    AGENT = "agent"
    REP = "rep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing said. Offsets count from the start of the recording; in a chat both are 0."""

    number: int
    """From 0, without gaps."""
    speaker: Speaker
    text: str
    """As it was heard; of an interrupted sentence only the part that was."""
    start_ms: int = 0
    end_ms: int = 0
    interrupted: bool = False
