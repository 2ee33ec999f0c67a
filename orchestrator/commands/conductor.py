"""Moves the demo's two clocks: real time while anything is under way, else to the next event."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.commands.demo_world import SimulatedWorld
from storage import clock, idleness
from storage.database import transaction
from storage.idleness import Due

LOOK_EVERY_S = 0.02
LOOK_SELDOM_S = 0.3
"""While something goes on for longer: looking takes from the processors that calls need."""
MOMENT = timedelta(milliseconds=50)
INTERVAL = timedelta(seconds=15)
"""What becomes due within it is done together, as by duties that come at intervals."""
LATE: Mapping[str, timedelta] = MappingProxyType(
    {"promised": timedelta(0), "planned": timedelta(minutes=5)}
)
"""The same by kind: calls that overlap save real time, but one that was promised is punctual."""
CALM_LOOKS = 2
"""Both sides must be idle this often in a row: a webhook may be between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    database: AsyncEngine
    world: SimulatedWorld
    ends_at: datetime
    """Business time at which the demo ends, whatever is still planned."""
    look: Callable[[datetime], Awaitable[None]]
    """Called with business time at each look; draws the display."""
    nudge: Callable[[Collection[str]], Awaitable[None]]
    """Called with the duties for which something is due: they need not wait for their interval."""

    async def conduct(self) -> datetime:
        """Play until nothing is left to happen or `ends_at`; return the business time then."""
        calm, busy_looks = 0, 0
        while True:
            async with transaction(self.database) as tx:
                now = await clock.now(tx)
                under_way = await idleness.busy(tx)
                due = await idleness.due(tx)
            world = await self.world.clock()
            under_way = under_way or world.busy
            await self.look(now)
            if now >= self.ends_at and not under_way:
                return now
            busy_looks = busy_looks + 1 if under_way else 0
            if under_way:
                calm = 0
            elif due and due[0].at <= now:
                calm = 0
                await self.nudge(_waiting(due, now))
            else:
                calm += 1
            if calm < CALM_LOOKS:
                await asyncio.sleep(min(LOOK_EVERY_S * max(1, busy_looks), LOOK_SELDOM_S))
                continue
            calm = 0
            to = _next_stop(due, world.next_at)
            if to is None:
                return now
            to = min(to, self.ends_at)
            await self._move(to, world.now)
            if waiting := _waiting(due, to):
                await self.nudge(waiting)

    async def _move(self, to: datetime, world_now: datetime) -> None:
        """The world first: were ours ahead, its witness would see our morning in its night.

        A clock that is there already, or within the moment that asking takes, is left alone.
        """
        if to > world_now + MOMENT:
            await self.world.move_clock(to)
        async with transaction(self.database) as tx:
            if to > await clock.now(tx) + MOMENT:
                await clock.move(tx, to)


def _next_stop(due: Sequence[Due], world_next: datetime | None) -> datetime | None:
    """Where to jump, a little behind what comes first; None when nothing ever will."""
    stops = [one.at + LATE.get(one.kind, INTERVAL) for one in due]
    if world_next is not None:
        stops.append(world_next + INTERVAL)
    return min(stops, default=None)


def _waiting(due: Sequence[Due], now: datetime) -> frozenset[str]:
    """The duties that have something to do at `now`."""
    return frozenset(name for one in due if one.at <= now for name in one.duties)
