"""How many may start now so that a rate is never exceeded: a token bucket kept as one moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One start each `emission`, at most `burst` at once; an emission of zero is no limit."""

    emission: timedelta
    burst: int
    spent_until: datetime | None
    """Everything up to here is used up; None when nothing ever was."""

    def free(self, now: datetime, at_most: int) -> int:
        """How many may start at `now`, and never more than `at_most`."""
        if not self.emission:
            return at_most
        return min(at_most, max((now - self._spent(now)) // self.emission, 0))

    def after(self, now: datetime, count: int) -> datetime | None:
        """`spent_until` once `count` have started at `now`."""
        if not self.emission or not count:
            return self.spent_until
        return self._spent(now) + self.emission * count

    def _spent(self, now: datetime) -> datetime:
        full = now - self.emission * self.burst
        return full if self.spent_until is None else max(self.spent_until, full)
