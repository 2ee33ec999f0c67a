"""When the person's turn begins and ends: a voice begins it, a pause ends what is understood."""

from pipecat.frames.frames import Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start import BaseUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy


class AllUnderstood(SpeechTimeoutUserTurnStopStrategy):  # type: ignore[no-untyped-call]
    """For recognizers that give one transcript per pause.

    With two pauses in quick succession pipecat takes the first transcript for the last; the second
    would then come as a turn of its own and interrupt the answer.
    """

    def __init__(self, *, user_speech_timeout: float) -> None:
        super().__init__(user_speech_timeout=user_speech_timeout)
        self._pieces = 0
        """Of speech, not yet understood."""

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            self._pieces += 1
        elif isinstance(frame, TranscriptionFrame):
            self._pieces = max(0, self._pieces - 1)
            frame.finalized = self._pieces == 0
        return await super().process_frame(frame)


class LateWords(BaseUserTurnStartStrategy):  # type: ignore[no-untyped-call]
    """Words that arrive after their turn was given up are answered, but interrupt nobody."""

    def __init__(self) -> None:
        super().__init__(enable_interruptions=False)

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        if isinstance(frame, TranscriptionFrame) and frame.text.strip():
            await self.trigger_user_turn_started()
            return ProcessFrameResult.STOP
        return ProcessFrameResult.CONTINUE
