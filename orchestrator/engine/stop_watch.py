"""Has an operator stopped everything since the gate let this order pass?

The gate reads the stop in its own transaction; what has passed may still wait here for room. So
before an order leaves, the stop must have been read within the last half second. NOTIFY is only a
hint that makes the next reading due at once.
"""

import asyncio
from dataclasses import dataclass, field

from orchestrator.engine.context import Context
from storage import operator_stop
from storage.database import transaction


@dataclass(slots=True, eq=False)
class StopWatch:
    ctx: Context
    _read_at: float = float("-inf")
    _stopped: bool = False
    _told_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def look_again(self) -> None:
        """Something may have changed: trust no earlier reading."""
        self._told_at = self.ctx.boottime()

    async def forbids(self, passed_at: float) -> bool:
        """Whether what the gate let pass at `passed_at` (CLOCK_BOOTTIME) must stay here."""
        if passed_at >= self._oldest():
            return False
        async with self._reading:
            if self._read_at < self._oldest():
                began_at = self.ctx.boottime()
                async with transaction(self.ctx.database) as tx:
                    self._stopped = await operator_stop.is_stopped(tx)
                self._read_at = began_at
            return self._stopped

    def _oldest(self) -> float:
        oldest = self.ctx.boottime() - self.ctx.limits.stop_read_every.total_seconds()
        return max(oldest, self._told_at)
