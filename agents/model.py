"""The language model as the product needs it: answer a chat, or fill a schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple["ToolCall", ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What the model asks for; nothing is done until our own code has checked it."""

    id: str
    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    name: str
    description: str
    parameters: Mapping[str, object]
    """A JSON schema of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)


@dataclass(slots=True, eq=False)
class ModelUnavailable(Exception):
    """The model gave no usable answer; asking later may help."""

    reason: str


class LanguageModel(Protocol):
    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        """Continue a chat. Raises ModelUnavailable."""
        ...

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        """Answer with one JSON object that follows `schema`. Raises ModelUnavailable."""
        ...

    async def close(self) -> None: ...
