"""What one simulated person is: how they pick up, what they say and what they write."""

from dataclasses import dataclass
from typing import Literal

Pickup = Literal["answer", "no_answer", "busy", "failed"]
AnswersAs = Literal["human", "machine", "fax", "silence"]
Language = Literal["en", "fr", "de"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing a person says on the phone, after the agent's turn."""

    text: str
    language: Language = "en"
    talks_over: bool = False
    """They start while the agent is still speaking."""
    hangs_up_after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a person answers one message; the n-th message gets the n-th reply."""

    after_s: float
    text: str
    button: str | None = None
    """The label of the quick reply they pressed; None means they typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody at the other end of a simulated number."""

    name: str
    pickup: Pickup = "answer"
    ring_s: float = 1.0
    """Carrier time before pickup, at most 2."""
    answers_as: AnswersAs = "human"
    """What answering machine detection would conclude."""
    greeting: str = ""
    """The first words after pickup; empty waits for the agent."""
    greeting_language: Language = "en"
    beep: bool = False
    """A tone follows the greeting, and from then on the line only records."""
    lines: tuple[Line, ...] = ()
    patience_s: float = 6.0
    """Silence of both sides after which they say the next line, or hang up without one."""
    voice: str = "robin"
    """A name in `simulator.speech.VOICES`."""
    whatsapp: tuple[Reply, ...] = ()
    reads: bool = True
    """Whether read receipts are on."""
    on_whatsapp: bool = True
    hours: tuple[int, int] | None = None
    """Local hours in which they accept contact, for the oracle; None means 8 to 21."""
    when_called_back: "Persona | None" = None
    """How they are on the phone after they have spoken or written to us; None: the same."""
