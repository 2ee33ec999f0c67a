"""The clock of one process: APScheduler runs each duty at its interval, and never a lead's job."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from channels.base import Unavailable
from orchestrator.engine.context import Context
from orchestrator.engine.duties import Duty
from storage.duties import alone

log = structlog.get_logger(__name__)

JITTER: Final = 0.2
"""Part of the interval by which runs are shifted at random, so that processes do not march."""


class Scheduler:
    """Runs duties until it is stopped. A duty never overlaps itself within a process."""

    def __init__(self, ctx: Context, duties: Sequence[Duty]) -> None:
        self._ctx = ctx
        self._duties = {duty.name: duty for duty in duties}
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._runs = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        """Begin; needs the running event loop."""
        for duty in self._duties.values():
            seconds = duty.every.total_seconds()
            self._scheduler.add_job(
                self._doing(duty),
                # Whole seconds are all that a trigger counts exactly; below, jitter is noise.
                IntervalTrigger(seconds=seconds, jitter=seconds * JITTER, timezone=UTC),
                id=duty.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    async def run(self, name: str) -> None:
        """Do one duty now, beside its interval."""
        await self._doing(self._duties[name])()

    async def run_each(self, names: Collection[str]) -> None:
        """Do these duties now, beside their intervals; returns when all are done."""
        await asyncio.gather(*(self.run(name) for name in names))

    def silence(self, name: str) -> None:
        """Do a duty no more."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    async def stop(self) -> None:
        """Begin no further run; those that are under way may end while a request may last."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ctx.limits.http_timeout.total_seconds()):
                await self._idle.wait()
        self._scheduler.shutdown(wait=False)

    def _doing(self, duty: Duty) -> Callable[[], Awaitable[None]]:
        async def do() -> None:
            self._runs += 1
            self._idle.clear()
            try:
                await self._once(duty)
            except (SQLAlchemyError, PoolTimeout, OSError, Unavailable):
                # The database or a provider is away for a moment: the next run tries again.
                log.warning("duty failed", duty=duty.name, exc_info=True)
            finally:
                self._runs -= 1
                if not self._runs:
                    self._idle.set()

        return do

    async def _once(self, duty: Duty) -> None:
        if not duty.alone:
            await duty.do()
            return
        async with alone(self._ctx.database, duty.name) as mine:
            if mine:
                await duty.do()
