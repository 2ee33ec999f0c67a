"""The language model behind any OpenAI-compatible address: OpenAI, Azure, vLLM, Ollama, ours."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from openai import AsyncOpenAI, OpenAIError, omit
from openai.types import CompletionUsage
from openai.types.chat import (
    ChatCompletionMessage,
    ChatCompletionMessageParam,
    ChatCompletionToolParam,
)
from openai.types.shared_params import ResponseFormatJSONSchema

from agents.model import Answer, Message, ModelUnavailable, ToolCall, ToolSpec, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIModel:
    """One model at one address. The client's own retries are safe: asking twice changes nothing."""

    client: AsyncOpenAI
    name: str
    temperature: float | None = None
    """None leaves it to the provider; some models accept no other value."""

    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        try:
            completion = await self.client.chat.completions.create(
                model=self.name,
                messages=[_to_wire(message) for message in messages],
                # An explicit null or an empty list is an error to some servers.
                tools=[_tool(spec) for spec in tools] or omit,
                temperature=omit if self.temperature is None else self.temperature,
            )
        except OpenAIError as error:
            raise ModelUnavailable(type(error).__name__) from error
        if not completion.choices:
            raise ModelUnavailable("no_choices")
        message = completion.choices[0].message
        return Answer(
            text=message.content or "",
            tool_calls=tuple(_tool_calls(message)),
            usage=_usage(self.name, completion.usage),
        )

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        form: ResponseFormatJSONSchema = {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": dict(schema), "strict": True},
        }
        try:
            completion = await self.client.chat.completions.create(
                model=self.name,
                messages=[_to_wire(message) for message in messages],
                response_format=form,
                temperature=omit if self.temperature is None else self.temperature,
            )
        except OpenAIError as error:
            raise ModelUnavailable(type(error).__name__) from error
        if not completion.choices:
            raise ModelUnavailable("no_choices")
        filled = _json_object(completion.choices[0].message.content or "")
        if filled is None:
            raise ModelUnavailable("not_json")
        return filled, _usage(self.name, completion.usage)

    async def close(self) -> None:
        await self.client.close()


def connect(
    *, base_url: str | None, api_key: str, name: str, timeout_s: float = 30.0
) -> OpenAIModel:
    """Build the client; no request is made yet."""
    client = AsyncOpenAI(base_url=base_url, api_key=api_key, timeout=timeout_s, max_retries=2)
    return OpenAIModel(client=client, name=name)


def _to_wire(message: Message) -> ChatCompletionMessageParam:
    wire: dict[str, object] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        wire["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        wire["tool_call_id"] = message.tool_call_id
    return cast(ChatCompletionMessageParam, wire)


def _tool(spec: ToolSpec) -> ChatCompletionToolParam:
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": dict(spec.parameters),
        },
    }


def _tool_calls(message: ChatCompletionMessage) -> Iterable[ToolCall]:
    for call in message.tool_calls or ():
        # A model may ask for what is not a function, or write arguments that are no JSON: such a
        # wish is dropped here and the chat goes on with what it said.
        if call.type != "function":
            continue
        arguments = _json_object(call.function.arguments or "{}")
        if arguments is not None:
            yield ToolCall(id=call.id, name=call.function.name, arguments=arguments)


def _json_object(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _usage(name: str, usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage(model=name)
    return Usage(
        model=name, input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens
    )
