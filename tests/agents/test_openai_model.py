"""The official SDK against the simulated model: answers, tools, structure, and refusals."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.model import Message, ModelUnavailable
from agents.openai_model import OpenAIModel, connect
from agents.tools import SPECS
from simulator.server import running_simulator


@pytest.fixture
async def model(tmp_path: Path) -> AsyncIterator[OpenAIModel]:
    async with running_simulator(media_dir=tmp_path) as world:
        opened = connect(base_url=f"{world.base_url}/v1", api_key="key", name="stand-in")
        yield opened
        await opened.close()


async def test_a_chat_is_answered_in_words_and_counted(model):
    answer = await model.answer(
        [Message(role="system", content="You are Ada."), Message(role="user", content="Hello?")]
    )

    assert answer.text
    assert answer.usage.output_tokens > 0


async def test_a_wish_for_a_tool_comes_back_with_its_arguments(model):
    answer = await model.answer(
        [
            Message(role="system", content="You are Ada."),
            Message(
                role="user", content="Remove me from your database and never contact me again."
            ),
        ],
        list(SPECS.values()),
    )

    assert [call.name for call in answer.tool_calls] == ["do_not_contact"]
    assert answer.tool_calls[0].arguments["words"]


async def test_a_schema_is_filled_with_an_object(model):
    schema = {
        "type": "object",
        "properties": {"outcome": {"type": "string", "enum": ["talked", "interested"]}},
        "required": ["outcome"],
        "additionalProperties": False,
    }

    filled, _ = await model.fill(
        [Message(role="user", content="#0 person: Yes, I am interested, please tell me more.")],
        schema,
        "reading",
    )

    assert filled["outcome"] in ("talked", "interested")


async def test_a_model_that_cannot_be_reached_is_unavailable():
    nobody = connect(base_url="http://127.0.0.1:9/v1", api_key="key", name="none", timeout_s=1)

    with pytest.raises(ModelUnavailable):
        await nobody.answer([Message(role="user", content="Hello?")])
    await nobody.close()
