"""What a machine is left: one message, after its greeting and its beep."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta


class MachineMessage:
    """Waits until the machine records, then has the message spoken, once.

    It records from its beep on; where none is heard, after `beep_within` of silence.
    """

    def __init__(
        self, text: str | None, *, beep_within: timedelta, speak: Callable[[str], Awaitable[None]]
    ) -> None:
        self._text = text
        self._beep_within = beep_within
        self._speak = speak
        self._wanted = False
        self._begun = False
        self._beeped = False
        """Since it last spoke."""
        self._silent: asyncio.TimerHandle | None = None
        self._speaking: asyncio.Task[None] | None = None
        self.left = False
        """Whether it was spoken to its end."""

    async def wait_for_beep(self, *, it_speaks: bool) -> bool:
        """A machine answers. False when there is nothing to leave."""
        if self._text is None:
            return False
        self._wanted = True
        if self._beeped:
            await self._begin()
        elif not it_speaks:
            self._listen()
        return True

    def it_speaks(self) -> None:
        """Its greeting goes on."""
        self._beeped = False
        self._stop_listening()

    def it_pauses(self) -> None:
        if self._wanted:
            self._listen()

    async def beeped(self) -> None:
        self._beeped = True
        if self._wanted:
            await self._begin()

    def said(self, text: str) -> None:
        """A sentence was played to its end."""
        if self._begun and self._text is not None and self._text.endswith(text.strip()):
            self.left = True

    def close(self) -> None:
        self._stop_listening()

    def _listen(self) -> None:
        self._stop_listening()
        loop = asyncio.get_running_loop()
        self._silent = loop.call_later(self._beep_within.total_seconds(), self._no_beep)

    def _no_beep(self) -> None:
        self._speaking = asyncio.create_task(self._begin())

    def _stop_listening(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None

    async def _begin(self) -> None:
        self._stop_listening()
        if self._begun or self._text is None:
            return
        self._begun = True
        await self._speak(self._text)
