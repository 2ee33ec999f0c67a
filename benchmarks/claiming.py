"""Claims by themselves: how fast, how cheap when nothing is due, how fair, how exactly paced."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from uuid import UUID

from sqlalchemy import text

from benchmarks.outward import WARM_UP_S, Done, Job, Provider, context, engine_process, go, together
from orchestrator.engine.claim import claim_due
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.tick import Ticker
from orchestrator.engine.way_back import AFTERMATH
from outreach.lead import Work
from outreach.reports import Delivery
from storage import attempts, clock, leads, processes
from storage.database import open_engine, transaction
from storage.processes import Process

IDLE_TICKS = 200
WITHIN_TICKS = 50
AT_ONCE = 500
"""Attempts of one claim where nothing else is measured."""


async def nobody(delivery: Delivery) -> None:
    """No call ends here."""


async def claim_and_close(job: Job, wait_for_go: Callable[[], Awaitable[None]]) -> Done:
    """Claim as much as there is room for and take it back for good, again and again."""
    engine = await open_engine(job.url, pool_size=4)
    ctx = context(engine, Provider(ended=nobody, rng=random.Random(job.seed)))
    async with transaction(engine) as tx:
        await processes.beat(tx, Process(id=ctx.process_id, roles=["voice"], voice_slots=10_000))
    await wait_for_go()
    began = time.process_time()
    until = time.perf_counter() + WARM_UP_S + job.seconds
    inside = all_of_them = 0
    while time.perf_counter() < until:
        haul = await claim_due(ctx, AT_ONCE)
        if not haul.claimed:
            await asyncio.sleep(0.001)
            continue
        await close(ctx, haul.claimed)
        all_of_them += len(haul.claimed)
        inside += len(haul.claimed) * (until - job.seconds <= time.perf_counter() < until)
    used = time.process_time() - began
    await engine.dispose()
    return Done(ended=inside, started=(), all_ended=all_of_them, processor_s=used)


async def close(ctx: Context, ids: Sequence[UUID] | frozenset[UUID]) -> None:
    """As a person takes attempts back: cancelled with their events, lines given back."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        await attempts.cancel(tx, ids, by="bench", reason="taken_back", now=now)
        rows = await tx.execute(
            text("SELECT lead_id FROM attempts WHERE id = ANY(:ids)"), {"ids": list(ids)}
        )
        await leads.set_work(tx, list(rows.scalars()), Work.ENDED, "taken_back")


def claiming_process(pipe: Connection, job: Job) -> None:
    """Entry of a process: claim and close."""
    pipe.send(asyncio.run(claim_and_close(job, partial(go, pipe))))


async def idle_tick_ms(url: str) -> float:
    """Database time of a tick with nothing due, by the server's own clock."""
    engine = await open_engine(url, pool_size=2)
    ctx = context(engine, Provider(ended=nobody, rng=random.Random(0)))
    ticker = Ticker(ctx, Dispatcher(ctx, AFTERMATH))
    async with transaction(engine) as tx:
        # Nobody is due yet: everybody was due an hour ago.
        await tx.execute(text("UPDATE clock SET shift = shift - interval '1 day'"))
    for _ in range(20):
        await ticker.tick()
    before = await _active_ms(url)
    for _ in range(IDLE_TICKS):
        assert await ticker.tick() == 0, "something was due"
    await engine.dispose()
    after = await _active_ms(url)
    engine = await open_engine(url)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE clock SET shift = shift + interval '1 day'"))
    await engine.dispose()
    return (after - before) / IDLE_TICKS


async def _active_ms(url: str) -> float:
    """What statements in this database have taken so far, of sessions that said so."""
    # A session tells at its end, or when it is idle for a second.
    await asyncio.sleep(1.5)
    engine = await open_engine(url)
    async with transaction(engine) as tx:
        row = await tx.execute(
            text("SELECT active_time FROM pg_stat_database WHERE datname = current_database()")
        )
        found: float = row.scalar_one()
    await engine.dispose()
    return found


async def fairness_ticks(url: str) -> int:
    """How many claims it takes until each campaign has had its turn, behind a huge one."""
    engine = await open_engine(url)
    ctx = context(engine, Provider(ended=nobody, rng=random.Random(0)))
    async with transaction(engine) as tx:
        await processes.beat(tx, Process(id=ctx.process_id, roles=["voice"], voice_slots=100_000))
        campaigns = await tx.execute(text("UPDATE campaigns SET served_at = NULL RETURNING id"))
        waiting = set(campaigns.scalars())
    ticks = 0
    while waiting and ticks < WITHIN_TICKS:
        haul = await claim_due(ctx, ctx.limits.claim_batch)
        ticks += 1
        async with transaction(engine) as tx:
            rows = await tx.execute(
                text("SELECT DISTINCT campaign_id FROM attempts WHERE id = ANY(:ids)"),
                {"ids": list(haul.claimed)},
            )
            waiting -= set(rows.scalars())
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM lines"))
        await tx.execute(text("UPDATE attempts SET state = 'planned' WHERE state = 'claimed'"))
    await engine.dispose()
    return ticks


def worst_second(url: str, count: int, seconds: float) -> int:
    """Most orders that the provider got in any one second, from so many processes together."""
    jobs = [Job(url=url, seconds=seconds, seed=seed) for seed in range(count)]
    done = together(engine_process, jobs)
    moments = sorted(at for one in done for at, _ in one.started)
    first, most = 0, 0
    for last, at in enumerate(moments):
        while at - moments[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most
