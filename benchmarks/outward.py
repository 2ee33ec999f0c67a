"""The real engine at work in a process of its own, against a provider that answers in a moment."""

import asyncio
import multiprocessing
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from channels.base import CallOrder, Finding, Inquiry, NoAnswer, Order, ProviderRef
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.intake import Intake
from orchestrator.engine.limits import Limits
from orchestrator.engine.tick import Ticker
from orchestrator.engine.way_back import AFTERMATH
from orchestrator.law.reading import read_rulebook
from outreach.channel import ChannelName
from outreach.reports import CallReported, Delivery
from storage import processes
from storage.database import open_engine, transaction
from storage.processes import Process

JITTER_S = 0.01
"""At most so long takes the provider to answer, and at most so long does a call ring."""
WARM_UP_S = 2.0
AGAIN_S = 0.01
"""Between two ticks: as if whoever made room had said so."""


class NoSideWork:
    """Nobody answers here, so nothing is to be read."""

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        return


@dataclass(slots=True)
class Provider:
    """Takes every call after 0 to 10 ms and says 0 to 10 ms later that nobody answered."""

    ended: Callable[[Delivery], Awaitable[None]]
    rng: random.Random
    simulated: bool = True
    started: list[tuple[float, UUID]] = field(default_factory=list)
    """When each order came, by the machine's clock."""
    ringing: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, order: Order) -> ProviderRef:
        assert isinstance(order, CallOrder)
        self.started.append((time.time(), order.attempt_id))
        await asyncio.sleep(self.rng.random() * JITTER_S)
        ref = f"CA{order.attempt_id.hex}"
        task = asyncio.create_task(self._ring(order.attempt_id, ref))
        self.ringing.add(task)
        task.add_done_callback(self.ringing.discard)
        return ProviderRef(ref=ref, status="queued")

    async def _ring(self, attempt_id: UUID, ref: str) -> None:
        await asyncio.sleep(self.rng.random() * JITTER_S)
        report = CallReported(attempt_id=attempt_id, provider_ref=ref, status="no-answer")
        await self.ended(Delivery(source="bench", key=f"call:{ref}", report=report, payload={}))

    async def find(self, inquiry: Inquiry) -> Finding:
        return NoAnswer(reason="not_asked")

    async def end(self, ref: str, from_: str) -> None:
        return

    async def close(self) -> None:
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one process of the engine is to do."""

    url: str
    seconds: float
    """How long is counted, after the warm-up."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What it did while it was counted, and in all."""

    ended: int
    started: Sequence[tuple[float, UUID]]
    """All orders that the provider was given, with the time of each."""
    all_ended: int
    processor_s: float
    """Processor time of this process, for all of them."""


def context(engine: AsyncEngine, provider: Provider) -> Context:
    """A process of the engine, whose only channel is this provider."""
    return Context(
        database=engine,
        channels={ChannelName.VOICE: provider},
        model=None,
        random_bytes=secrets.token_bytes,
        process_id=uuid4(),
        limits=Limits(process_silence=timedelta(hours=1)),
        rulebook=read_rulebook(),
        side_work=NoSideWork(),
        recordings=Path("unused"),
    )


async def at_work(job: Job, wait_for_go: Callable[[], Awaitable[None]]) -> Done:
    """Claim, gate, start and end for as long as the job says, then finish what has begun."""
    engine = await open_engine(job.url, pool_size=20)
    counted = Counted()
    provider = Provider(ended=counted.end, rng=random.Random(job.seed))
    ctx = context(engine, provider)
    counted.receive = Intake(ctx).receive
    async with transaction(engine) as tx:
        await processes.beat(tx, Process(id=ctx.process_id, roles=["voice"], voice_slots=10_000))
    ticker = Ticker(ctx, Dispatcher(ctx, AFTERMATH))
    await wait_for_go()
    began = time.process_time()
    begins_at = time.perf_counter() + WARM_UP_S
    ends_at = begins_at + job.seconds
    counted.window = (begins_at, ends_at)
    while time.perf_counter() < ends_at:
        await ticker.tick()
        await asyncio.sleep(AGAIN_S)
    await ticker.idle()
    while provider.ringing:
        await asyncio.wait(provider.ringing)
    used = time.process_time() - began
    await engine.dispose()
    return Done(
        ended=counted.inside,
        started=provider.started,
        all_ended=counted.all,
        processor_s=used,
    )


@dataclass(slots=True)
class Counted:
    """Counts the calls whose end has been taken in."""

    receive: Callable[[Delivery], Awaitable[None]] | None = None
    window: tuple[float, float] = (0.0, 0.0)
    inside: int = 0
    all: int = 0

    async def end(self, delivery: Delivery) -> None:
        assert self.receive is not None
        await self.receive(delivery)
        self.all += 1
        self.inside += self.window[0] <= time.perf_counter() < self.window[1]


def together(target: Callable[[Connection, Job], None], jobs: Sequence[Job]) -> list[Done]:
    """Run these side by side, each in a fresh process; the clock starts when all are ready."""
    spawn = multiprocessing.get_context("spawn")
    running = []
    for job in jobs:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=target, args=(theirs, job))
        process.start()
        theirs.close()
        running.append((process, ours))
    for _, pipe in running:
        pipe.recv()
    for _, pipe in running:
        pipe.send("go")
    found = [pipe.recv() for _, pipe in running]
    for process, _ in running:
        process.join()
    return found


def engine_process(pipe: Connection, job: Job) -> None:
    """Entry of a process: the engine."""
    pipe.send(asyncio.run(at_work(job, partial(go, pipe))))


async def go(pipe: Connection) -> None:
    """Say that this process is ready, and wait for all others."""
    pipe.send("ready")
    await asyncio.to_thread(pipe.recv)
