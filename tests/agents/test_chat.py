"""A chat: what the model asks for is done by our rules, and it always comes to an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents.chat import LONGEST_REPLY, ROUNDS, ChatContext, next_reply
from agents.model import Answer, Message, ToolCall, ToolSpec, Usage
from agents.tools import DoNotContact, ScheduleCallback, ToolResult, Wish
from outreach.speech import Speaker, Turn


@dataclass
class ScriptedModel:
    """Answers what it was told to, and remembers what it was asked."""

    answers: list[Answer]
    asked: list[tuple[Sequence[Message], Sequence[ToolSpec]]] = field(default_factory=list)

    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        self.asked.append((list(messages), tools))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        raise AssertionError("a chat fills no schema")

    async def close(self) -> None: ...


@dataclass
class NotedTools:
    done: list[tuple[str, str]] = field(default_factory=list)

    async def use(self, wish: Wish) -> ToolResult:
        match wish:
            case ScheduleCallback(when=when):
                self.done.append(("schedule_callback", when))
                return ToolResult(done=True, say="Planned for 15:00.")
            case DoNotContact(words=words):
                self.done.append(("do_not_contact", words))
                return ToolResult(done=True, say="Never again.", ends_conversation=True)
            case _:
                raise AssertionError(wish)


CHAT = ChatContext(
    system="You are Ada.",
    turns=(
        Turn(number=0, speaker=Speaker.AGENT, text="Hello"),
        Turn(number=1, speaker=Speaker.PERSON, text="Call me tomorrow at three"),
    ),
    tools=("end_call", "schedule_callback", "do_not_contact", "transfer_to_human"),
)


def wish(name: str, **arguments: object) -> Answer:
    return Answer(text="", tool_calls=(ToolCall(id="1", name=name, arguments=arguments),))


async def test_a_tool_is_done_and_its_result_told_to_the_model():
    model = ScriptedModel(
        [wish("schedule_callback", when="tomorrow at three"), Answer(text=" Until then. ")]
    )
    tools = NotedTools()

    reply = await next_reply(model, CHAT, tools)

    assert tools.done == [("schedule_callback", "tomorrow at three")]
    assert reply.text == "Until then."
    assert not reply.ends
    assert model.asked[1][0][-1] == Message(
        role="tool", content="Planned for 15:00.", tool_call_id="1"
    )


async def test_an_opt_out_ends_the_conversation():
    model = ScriptedModel([wish("do_not_contact", words="leave me alone"), Answer(text="Sorry.")])

    reply = await next_reply(model, CHAT, NotedTools())

    assert reply.ends


async def test_a_chat_offers_no_hang_up_and_no_tool_that_does_not_exist():
    model = ScriptedModel([Answer(text="Hi")])

    await next_reply(model, CHAT, NotedTools())

    assert [spec.name for spec in model.asked[0][1]] == ["schedule_callback", "do_not_contact"]


async def test_a_wish_for_an_unknown_tool_or_with_bad_arguments_changes_nothing():
    model = ScriptedModel(
        [wish("drop_table", table="leads"), wish("do_not_contact", words=7), Answer(text="Hm.")]
    )
    tools = NotedTools()

    reply = await next_reply(model, CHAT, tools)

    assert tools.done == []
    assert reply.text == "Hm."


async def test_a_model_that_only_ever_uses_tools_is_stopped():
    model = ScriptedModel([wish("schedule_callback", when="now")])
    tools = NotedTools()

    reply = await next_reply(model, CHAT, tools)

    assert len(tools.done) == ROUNDS
    assert reply.text == ""


async def test_a_reply_is_never_longer_than_a_message_may_be():
    reply = await next_reply(ScriptedModel([Answer(text="x" * 5000)]), CHAT, NotedTools())

    assert len(reply.text) == LONGEST_REPLY
