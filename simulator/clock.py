"""What time is it for the carrier, and who waits for which moment."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Woken tasks get this many turns of the loop to plan what follows before a move goes on.
_TURNS_AFTER_WAKING = 20


class BackwardsMove(ValueError):
    """Somebody asked the clock to go back."""


@dataclass(slots=True, eq=False)
class _Timer:
    due_at: datetime
    number: int
    woken: asyncio.Future[None]
    handle: asyncio.TimerHandle | None = None


class Clock:
    """Virtual time: it runs as fast as real time, and jumps forward when told."""

    def __init__(self, *, start: datetime | None = None, speed: float = 1.0) -> None:
        """`start` None means the machine's own time; `speed` divides the carrier's waits only."""
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.speed = speed
        self._origin_s = time.monotonic()
        self._base = start or datetime.now(UTC)
        self._timers: dict[int, _Timer] = {}
        self._count = 0
        self._moving = asyncio.Lock()

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._base + timedelta(seconds=time.monotonic() - self._origin_s)

    @property
    def next_at(self) -> datetime | None:
        """The earliest moment somebody waits for; None when nobody waits."""
        return min((timer.due_at for timer in self._timers.values()), default=None)

    @property
    def waiting(self) -> int:
        """How many tasks wait for a moment."""
        return len(self._timers)

    async def carrier_wait(self, seconds: float) -> None:
        """Wait as the network does: `speed` times shorter than it would take."""
        await self.sleep(seconds / self.speed)

    async def sleep(self, seconds: float) -> None:
        """Wait virtual seconds that no speed shortens."""
        await self.sleep_until(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, due_at: datetime) -> None:
        if due_at <= self.now():
            await asyncio.sleep(0)
            return
        self._count += 1
        timer = _Timer(due_at, self._count, asyncio.get_running_loop().create_future())
        self._timers[timer.number] = timer
        self._arm(timer)
        try:
            await timer.woken
        finally:
            self._forget(timer)

    async def move(self, to: datetime) -> None:
        """Jump forward; everything due before `to` happens first, in order, each at its own time.

        Raises BackwardsMove when `to` lies in the past.
        """
        async with self._moving:
            if to < self.now():
                raise BackwardsMove("the clock only moves forward")
            while (timer := self._earliest()) is not None and timer.due_at <= to:
                self._jump(timer.due_at)
                self._wake(timer)
                for _ in range(_TURNS_AFTER_WAKING):
                    await asyncio.sleep(0)
            self._jump(to)
            for timer in self._timers.values():
                self._arm(timer)

    def _earliest(self) -> _Timer | None:
        return min(
            self._timers.values(), key=lambda timer: (timer.due_at, timer.number), default=None
        )

    def _jump(self, to: datetime) -> None:
        self._base += max(to - self.now(), timedelta())

    def _arm(self, timer: _Timer) -> None:
        if timer.handle is not None:
            timer.handle.cancel()
        delay_s = max((timer.due_at - self.now()).total_seconds(), 0.0)
        timer.handle = asyncio.get_running_loop().call_later(delay_s, self._wake, timer)

    def _wake(self, timer: _Timer) -> None:
        self._forget(timer)
        if not timer.woken.done():
            timer.woken.set_result(None)

    def _forget(self, timer: _Timer) -> None:
        self._timers.pop(timer.number, None)
        if timer.handle is not None:
            timer.handle.cancel()
