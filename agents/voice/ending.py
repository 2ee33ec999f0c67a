"""How a conversation ends: the first reason counts, last words come before the line closes."""

import asyncio
from datetime import timedelta
from typing import Protocol

from agents.voice.call import EndedBy


class Pipeline(Protocol):
    """What an ending needs of the running pipeline."""

    async def say_last(self, text: str | None) -> None:
        """Speak this after all that is being said, uninterrupted, then end; None only ends."""
        ...


class Ending:
    """`cut` is set when the line must be closed at once, whatever is being said."""

    def __init__(self, pipeline: Pipeline, *, last_words: timedelta) -> None:
        self._pipeline = pipeline
        self._last_words = last_words
        self._reason: EndedBy | None = None
        self._guard: asyncio.TimerHandle | None = None
        self.cut = asyncio.Event()

    @property
    def begun(self) -> bool:
        return self._reason is not None

    @property
    def reason(self) -> EndedBy | None:
        return self._reason

    def because(self, reason: EndedBy) -> None:
        """Name the reason, unless an earlier one stands."""
        if self._reason is None:
            self._reason = reason

    def at_once(self, reason: EndedBy) -> None:
        self.because(reason)
        self.cut.set()

    def expect(self, within: timedelta | None = None) -> None:
        """From now on the end must come within this, or within the time for last words."""
        if self._guard is None:
            loop = asyncio.get_running_loop()
            span = self._last_words if within is None else within
            self._guard = loop.call_later(span.total_seconds(), self.cut.set)

    async def politely(
        self, reason: EndedBy, text: str | None, *, within: timedelta | None = None
    ) -> None:
        """Say the last words, then hang up."""
        if self.begun:
            return
        self.because(reason)
        self.expect(within)
        await self._pipeline.say_last(text)

    def close(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
