"""The next thing the agent writes in a chat, tools included."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.model import Answer, LanguageModel, Message, ToolCall, Usage
from agents.tools import ON_EVERY_CALL, SPECS, LineWish, NoWish, ToolResult, Tools, wish_of
from outreach.speech import Speaker, Turn

ROUNDS = 3
"""How often the model may use tools before it must speak."""
OF_CALLS = frozenset(
    {"end_call", "send_whatsapp", "transfer_to_human", "press_keys", *ON_EVERY_CALL}
)
"""A chat has nothing to hang up, and what is wanted in writing is written."""
LONGEST_REPLY = 1000
"""Characters; Twilio takes 1600, a person reads fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatContext:
    system: str
    """The agent's rendered prompt."""
    turns: Sequence[Turn]
    """What was written so far, oldest first; a rep's turns count as ours."""
    tools: Sequence[str]
    """Names of the tools that this agent may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: str
    """Empty: say nothing."""
    tools_used: tuple[str, ...]
    usage: Usage
    ends: bool
    """The conversation is over; nothing is expected after this."""


async def next_reply(model: LanguageModel, chat: ChatContext, tools: Tools) -> Reply:
    """Ask the model, do what it asks for by our own rules, and return what to write.

    Raises ModelUnavailable. A tool that was done stays done if a later round fails.
    """
    specs = [SPECS[name] for name in chat.tools if name in SPECS and name not in OF_CALLS]
    messages = [Message(role="system", content=chat.system), *map(_message, chat.turns)]
    used: list[str] = []
    usage = Usage()
    ends = False
    for _ in range(ROUNDS):
        answer = await model.answer(messages, specs)
        usage = _sum(usage, answer.usage)
        if not answer.tool_calls:
            break
        messages.append(
            Message(role="assistant", content=answer.text, tool_calls=answer.tool_calls)
        )
        for call in answer.tool_calls:
            result = await carry_out(call, tools)
            used.append(call.name)
            ends = ends or result.ends_conversation
            messages.append(Message(role="tool", content=result.say, tool_call_id=call.id))
    else:
        answer = Answer(text="")
    return Reply(
        text=answer.text.strip()[:LONGEST_REPLY], tools_used=tuple(used), usage=usage, ends=ends
    )


async def carry_out(call: ToolCall, tools: Tools) -> ToolResult:
    """Do one thing that the model asked for; what it asked wrongly is told back to it."""
    wish = wish_of(call.name, call.arguments)
    if isinstance(wish, NoWish):
        return ToolResult(done=False, say=wish.say)
    if isinstance(wish, LineWish):
        return ToolResult(done=False, say="This is no call.")
    return await tools.use(wish)


def _message(turn: Turn) -> Message:
    if turn.speaker is Speaker.PERSON:
        return Message(role="user", content=turn.text)
    return Message(role="assistant", content=turn.text)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        model=other.model or one.model,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
    )
