"""A process of the product: it steps when it is told to, and dies between any two commits."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from agents.model import LanguageModel
from channels.base import Channel
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.duties import outward_duties
from orchestrator.engine.library import Library
from orchestrator.engine.limits import Limits
from orchestrator.engine.tick import Ticker
from orchestrator.engine.way_back import AFTERMATH, DUTIES
from outreach.channel import ChannelName
from storage.database import Moment, with_hook
from tests.law import RULEBOOK
from tests.simulation.steering import Steered

Between = Callable[[], Awaitable[None]]


class Died(BaseException):
    """The process died here: nothing in it runs any further."""


def in_order(tasks: Collection[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
    """As they were begun: a set of tasks has the order of their addresses in memory."""
    return sorted(tasks, key=lambda one: int(one.get_name().removeprefix("Task-")))


class Jobs:
    """Side work as rows of the caller's transaction; the play does it, at least once."""

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        await tx.execute(
            text(
                "INSERT INTO steered.jobs (task, ids, due_at)"
                " SELECT :task, cast(:ids AS jsonb), clock_timestamp() + shift FROM clock"
            ),
            {"task": task, "ids": json.dumps(dict(ids))},
        )


@dataclass(slots=True, eq=False)
class Life:
    """Whether a process still lives, and what happens at its commits."""

    between: Between
    """Done after a commit, when it is somebody else's turn for a moment."""
    dies_in: int | None = None
    """So many moments at which a crash matters are still survived; None: it lives on."""
    dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self) -> None:
        """Nothing of a dead process goes on."""
        if self.dead:
            raise Died

    async def hook(self, moment: Moment, tx: AsyncConnection) -> None:
        self.check()
        if self.dies_in is not None:
            if self.dies_in <= 0:
                self.dead = True
                self.died.set()
                raise Died(moment)
            self.dies_in -= 1
        if moment == "after_commit":
            await self.between()


@dataclass(slots=True, eq=False)
class Process:
    """One of several; which one steps is drawn from the seed."""

    ctx: Context
    ticker: Ticker
    life: Life

    @property
    def id(self) -> UUID:
        return self.ctx.process_id

    async def step(self, act: Callable[["Process"], Awaitable[object]]) -> object:
        """Do it to its end or to the process's own; None in that case."""
        main = asyncio.current_task()
        doing = asyncio.ensure_future(act(self))
        dying = asyncio.ensure_future(self.life.died.wait())
        await asyncio.wait([doing, dying], return_when=asyncio.FIRST_COMPLETED)
        if self.life.dead:
            # Whoever was just giving back the connection still does.
            for _ in range(10):
                await asyncio.sleep(0)
            left = [one for one in in_order(asyncio.all_tasks()) if one is not main]
            for one in left:
                one.cancel()
            await asyncio.gather(doing, *left, return_exceptions=True)
            return None
        dying.cancel()
        self.life.dies_in = None
        return await doing

    def duties(self) -> dict[str, Callable[["Process"], Awaitable[object]]]:
        """Everything that a process does again and again, besides jobs and heartbeats."""
        ways_back = {name: _way_back(name) for name in DUTIES if name != "side_jobs"}
        outward = {one.name: _outward(one.name) for one in outward_duties(*self._ways())}
        return {**outward, **ways_back, "tick": _tick}

    def _ways(self) -> tuple[Context, Ticker, Aftermath]:
        return self.ctx, self.ticker, AFTERMATH


def _outward(name: str) -> Callable[[Process], Awaitable[object]]:
    async def do(process: Process) -> object:
        found = {one.name: one.do for one in outward_duties(*process._ways())}
        return await found[name]()

    return do


def _way_back(name: str) -> Callable[[Process], Awaitable[object]]:
    return lambda process: DUTIES[name](process.ctx)


async def _tick(process: Process) -> int:
    claimed = await process.ticker.tick()
    await process.ticker.idle()
    return claimed


@dataclass(slots=True, kw_only=True)
class Machines:
    """Starts processes; all that is random in them comes from the seed."""

    steered: Steered
    rng: Random
    limits: Limits
    model: LanguageModel
    recordings: Path
    library: Library = field(default_factory=Library)

    def start(
        self, channels: Callable[[Life], Mapping[ChannelName, Channel]], between: Between
    ) -> Process:
        life = Life(between)
        ctx = Context(
            database=with_hook(self.steered.engine, life.hook),
            channels=channels(life),
            model=self.model,
            random_bytes=self.rng.randbytes,
            process_id=UUID(bytes=self.rng.randbytes(16), version=4),
            rulebook=RULEBOOK,
            limits=self.limits,
            boottime=self.steered.boottime,
            side_work=Jobs(),
            recordings=self.recordings,
            library=self.library,
        )
        return Process(ctx, Ticker(ctx, Dispatcher(ctx, AFTERMATH)), life)
