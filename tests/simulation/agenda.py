"""What happens next: everything that will happen at a moment of its own, in one order."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.processes import Process

Act = Callable[["Process"], Awaitable[object]]


@dataclass(slots=True, order=True)
class Entry:
    at: datetime
    """Business time."""
    place: int
    """In the order in which they were entered; equal moments keep it."""
    name: str = field(compare=False)
    act: Act = field(compare=False)
    again: int = field(compare=False, default=0)
    """How often it is done anew when the process that does it dies: a provider's retries."""
    mortal: bool = field(compare=False, default=True)
    """Whether a process may die of it."""
    early: bool = field(compare=False, default=False)
    """Whether it might as well happen hours before: an operator's click."""


@dataclass(slots=True)
class Agenda:
    entries: list[Entry] = field(default_factory=list)
    _entered: int = 0

    def add(
        self,
        at: datetime,
        name: str,
        act: Act,
        *,
        again: int = 0,
        mortal: bool = True,
        early: bool = False,
    ) -> None:
        self._entered += 1
        entry = Entry(
            at=at, place=self._entered, name=name, act=act, again=again, mortal=mortal, early=early
        )
        heapq.heappush(self.entries, entry)

    def pull(self, until: datetime, early_until: datetime) -> Entry | None:
        """Take what comes next by `until`, else what might as well happen now."""
        if self.entries and self.entries[0].at <= until:
            return self.pop()
        early = [one for one in self.entries if one.early and one.at <= early_until]
        if not early:
            return None
        first = min(early)
        self.entries.remove(first)
        heapq.heapify(self.entries)
        return first

    @property
    def next_at(self) -> datetime | None:
        return self.entries[0].at if self.entries else None

    def pop(self) -> Entry:
        return heapq.heappop(self.entries)
