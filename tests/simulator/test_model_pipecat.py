"""pipecat's own OpenAI services run against the stand-in by nothing but a base_url."""

import asyncio

import numpy as np
import pytest
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.tests.utils import SleepFrame, run_test

from simulator import cast
from simulator.speech import Voices
from tests.simulator.stand_in import served_model

PARAMS = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=24000)


@pytest.fixture
async def base_url():
    async with served_model() as address:
        yield f"{address}/v1"


async def test_its_speech_is_understood_word_for_word(base_url):
    line = cast.OPT_OUT.lines[0]
    spoken = await Voices().pcm(line.text, voice=cast.OPT_OUT.voice, rate_hz=8000)
    audio = np.pad(spoken, (2400, 2400)).tobytes()
    stt = OpenAISTTService(api_key="any", base_url=base_url)
    frames = [
        InputAudioRawFrame(audio=audio[at : at + 320], sample_rate=8000, num_channels=1)
        for at in range(0, len(audio), 320)
    ]

    down, _ = await run_test(
        stt,
        frames_to_send=[
            VADUserStartedSpeakingFrame(),
            *frames,
            VADUserStoppedSpeakingFrame(),
            SleepFrame(0.05),
        ],
        pipeline_params=PARAMS,
    )

    await stt._client.close()
    heard = [frame.text for frame in down if isinstance(frame, TranscriptionFrame)]
    assert heard == [line.text]


async def test_a_turn_is_answered_with_words_and_a_tool(base_url):
    called = asyncio.Event()
    arguments: dict[str, object] = {}

    async def end_call(params: FunctionCallParams) -> None:
        arguments.update(params.arguments)
        called.set()

    llm = OpenAILLMService(
        api_key="any",
        base_url=base_url,
        settings=OpenAILLMService.Settings(
            model="simulated-chat", system_instruction="You are an agent on the phone."
        ),
    )
    llm.register_function("end_call", end_call)
    tool = FunctionSchema(
        name="end_call",
        description="Say goodbye and hang up.",
        properties={"reason": {"type": "string"}},
        required=["reason"],
    )
    context = LLMContext(
        messages=[
            {"role": "assistant", "content": "Hello, do you have a minute?"},
            {"role": "user", "content": cast.NOT_INTERESTED.lines[0].text},
        ],
        tools=ToolsSchema(standard_tools=[tool]),
    )

    down, _ = await run_test(
        llm, frames_to_send=[LLMContextFrame(context), SleepFrame(0.3)], pipeline_params=PARAMS
    )

    await llm._client.close()
    said = "".join(frame.text for frame in down if isinstance(frame, LLMTextFrame))
    assert said == "I understand. Thank you for your time."
    assert any(isinstance(frame, FunctionCallsStartedFrame) for frame in down)
    assert called.is_set()
    assert arguments == {"reason": "not interested"}


async def test_a_sentence_is_spoken(base_url):
    tts = OpenAITTSService(
        api_key="any",
        base_url=base_url,
        settings=OpenAITTSService.Settings(model="simulated-speech", voice="alloy"),
    )

    down, _ = await run_test(
        tts,
        frames_to_send=[TTSSpeakFrame("Hello, good afternoon."), SleepFrame(0.2)],
        pipeline_params=PARAMS,
    )

    await tts._client.close()
    audio = b"".join(frame.audio for frame in down if isinstance(frame, TTSAudioRawFrame))
    assert 0.8 < len(audio) / 2 / 24_000 < 4.0
    assert np.abs(np.frombuffer(audio, "<i2").astype(int)).max() > 5000
