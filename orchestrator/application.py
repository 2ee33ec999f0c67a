"""One running process: its duties, its web server's routes, its calls, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.websockets import WebSocket

from agents.voice.call import StreamStart
from agents.voice.switchboard import Switchboard
from orchestrator.config import Config
from orchestrator.engine import drain, way_back
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.duties import Duty, beat, heartbeat_duty, outward_duties, renewal_duty
from orchestrator.engine.media import OpenedCall
from orchestrator.engine.mixing import refuse_simulated
from orchestrator.engine.scheduler import Scheduler
from orchestrator.engine.side_work import ProcrastinateWork
from orchestrator.engine.tick import Ticker
from orchestrator.engine.tracing import CONVERSATION, step
from orchestrator.engine.wake import Listener
from orchestrator.providers import speech_settings
from orchestrator.store import Store
from orchestrator.wiring import open_context, side_work_of
from storage import clock
from storage.database import transaction
from storage.processes import Process

log = structlog.get_logger(__name__)

ROLES = ("web", "webhooks", "voice", "scheduler", "worker")
"""What a process may do; by default all of it."""
PARTS_END_WITHIN_S = 30
BEGIN_AGAIN_S = 2
"""Between the end of a part that should never end and its next beginning."""


@dataclass(slots=True, eq=False)
class Application:
    """A process at work. Made by `running`, which also ends it."""

    ctx: Context
    store: Store
    process: Process
    switchboard: Switchboard | None
    ticker: Ticker
    scheduler: Scheduler
    side_work: ProcrastinateWork
    live: set[UUID]
    """Attempts whose conversation this process holds."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stopped: bool = False

    async def start(self) -> None:
        if self.switchboard is not None:
            self.switchboard.warm_up()
        await beat(self.ctx, self.process)
        self.scheduler.start()
        if "scheduler" in self.roles:
            conninfo = self.store.direct_url.replace("+psycopg", "", 1)
            listener = Listener(conninfo=conninfo, wake=self._wake)
            self._keep("listener", listener.listen)
        if "worker" in self.roles:
            self.side_work.register(self.ctx)
            self._keep("worker", self.side_work.work)

    async def _wake(self) -> None:
        """Something has changed: trust no older reading of the stop, and look for work."""
        self.ticker.dispatcher.stop_watch.look_again()
        await asyncio.gather(self.scheduler.run("withdraw"), self.scheduler.run("tick"))

    def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Have it at work until this process stops, whatever ends it before."""

        async def kept() -> None:
            # Not for ever: a library that fails while it is cancelled hides the cancelling.
            while not self._stopped:
                try:
                    await work()
                    log.warning("ended, begins again", work=name)
                except Exception:
                    # The database went away, or a library fell over: nobody else would notice.
                    log.warning("failed, begins again", work=name, exc_info=True)
                await asyncio.sleep(BEGIN_AGAIN_S)

        self._tasks.append(asyncio.create_task(kept(), name=name))

    async def stop(self) -> None:
        """Start nothing new, let live calls end within their limit, give everything back.

        The web server goes on meanwhile: the provider still reports. Again is harmless.
        """
        if self._stopped:
            return
        self._stopped = True
        self.scheduler.silence("tick")
        if not await drain.drain(self.ctx, self.ticker, lambda: self.live):
            log.warning("calls cut off at the end", calls=len(self.live))
        await self.scheduler.stop()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PARTS_END_WITHIN_S)
        if self.switchboard is not None:
            await self.switchboard.close()
        await drain.leave(self.ctx)

    async def converse(self, socket: WebSocket, opened: OpenedCall, start: StreamStart) -> None:
        """Hold one conversation on an accepted socket; returns when it is over."""
        if self.switchboard is None:
            log.error("a call reached a process without voice", attempt_id=opened.call.attempt_id)
            return
        attempt_id = opened.call.attempt_id
        self.live.add(attempt_id)
        try:
            with step(self.ctx.tracer, attempt_id, CONVERSATION):
                await self.switchboard.converse(
                    socket, start, opened.call, tools=opened.tools, journal=opened.journal
                )
        finally:
            self.live.discard(attempt_id)

    async def problems(self) -> dict[str, str]:
        """Why this process should get no work now; empty when it should."""
        found: dict[str, str] = {}
        if self.ticker.draining:
            found["process"] = "is stopping"
        try:
            async with transaction(self.ctx.database) as tx:
                await clock.now(tx)
        except (SQLAlchemyError, PoolTimeout, OSError) as error:
            found["database"] = f"does not answer ({type(error).__name__})"
        return found

    @property
    def roles(self) -> Sequence[str]:
        return self.process.roles


@asynccontextmanager
async def running(
    config: Config, store: Store, roles: Sequence[str] = ROLES
) -> AsyncIterator[Application]:
    """A process at work while the block runs."""
    side_work = side_work_of(store)
    async with open_context(config, store, side_work) as ctx:
        async with transaction(ctx.database) as tx:
            await refuse_simulated(tx, ctx.channels.values())
        application = _assemble(ctx, side_work, config, store, roles)
        await application.start()
        try:
            yield application
        finally:
            await application.stop()


def _assemble(
    ctx: Context,
    side_work: ProcrastinateWork,
    config: Config,
    store: Store,
    roles: Sequence[str],
) -> Application:
    settings = speech_settings(config)
    switchboard = Switchboard(settings=settings) if settings and "voice" in roles else None
    dispatcher = Dispatcher(ctx=ctx, after=way_back.AFTERMATH)
    ticker = Ticker(ctx=ctx, dispatcher=dispatcher)
    process = Process(
        id=ctx.process_id,
        roles=roles,
        media_url=config.media_url,
        voice_slots=ctx.limits.voice_slots if switchboard is not None else 0,
    )
    live: set[UUID] = set()
    duties = [heartbeat_duty(ctx, process), renewal_duty(ctx, live)]
    if "scheduler" in roles:
        duties += outward_duties(ctx, ticker, way_back.AFTERMATH)
        duties += [
            Duty(name=name, every=ctx.limits.duty_every, do=partial(do, ctx))
            for name, do in way_back.DUTIES.items()
        ]
    return Application(
        ctx=ctx,
        store=store,
        process=process,
        switchboard=switchboard,
        ticker=ticker,
        scheduler=Scheduler(ctx, duties),
        side_work=side_work,
        live=live,
    )
