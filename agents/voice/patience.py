"""How long does a call wait for an answer of the model or the voice?"""

import asyncio
from collections.abc import Callable
from datetime import timedelta


class Patience:
    """One answer at a time is expected; what does not come `within` has failed."""

    def __init__(self, *, within: timedelta, lost: Callable[[], None]) -> None:
        self._within_s = within.total_seconds()
        self._lost = lost
        self._overdue: asyncio.TimerHandle | None = None

    def expect(self) -> None:
        self.in_time()
        self._overdue = asyncio.get_running_loop().call_later(self._within_s, self._lost)

    def in_time(self) -> None:
        """It came, or nothing is expected any more."""
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
