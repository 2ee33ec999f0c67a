"""Counts what the services of one call were given, as pipecat measures it."""

from typing import Any

from pipecat.frames.frames import Frame, MetricsFrame
from pipecat.metrics.metrics import LLMUsageMetricsData, STTUsageMetricsData, TTSUsageMetricsData

from agents.voice.wish import SpeechServices
from outreach.prices import Used


class Meter:
    """Each service tells its own usage, each time once; what others pass on is not counted."""

    def __init__(self, services: SpeechServices) -> None:
        self._heard_s = 0.0
        self._characters = 0
        self._input = 0
        self._output = 0
        for service in (*services.stt, *services.llm, *services.tts):
            service.add_event_handler("on_before_push_frame", self._pushed)

    @property
    def used(self) -> Used:
        return Used(
            heard_ms=round(self._heard_s * 1000),
            spoken_characters=self._characters,
            input_tokens=self._input,
            output_tokens=self._output,
        )

    async def _pushed(self, service: Any, frame: Frame) -> None:
        if not isinstance(frame, MetricsFrame):
            return
        for one in frame.data:
            if one.processor != service.name:
                continue
            match one:
                case STTUsageMetricsData():
                    self._heard_s += one.value.audio_seconds
                case LLMUsageMetricsData():
                    self._input += one.value.prompt_tokens
                    self._output += one.value.completion_tokens
                case TTSUsageMetricsData():
                    self._characters += one.value
