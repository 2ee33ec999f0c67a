"""What an agent may ask for during a conversation. The engine implements it and decides."""

from dataclasses import dataclass
from typing import Protocol

from agents.model import ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What the agent is told came of its wish."""

    done: bool
    say: str
    """A plain sentence for the model: what was done, or why not."""
    ends_conversation: bool = False


class Tools(Protocol):
    """The deeds of one conversation, bound to its person; each has its own transaction."""

    async def schedule_callback(self, when: str) -> ToolResult:
        """Plan a call at the time the person named, in their words ("tomorrow at three")."""
        ...

    async def do_not_contact(self, words: str) -> ToolResult:
        """The person wants no more contact; `words` are theirs. Holds everywhere, at once."""
        ...

    async def end_call(self, reason: str) -> ToolResult:
        """The conversation is over; the agent says goodbye and hangs up."""
        ...


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
            "do_not_contact",
            "The person does not want to be contacted again. Call this at once, before you answer.",
            "words",
            "What the person said, word for word.",
        ),
        _spec(
            "end_call",
            "Say goodbye and end the conversation.",
            "reason",
            "Why it ends, in a few words.",
        ),
    )
}
