"""A bad day for the machine: rows in any order that SQL allows, other plans, clocks that leap.

Nothing here comes from the seed: whoever plays a seed among all this must still see the same.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import SystemRandom
from typing import Any, Final, Self

import pytest

from tests.simulation.driver import PlainCursor
from tests.simulation.steering import Steered

CHAOS: Final = SystemRandom()
CLOCKS: Final = ("monotonic", "perf_counter", "time", "clock_gettime")
PLANNER: Final = (
    "enable_seqscan",
    "enable_hashjoin",
    "enable_mergejoin",
    "enable_nestloop",
    "enable_bitmapscan",
    "enable_hashagg",
    "enable_memoize",
)
INNERMOST: Final = re.compile(r"\([^()]*\)|--[^\n]*")


class ShakenCursor(PlainCursor):
    """Gives rows that no ORDER BY sorts in another order every time, and stalls now and then."""

    _shaken: list[Any] | None = None

    def execute(self, query: Any, params: Any = None, **more: Any) -> Self:
        if CHAOS.random() < 0.01:
            time.sleep(CHAOS.random() / 50)
        self._shaken = None
        super().execute(query, params, **more)
        if self.description and self.rowcount > 1 and not is_sorted(str(query)):
            self._shaken = super().fetchall()
            CHAOS.shuffle(self._shaken)
        return self

    def fetchone(self) -> Any:
        if self._shaken is None:
            return super().fetchone()
        return self._shaken.pop(0) if self._shaken else None

    def fetchmany(self, size: int = 0) -> list[Any]:
        if self._shaken is None:
            return super().fetchmany(size)
        taken, self._shaken = self._shaken[: size or 1], self._shaken[size or 1 :]
        return taken

    def fetchall(self) -> list[Any]:
        if self._shaken is None:
            return super().fetchall()
        return self.fetchmany(len(self._shaken) or 1)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


def is_sorted(query: str) -> bool:
    """Whether its rows have an order: what stands in brackets says nothing about it."""
    while (outer := INNERMOST.sub(" ", query)) != query:
        query = outer
    return "ORDER BY" in query


@contextmanager
def leaping_clocks() -> Iterator[None]:
    """Every real clock goes on by up to a minute whenever it is read."""
    leapt = 0.0

    def leaping(real: Callable[..., float]) -> Callable[..., float]:
        def read(*which: int) -> float:
            nonlocal leapt
            leapt += CHAOS.choice([0, 0, 0, 0.6, 60])
            return real(*which) + leapt

        return read

    with pytest.MonkeyPatch.context() as patch:
        for name in CLOCKS:
            patch.setattr(time, name, leaping(getattr(time, name)))
        yield


async def other_plans(steered: Steered) -> None:
    """The planner goes other ways than it would, as it does when its statistics are others."""
    for name in PLANNER:
        await steered.run(f"SET {name} = {CHAOS.choice(['on', 'off'])}")
    await steered.run("DISCARD PLANS")
