"""The model's tools during a call: each wish goes to the engine, which decides."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import FunctionCallResultProperties
from pipecat.services.llm_service import FunctionCallParams

from agents.tools import SPECS, NoWish, PressKeys, SpeakLanguage, ToolResult, Tools, wish_of

_log = structlog.get_logger(__name__)
_FAILED = ToolResult(
    done=False, say="That could not be done just now; a colleague will take care of it."
)


class Course(Protocol):
    """Who leads the conversation, to its end."""

    async def speak_language(self, language: str) -> ToolResult: ...

    async def press(self, keys: str) -> ToolResult: ...

    async def after_tool(self, name: str, result: ToolResult) -> bool:
        """Whether the model shall speak about the result."""
        ...


class Deeds:
    """Turns function calls into calls of `Tools`, one per name."""

    def __init__(self, tools: Tools, course: Course) -> None:
        self._tools = tools
        self._course = course
        self._running: set[asyncio.Task[ToolResult]] = set()

    def schemas(self, names: Sequence[str]) -> list[FunctionSchema]:
        """What the model is offered."""
        return [self._schema(name) for name in names if name in SPECS]

    async def settle(self) -> None:
        """Wait for deeds whose call was broken off: an opt-out counts whoever hung up first."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def _schema(self, name: str) -> FunctionSchema:
        parameters: Any = SPECS[name].parameters
        return FunctionSchema(
            name=name,
            description=SPECS[name].description,
            properties=parameters["properties"],
            required=parameters["required"],
            handler=self._handle,
        )

    async def _handle(self, params: FunctionCallParams) -> None:
        name = params.function_name
        task = asyncio.create_task(self._do(name, params.arguments))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # The person may speak meanwhile; that cancels the call's frame, never the deed.
        result = await asyncio.shield(task)
        speak = await self._course.after_tool(name, result)
        await params.result_callback(
            {"done": result.done, "result": result.say},
            properties=FunctionCallResultProperties(run_llm=speak),
        )

    async def _do(self, name: str, arguments: Any) -> ToolResult:
        wish = wish_of(name, arguments)
        if isinstance(wish, NoWish):
            return ToolResult(done=False, say=wish.say)
        try:
            match wish:
                case SpeakLanguage(language=language):
                    return await self._course.speak_language(language)
                case PressKeys(keys=keys):
                    return await self._course.press(keys)
                case _:
                    return await self._tools.use(wish)
        except Exception:
            # The model is told, the person hears a sentence, and the log says what happened.
            _log.exception("tool failed", tool=name)
        return _FAILED
