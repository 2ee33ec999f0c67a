"""The parts of one call put together: ear, recognizer, turns, gate, model, voice, mouth."""

from collections.abc import Sequence

import structlog
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
    OutputDTMFFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    TTSUpdateSettingsFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.service_switcher import ServiceSwitcher
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
    UserTurnStoppedMessage,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.settings import LLMSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from agents.voice.call import Limits, Spoken
from agents.voice.conversation import Conversation
from agents.voice.ear import Ear
from agents.voice.gate import Gate
from agents.voice.mouth import Mouth
from agents.voice.mulaw import RATE_HZ
from agents.voice.relay import one_model_of, one_of
from agents.voice.services import language_told
from agents.voice.turns import AllUnderstood, LateWords
from agents.voice.wish import SpeechServices

_log = structlog.get_logger(__name__)
_CANCEL_WITHIN_S = 3.0
_START_WITHIN_S = 10.0


class CallPipeline:
    """What the conversation asks of pipecat, and what pipecat tells the conversation.

    It exists before the line does, so that the services are ready when the person answers;
    `connect` gives it ear and mouth.
    """

    def __init__(self, services: SpeechServices) -> None:
        self._services = services
        self._worker: PipelineWorker | None = None
        self._mouth: Mouth | None = None
        self._gate: Gate | None = None
        self._ear: Ear | None = None

    def connect(
        self,
        conversation: Conversation,
        *,
        ear: Ear,
        mouth: Mouth,
        tools: Sequence[FunctionSchema],
        limits: Limits,
    ) -> None:
        context = LLMContext(tools=list(tools))
        pair = LLMContextAggregatorPair(
            context, user_params=_turns(limits, self._services.stt[0]), realtime_service_mode=False
        )
        self._mouth, self._ear = mouth, ear
        self._gate = Gate(may_think=conversation.may_think)
        hears = one_of(self._services.stt)
        thinks = one_model_of(self._services.llm)
        speaks = one_of(self._services.tts)
        self._worker = PipelineWorker(
            Pipeline(
                [
                    ear,
                    hears,
                    pair.user(),
                    self._gate,
                    thinks,
                    speaks,
                    mouth,
                    pair.assistant(),
                ]
            ),
            params=PipelineParams(
                audio_in_sample_rate=RATE_HZ,
                audio_out_sample_rate=RATE_HZ,
                send_initial_empty_metrics=False,
                enable_usage_metrics=True,
            ),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            cancel_timeout_secs=_CANCEL_WITHIN_S,
            setup_timeout_secs=_START_WITHIN_S,
            start_timeout_secs=_START_WITHIN_S,
            check_dangling_tasks=False,
        )
        self._report_words(conversation)
        self._report(conversation, pair)
        self._make_good(thinks, speaks)

    async def run(self) -> None:
        """Until the call is over."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(self._running())
        await runner.run()

    async def cancel(self) -> None:
        await self._running().cancel(reason="the line is closed")

    async def say(self, text: str) -> None:
        await self._running().queue_frame(TTSSpeakFrame(text))

    async def say_last(self, text: str | None) -> None:
        frames: list[Frame] = []
        if text:
            last = TTSSpeakFrame(text)
            last.interruptible = False
            frames.append(last)
        await self._running().queue_frames([*frames, EndFrame()])

    async def hush(self) -> None:
        if self._ear is not None:
            await self._ear.broadcast_interruption()  # type: ignore[no-untyped-call]

    async def speak_as(self, spoken: Spoken, *, think: bool) -> None:
        voice = TTSSettings(language=spoken.language)
        if spoken.voice is not None:
            voice.voice = spoken.voice
        instructions = LLMSettings(system_instruction=spoken.system_prompt)
        frames: list[Frame] = [
            LLMUpdateSettingsFrame(delta=instructions),
            TTSUpdateSettingsFrame(delta=voice),
        ]
        await self._running().queue_frames([*frames, *([LLMRunFrame()] if think else [])])

    async def press(self, keys: str) -> None:
        # As tones in the audio: a media stream has no message for keys.
        await self._running().queue_frame(OutputDTMFFrame(buttons=[KeypadEntry(k) for k in keys]))

    def remember_cut(self, text: str) -> None:
        if self._gate is not None:
            self._gate.remember_cut(text)

    @property
    def speaking(self) -> bool:
        return self._mouth is not None and self._mouth.speaking

    def mark_played(self, name: str) -> None:
        if self._mouth is not None:
            self._mouth.mark_played(name)

    def _running(self) -> PipelineWorker:
        if self._worker is None:
            raise RuntimeError("the pipeline is not connected to a line")
        return self._worker

    def _report_words(self, conversation: Conversation) -> None:
        """Pass on each transcript before any turn is made of it."""

        async def recognizer_pushes(_stt: object, frame: Frame) -> None:
            if isinstance(frame, TranscriptionFrame):
                # The person's next words void the agent's, not their own.
                frame.interruptible = False
                conversation.understood(frame.text, language_told(frame))

        for recognizer in self._services.stt:
            recognizer.add_event_handler("on_before_push_frame", recognizer_pushes)

    def _make_good(self, thinks: FrameProcessor, speaks: FrameProcessor) -> None:
        """Whoever takes over does once more what has just failed."""

        async def thought(_strategy: object, _service: object) -> None:
            _log.warning("another model takes over")
            await self._running().queue_frame(LLMRunFrame())

        async def spoke(_strategy: object, _service: object) -> None:
            _log.warning("another voice takes over")
            unheard = self._mouth.take_unheard() if self._mouth is not None else []
            await self._running().queue_frames([TTSSpeakFrame(text) for text in unheard])

        if isinstance(thinks, ServiceSwitcher):
            thinks.strategy.add_event_handler("on_service_switched", thought)
        if isinstance(speaks, ServiceSwitcher):
            speaks.strategy.add_event_handler("on_service_switched", spoke)

    def _report(self, conversation: Conversation, pair: LLMContextAggregatorPair) -> None:
        """Pass on what pipecat observes."""

        async def turn_stopped(
            _user: object, _strategy: object, message: UserTurnStoppedMessage
        ) -> None:
            await conversation.person_said(message.content or "")

        async def idle(_user: object) -> None:
            await conversation.silence()

        async def model_pushes(_llm: object, frame: Frame) -> None:
            match frame:
                case LLMFullResponseStartFrame():
                    conversation.model_begins()
                case LLMTextFrame() if frame.text.strip():
                    conversation.model_speaks()

        async def model_pushed(_llm: object, frame: Frame) -> None:
            if isinstance(frame, LLMFullResponseEndFrame):
                await conversation.model_ends()

        async def failed(_worker: object, frame: ErrorFrame) -> None:
            await conversation.failed(self._name(frame.processor))

        pair.user().add_event_handler("on_user_turn_stopped", turn_stopped)
        pair.user().add_event_handler("on_user_turn_idle", idle)
        for model in self._services.llm:
            model.add_event_handler("on_before_push_frame", model_pushes)
            model.add_event_handler("on_after_push_frame", model_pushed)
        self._running().add_event_handler("on_pipeline_error", failed)

    def _name(self, processor: FrameProcessor | None) -> str:
        if processor in self._services.stt:
            return "stt"
        return "tts" if processor in self._services.tts else "llm"


def _turns(limits: Limits, stt: STTService) -> LLMUserAggregatorParams:
    over_s = limits.turn_is_over.total_seconds()
    stop = (
        AllUnderstood(user_speech_timeout=over_s)
        if isinstance(stt, SegmentedSTTService)
        else SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=over_s)
    )
    return LLMUserAggregatorParams(
        # Named here, or pipecat loads its own turn network (measured: 60 MB a call).
        user_turn_strategies=UserTurnStrategies(
            start=[VADUserTurnStartStrategy(), LateWords()],
            stop=[stop],
        ),
        user_turn_stop_timeout=limits.transcript_within.total_seconds(),
        user_idle_timeout=limits.silence_prompt.total_seconds(),
    )
