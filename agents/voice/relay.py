"""When a service fails amid a call, who takes over?"""

from collections.abc import Sequence
from typing import Any

from pipecat.frames.frames import ErrorFrame
from pipecat.pipeline.llm_switcher import LLMSwitcher
from pipecat.pipeline.service_switcher import ServiceSwitcher, ServiceSwitcherStrategyFailover
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import LLMService


class AtOnce(ServiceSwitcherStrategyFailover):
    """pipecat's own waits until a service has given itself up; a person on the phone does not.

    Nobody goes back: who has failed once in a call is not tried again in it.
    """

    async def handle_error(self, error: ErrorFrame) -> FrameProcessor | None:
        at = self.services.index(self.active_service)
        for following in self.services[at + 1 :]:
            if following.is_usable:
                return await self._set_active_if_available(following)
        return None


def one_of(services: Sequence[FrameProcessor]) -> FrameProcessor:
    """The first as long as it works, then the next."""
    return services[0] if len(services) == 1 else ServiceSwitcher(list(services), AtOnce)


def one_model_of(models: Sequence[LLMService[Any]]) -> FrameProcessor:
    return models[0] if len(models) == 1 else LLMSwitcher(list(models), AtOnce)
