"""What the model is asked: nothing before the opener was heard, and nothing once it is over."""

from collections.abc import Callable
from typing import cast

from pipecat.frames.frames import Frame, LLMContextFrame
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor


class Gate(FrameProcessor):
    """Stands before the model; the words of broken-off sentences join the context here.

    pipecat drops a sentence that was cut, so the model would not know what the person has heard.
    """

    def __init__(self, *, may_think: Callable[[], bool]) -> None:
        super().__init__(name="gate")
        self._may_think = may_think
        self._cut: list[str] = []

    def remember_cut(self, text: str) -> None:
        self._cut.append(text)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            self._restore(frame.context)
            if not self._may_think():
                return
        await self.push_frame(frame, direction)

    def _restore(self, context: LLMContext) -> None:
        if not self._cut:
            return
        heard = cast(
            "LLMContextMessage", {"role": "assistant", "content": " ".join(self._cut) + " —"}
        )
        self._cut.clear()
        messages = list(context.messages)
        context.set_messages([*messages[:-1], heard, *messages[-1:]])
