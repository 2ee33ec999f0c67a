"""What a chat request asks and what is answered, in the shapes of OpenAI's API."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]


class _Wire(BaseModel):
    # The official clients send more than the stand-in needs.
    model_config = ConfigDict(extra="ignore", frozen=True)


class ContentPart(_Wire):
    type: str
    text: str = ""


class CalledFunction(_Wire):
    name: str
    arguments: str = "{}"


class CalledTool(_Wire):
    id: str
    function: CalledFunction


class ChatMessage(_Wire):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[ContentPart] | None = None
    tool_calls: list[CalledTool] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """The words alone."""
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class OfferedFunction(_Wire):
    name: str
    description: str = ""
    parameters: Json = {}


class OfferedTool(_Wire):
    type: Literal["function"]
    function: OfferedFunction


class NamedSchema(_Wire):
    # `schema` is a method of BaseModel.
    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def body(self) -> Json:
        return dict((self.model_extra or {}).get("schema") or {})


class ResponseFormat(_Wire):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None


class StreamOptions(_Wire):
    include_usage: bool = False


class ChatRequest(_Wire):
    model: str
    messages: list[ChatMessage]
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: list[OfferedTool] | None = None
    tool_choice: Json | str | None = None
    response_format: ResponseFormat | None = None


class ToolCall(_Wire):
    """A tool the stand-in decided to call."""

    name: str
    arguments: Json


class Answer(_Wire):
    """One assistant turn: words, tools, or both."""

    text: str = ""
    tools: tuple[ToolCall, ...] = ()
