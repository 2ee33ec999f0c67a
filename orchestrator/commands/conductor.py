"""Moves the demo's two clocks: real time while anything is under way, else to the next event."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.commands.demo_world import SimulatedWorld
from storage import clock, idleness
from storage.database import transaction

LOOK_EVERY_S = 0.03
MOMENT = timedelta(milliseconds=50)
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
    nudge: Callable[[], Awaitable[None]]
    """Called when something of ours is due: it need not wait for its duty's interval."""

    async def conduct(self) -> datetime:
        """Play until nothing is left to happen or `ends_at`; return the business time then."""
        calm = 0
        while True:
            async with transaction(self.database) as tx:
                now = await clock.now(tx)
                busy = await idleness.busy(tx)
                due_at = await idleness.next_due(tx)
            world = await self.world.clock()
            await self.look(now)
            if now >= self.ends_at and not busy and not world.busy:
                return now
            if busy or world.busy:
                calm = 0
            elif due_at is not None and due_at <= now:
                calm = 0
                await self.nudge()
            else:
                calm += 1
            if calm < CALM_LOOKS:
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            calm = 0
            upcoming = [at for at in (due_at, world.next_at) if at is not None]
            if not upcoming:
                return now
            to = min(self.ends_at, *upcoming)
            await self._move(to, world.now)
            if due_at is not None and due_at <= to:
                await self.nudge()

    async def _move(self, to: datetime, world_now: datetime) -> None:
        """The world first: were ours ahead, its witness would see our morning in its night.

        A clock that is there already, or within the moment that asking takes, is left alone.
        """
        if to > world_now + MOMENT:
            await self.world.move_clock(to)
        async with transaction(self.database) as tx:
            if to > await clock.now(tx) + MOMENT:
                await clock.move(tx, to)
