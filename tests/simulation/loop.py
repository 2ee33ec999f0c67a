"""A loop without real time: its clock goes on when nobody has anything to do, and only then.

So a time-out never strikes because the machine is busy, and a wait costs nothing. What would be
done in a thread is done in place, because a thread ends in real time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from selectors import BaseSelector, DefaultSelector, SelectorKey
from typing import Any


class TurnedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._impatient = Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            # Whatever it is, it is the caller's.
            done.set_exception(error)
        return done


class Impatient(BaseSelector):
    """Waits for nothing but a wake-up: any other wait is over at once, and time has passed."""

    def __init__(self) -> None:
        self._real = DefaultSelector()
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Any:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            return self._real.select()
        self.now += max(timeout, 0)
        return self._real.select(0)
