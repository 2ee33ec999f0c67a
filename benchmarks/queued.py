"""The same work as jobs of Procrastinate, a queue in the same PostgreSQL, and jobs that do nothing.

In its favour: it enforces no caps, looks for nobody who is due, and its queue holds only so many
jobs as it can do.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from uuid import UUID

import psycopg
from procrastinate import App, PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from benchmarks.by_hand import CONNECTIONS, TAKE_THIS, carry_out, take
from benchmarks.crowd import plain
from benchmarks.outward import WARM_UP_S, Done, Job, go

QUEUE = "bench"
POLL_S = 0.05
CARRY_OUT, NOTHING = "carry_out", "nothing"

_ENQUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT %(queue)s, %(task)s, jsonb_build_object('id', id) FROM (
  SELECT id FROM attempts WHERE state = 'planned' ORDER BY id DESC LIMIT %(jobs)s) AS last
"""


def enqueue(url: str, task: str, jobs: int) -> None:
    """Fill the queue; what was left of an earlier round goes."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("TRUNCATE procrastinate_jobs CASCADE")
        connection.execute(_ENQUEUE, {"queue": QUEUE, "task": task, "jobs": jobs})
        connection.execute("VACUUM (ANALYZE) procrastinate_jobs")


async def work(job: Job, wait_for_go: Callable[[], Awaitable[None]]) -> Done:
    """One worker that does eight jobs at a time."""
    app = App(connector=PsycopgConnector(conninfo=plain(job.url), min_size=4, max_size=16))
    ends: list[float] = []
    pool = AsyncConnectionPool(
        plain(job.url), min_size=CONNECTIONS, max_size=CONNECTIONS, open=False
    )

    @app.task(name=CARRY_OUT, queue=QUEUE)
    async def claim_and_carry_out(id: str) -> None:
        async with pool.connection() as connection:
            connection.prepare_threshold = 0
            taken = await take(connection, TAKE_THIS, id=UUID(id))
            if taken is not None:
                await carry_out(connection, taken)
        ends.append(time.perf_counter())

    @app.task(name=NOTHING, queue=QUEUE)
    async def nothing(id: str) -> None:
        ends.append(time.perf_counter())

    async with pool, app.open_async():
        await wait_for_go()
        began = time.process_time()
        until = time.perf_counter() + WARM_UP_S + job.seconds
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=CONNECTIONS,
                install_signal_handlers=False,
                listen_notify=False,
                fetch_job_polling_interval=POLL_S,
            )
        )
        await asyncio.wait({worker}, timeout=WARM_UP_S + job.seconds)
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    used = time.process_time() - began
    inside = sum(until - job.seconds <= end < until for end in ends)
    return Done(ended=inside, started=(), all_ended=len(ends), processor_s=used)


def worker_process(pipe: Connection, job: Job) -> None:
    """Entry of a process: a worker of the queue."""
    pipe.send(asyncio.run(work(job, partial(go, pipe))))
