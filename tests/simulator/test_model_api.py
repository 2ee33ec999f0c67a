"""The official OpenAI SDK cannot tell the stand-in's endpoints from the real ones."""

import io
import json
import wave

import httpx
import numpy as np
import openai
import pytest

from simulator.speech import Voices
from tests.simulator.stand_in import served_model

END_CALL = {
    "type": "function",
    "function": {
        "name": "end_call",
        "description": "Say goodbye and hang up.",
        "parameters": {
            "type": "object",
            "properties": {"reason": {"type": "string"}},
            "required": ["reason"],
            "additionalProperties": False,
        },
    },
}
REFUSING = [
    {"role": "system", "content": "You sell a product."},
    {"role": "assistant", "content": "Hello, do you have a minute?"},
    {"role": "user", "content": "No thanks, we already work with another supplier."},
]


@pytest.fixture
async def address():
    async with served_model() as address:
        yield address


@pytest.fixture
async def client(address):
    async with openai.AsyncOpenAI(api_key="any", base_url=f"{address}/v1", max_retries=0) as client:
        yield client


async def test_a_chat_answers_with_words_a_tool_and_what_it_cost(client):
    answer = await client.chat.completions.create(
        model="simulated-chat", messages=REFUSING, tools=[END_CALL]
    )

    (choice,) = answer.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "I understand. Thank you for your time."
    (call,) = choice.message.tool_calls
    assert call.function.name == "end_call"
    assert json.loads(call.function.arguments) == {"reason": "not interested"}
    assert answer.usage.prompt_tokens > 10
    assert answer.usage.total_tokens == (
        answer.usage.prompt_tokens + answer.usage.completion_tokens
    )


async def test_a_streamed_answer_is_the_same_answer_in_pieces(client):
    whole = await client.chat.completions.create(
        model="simulated-chat", messages=REFUSING, tools=[END_CALL]
    )
    async with client.chat.completions.stream(
        model="simulated-chat",
        messages=REFUSING,
        tools=[END_CALL],
        stream_options={"include_usage": True},
    ) as stream:
        pieces = [event.delta async for event in stream if event.type == "content.delta"]
        streamed = await stream.get_final_completion()

    message = streamed.choices[0].message
    assert len(pieces) > 3
    assert "".join(pieces) == message.content == whole.choices[0].message.content
    assert message.tool_calls[0].function.arguments == '{"reason": "not interested"}'
    assert streamed.choices[0].finish_reason == "tool_calls"
    assert streamed.usage == whole.usage


async def test_an_unoffered_tool_is_never_called(client):
    answer = await client.chat.completions.create(model="simulated-chat", messages=REFUSING)

    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.tool_calls is None
    assert answer.choices[0].message.content.endswith("Goodbye.")


async def test_a_structured_answer_has_the_shape_of_its_schema(client):
    answer = await client.chat.completions.create(
        model="simulated-chat",
        messages=[{"role": "user", "content": "#0 person: No thanks."}],
        response_format={
            "type": "json_schema",
            "json_schema": {
                "name": "reading",
                "strict": True,
                "schema": {
                    "type": "object",
                    "properties": {
                        "outcome": {"type": "string", "enum": ["talked", "not_interested"]},
                        "fields": {"type": "array", "items": {"type": "object"}},
                        "mood": {"type": ["string", "null"]},
                    },
                },
            },
        },
    )

    assert json.loads(answer.choices[0].message.content) == {
        "outcome": "not_interested",
        "fields": [],
        "mood": None,
    }


async def test_what_it_says_it_also_understands(client):
    spoken = await client.audio.speech.create(
        model="simulated-speech",
        voice="alloy",
        input="Hello, good afternoon.",
        response_format="wav",
    )

    heard = await client.audio.transcriptions.create(
        model="simulated-transcribe", file=("speech.wav", spoken.content, "audio/wav")
    )
    text = await client.audio.transcriptions.create(
        model="simulated-transcribe",
        file=("speech.wav", spoken.content, "audio/wav"),
        response_format="text",
    )

    assert heard.text == "Hello, good afternoon."
    assert text == "Hello, good afternoon.\n"


async def test_raw_speech_is_24_khz_and_streams(client):
    async with client.audio.speech.with_streaming_response.create(
        model="simulated-speech", voice="nova", input="One, two, three.", response_format="pcm"
    ) as response:
        data = b"".join([chunk async for chunk in response.iter_bytes(4096)])

    assert 0.5 < len(data) / 2 / 24_000 < 3.0
    assert np.abs(np.frombuffer(data, "<i2").astype(int)).max() > 5000


async def test_telephone_audio_is_transcribed_at_its_own_rate(client):
    pcm = await Voices().pcm("That sounds useful, go ahead.", voice="morgan", rate_hz=8000)

    heard = await client.audio.transcriptions.create(
        model="simulated-transcribe", file=("a.wav", wav(pcm, 8000)), language="en"
    )

    assert heard.text == "That sounds useful, go ahead."


async def test_models_are_listed(client):
    assert [model.id async for model in client.models.list()] == [
        "simulated-chat",
        "simulated-transcribe",
        "simulated-speech",
    ]


async def test_without_a_key_nothing_is_answered(address):
    async with httpx.AsyncClient() as http:
        for path in ("chat/completions", "audio/speech", "audio/transcriptions"):
            refused = await http.post(f"{address}/v1/{path}", json={})
            assert refused.status_code == 401
            assert refused.json()["error"]["code"] == "invalid_api_key"


async def test_a_request_that_makes_no_sense_is_refused_as_openai_refuses_it(client):
    with pytest.raises(openai.BadRequestError, match="messages"):
        await client.chat.completions.create(model="simulated-chat", messages="hello")
    with pytest.raises(openai.BadRequestError, match="wav"):
        await client.audio.speech.create(
            model="simulated-speech", voice="alloy", input="Hi.", response_format="opus"
        )
    with pytest.raises(openai.BadRequestError, match="WAV"):
        await client.audio.transcriptions.create(
            model="simulated-transcribe", file=("a.wav", b"nonsense")
        )


async def test_the_control_makes_it_slow_and_gullible(address, client):
    async with httpx.AsyncClient() as http:
        changed = await http.post(f"{address}/_sim/model", json={"gullible": True})
        assert changed.json() == {"delay_ms": 0, "api_key": "", "gullible": True}
        changed = await http.post(f"{address}/_sim/model", json={"delay_ms": 200})
        assert changed.json() == {"delay_ms": 200, "api_key": "", "gullible": True}
        assert (await http.post(f"{address}/_sim/model", json={"dealy": 1})).status_code == 422

    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.05).chat.completions.create(
            model="simulated-chat", messages=REFUSING
        )


def wav(pcm: np.ndarray, rate_hz: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate_hz)
        written.writeframes(pcm.tobytes())
    return out.getvalue()
