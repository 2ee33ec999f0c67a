"""When is a provider or a number taken out of use for a while, and how does it come back?

A breaker is closed while all goes well. It opens when too large a share of the orders of the last
two minutes failed; nothing starts then. After a rest it opens half: a few orders are let through.
If they all succeed it closes, and if one fails it opens again for longer. Times are machine time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    window: timedelta = timedelta(seconds=120)
    least_calls: int = 5
    """Fewer orders than this prove nothing."""
    percent: int = 50
    """Of the orders that failed."""
    rest: timedelta = timedelta(seconds=30)
    """How long it stays open the first time; twice as long each further time in a row."""
    longest_rest: timedelta = timedelta(minutes=10)
    probes: int = 3
    """Orders that are let through while it is half open."""
    probe_wait: timedelta = timedelta(minutes=2)
    """After this without an answer to the probes, others are let through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Orders that were answered in the window, and how many of them failed."""

    calls: int = 0
    failures: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(calls=self.calls + other.calls, failures=self.failures + other.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    state: State = State.CLOSED
    until: datetime | None = None
    """Open: when it opens half. Half open: when other probes are let through. Closed: None."""
    openings: int = 0
    """How often in a row it has opened."""
    probes: int = 0
    """Orders let through since it is half open."""

    def room(self, policy: Policy) -> int | None:
        """How many orders may be given now; None: as many as you like."""
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return 0
            case State.HALF_OPEN:
                return max(policy.probes - self.probes, 0)


def is_failing(tally: Tally, policy: Policy) -> bool:
    """Whether so many orders failed that it is no accident."""
    enough = tally.calls >= policy.least_calls
    return enough and tally.failures * 100 >= policy.percent * tally.calls


def is_provider_failing(senders: Collection[Tally], policy: Policy) -> bool:
    """Whether it is the provider and not one number: all together fail, and not only one of many.

    Where one number alone has been used nobody can tell, and the provider is taken for the cause.
    """
    used = [tally for tally in senders if tally.calls]
    failing = [tally for tally in used if tally.failures]
    together = sum(used, Tally())
    return is_failing(together, policy) and (len(used) == 1 or len(failing) > 1)


def judge(breaker: Breaker, failing: bool, tally: Tally, now: datetime, policy: Policy) -> Breaker:
    """The breaker as it should be now; the same one where nothing changes.

    `tally` counts what was answered since it last changed; `failing` is the verdict on it.
    """
    match breaker.state:
        case State.CLOSED:
            return _opened(breaker, now, policy) if failing else breaker
        case State.OPEN:
            return _half_opened(breaker, now, policy) if _is_past(breaker, now) else breaker
        case State.HALF_OPEN:
            if tally.failures:
                return _opened(breaker, now, policy)
            past = _is_past(breaker, now)
            # Where fewer were due than may be let through, those that succeeded are enough.
            if tally.calls >= policy.probes or (past and tally.calls):
                return Breaker()
            return _half_opened(breaker, now, policy) if past else breaker


def _is_past(breaker: Breaker, now: datetime) -> bool:
    return breaker.until is None or now >= breaker.until


def _opened(breaker: Breaker, now: datetime, policy: Policy) -> Breaker:
    # The exponent is bounded, because a span that has overflowed would be no span at all.
    rest = min(policy.rest * 2 ** min(breaker.openings, 16), policy.longest_rest)
    return Breaker(state=State.OPEN, until=now + rest, openings=breaker.openings + 1)


def _half_opened(breaker: Breaker, now: datetime, policy: Policy) -> Breaker:
    until = now + policy.probe_wait
    return Breaker(state=State.HALF_OPEN, until=until, openings=breaker.openings)
