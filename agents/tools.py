"""What an agent may ask for during a conversation. The engine decides, and does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from agents.model import ToolSpec

LONGEST_ARGUMENT = 500
"""Characters; people name a time or a reason in fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCallback:
    when: str
    """The time the person named, in their words ("tomorrow at three")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMeeting:
    when: str
    """As for a callback; the calendar knows which times are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWhatsApp:
    """The campaign's template is sent to them, with what it has to show."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToHuman:
    """They want to speak with a person now."""

    reason: str
    """What a colleague has to know before they take the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotContact:
    """They want no more contact; holds everywhere, at once."""

    words: str
    """Theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """The conversation is over; the agent says goodbye and hangs up."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakLanguage:
    """The person speaks another language; the call goes on in it, or ends."""

    language: str
    """As the model calls it: a code or an English name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PressKeys:
    """A recorded voice wants keys to be pressed."""

    keys: str
    """Digits, * and #."""


Wish: TypeAlias = (
    ScheduleCallback | BookMeeting | SendWhatsApp | TransferToHuman | DoNotContact | EndCall
)
"""What the engine decides on and does."""
LineWish: TypeAlias = SpeakLanguage | PressKeys
"""What the running call does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What the agent is told came of its wish."""

    done: bool
    say: str
    """A plain sentence for the model: what was done, or why not."""
    ends_conversation: bool = False


class Tools(Protocol):
    """The deeds of one conversation, bound to its person; each has its own transaction."""

    async def use(self, wish: Wish) -> ToolResult:
        """Do what was wished for, as far as our rules allow it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWish:
    """The model asked for something in a way that nobody understands."""

    say: str
    """What it is told."""


def wish_of(name: str, arguments: object) -> Wish | LineWish | NoWish:
    """Read a function call; what it asked wrongly is told back to the model."""
    if name not in _WISHES:
        return NoWish(say=f"There is no tool {name}.")
    wish, field = _WISHES[name]
    value = arguments.get(field) if isinstance(arguments, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        return NoWish(say=f"{name} needs the text {field!r}.")
    return wish(**{field: value.strip()[:LONGEST_ARGUMENT]})


def _spec(name: str, description: str, field: str, meaning: str) -> ToolSpec:
    return ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": {field: {"type": "string", "description": meaning}},
            "required": [field],
            "additionalProperties": False,
        },
    )


SPECS: dict[str, ToolSpec] = {
    spec.name: spec
    for spec in (
        _spec(
            "schedule_callback",
            "Call the person back at a time they named.",
            "when",
            "The time in the person's own words, for example 'tomorrow at three'.",
        ),
        _spec(
            "book_meeting",
            "Book a meeting with a colleague at a time the person named. Where it is taken you are"
            " told which times are free: offer them.",
            "when",
            "The time in the person's own words, for example 'Thursday at ten'.",
        ),
        _spec(
            "send_whatsapp",
            "Send the person a WhatsApp message with what they asked to have in writing.",
            "reason",
            "What they asked for, in a few words.",
        ),
        _spec(
            "transfer_to_human",
            "Connect the person with a colleague. Tell them so in one sentence, with this call.",
            "reason",
            "What the colleague has to know, in one sentence: what they want and what was said.",
        ),
        _spec(
            "do_not_contact",
            "The person does not want to be contacted again. Call this at once, before you answer.",
            "words",
            "What the person said, word for word.",
        ),
        _spec(
            "speak_language",
            "The person speaks another language than you do now. Call this at once, instead of"
            " answering: the first words in their language are spoken for you, or the call ends.",
            "language",
            "The code of the person's language, for example 'fr'.",
        ),
        _spec(
            "press_keys",
            "Press keys of the phone, where a recorded voice asks for it to let you through.",
            "keys",
            "The keys in their order, for example '1' or '42#'.",
        ),
        _spec(
            "end_call",
            "Say goodbye and end the conversation.",
            "reason",
            "Why it ends, in a few words.",
        ),
    )
}
ON_EVERY_CALL = ("speak_language",)
"""Offered whatever the agent's document lists."""
_WISHES: dict[str, tuple[type[Wish | LineWish], str]] = {
    "schedule_callback": (ScheduleCallback, "when"),
    "book_meeting": (BookMeeting, "when"),
    "send_whatsapp": (SendWhatsApp, "reason"),
    "transfer_to_human": (TransferToHuman, "reason"),
    "do_not_contact": (DoNotContact, "words"),
    "speak_language": (SpeakLanguage, "language"),
    "press_keys": (PressKeys, "keys"),
    "end_call": (EndCall, "reason"),
}
"""What each tool is read as, and its one argument."""
