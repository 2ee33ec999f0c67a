"""Slow side work by Procrastinate: thin tasks that carry ids, and the duty that tries again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import (
    call_reading,
    chat_reading,
    import_jobs,
    lifting,
    recording_fetch,
    webhooks_out,
)
from orchestrator.engine.context import Context
from storage import side_jobs
from storage.database import transaction

log = structlog.get_logger(__name__)

QUEUE: Final = "side"
WAIT: Final = timedelta(seconds=5)
"""Machine time before the second try; each further one waits four times as long."""
DEAD_AFTER: Final = timedelta(seconds=30)
"""A worker that has not been heard of for so long has died."""

CONNECTION_WITHIN_S: Final = 3
"""A worker whose database is away says so soon, and can end."""


@dataclass(slots=True, eq=False)
class ProcrastinateWork:
    """The queue of one database; `conninfo` is a libpq address that is no transaction pooler."""

    conninfo: str
    app: App = field(init=False)

    def __post_init__(self) -> None:
        connector = PsycopgConnector(
            conninfo=self.conninfo, min_size=1, max_size=6, timeout=CONNECTION_WITHIN_S
        )
        self.app = App(connector=connector)

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        """Enqueue on the caller's connection: it is done if and only if that commits."""
        raw = (await tx.get_raw_connection()).driver_connection
        await self.app.configure_task(task, queue=QUEUE, connection=raw).defer_async(**ids)

    def register(self, ctx: Context) -> None:
        """Say what the tasks do; before `work`, once per process."""

        @self.app.task(name=call_reading.TASK, queue=QUEUE)
        async def read_call(call_id: str) -> None:
            await call_reading.read_call(ctx, call_id)

        @self.app.task(name=chat_reading.TASK, queue=QUEUE)
        async def read_conversation(conversation_id: str) -> None:
            await chat_reading.read_conversation(ctx, conversation_id)

        @self.app.task(name=lifting.TASK, queue=QUEUE)
        async def lift_campaign(campaign_id: str, lifter: str) -> None:
            await lifting.lift_in_batches(ctx, campaign_id, lifter)

        @self.app.task(name=recording_fetch.TASK, queue=QUEUE)
        async def fetch_recording(recording_id: str) -> None:
            await recording_fetch.fetch_recording(ctx, recording_id)

        @self.app.task(name=import_jobs.CHECK, queue=QUEUE)
        async def check_list(import_id: str) -> None:
            await import_jobs.check_list(ctx, import_id)

        @self.app.task(name=import_jobs.IMPORT, queue=QUEUE)
        async def import_list(import_id: str) -> None:
            await import_jobs.import_list(ctx, import_id)

        @self.app.task(name=webhooks_out.TASK, queue=QUEUE)
        async def deliver_webhooks(endpoint_id: str) -> None:
            await webhooks_out.deliver_webhooks(ctx, endpoint_id)

    async def work(self, *, concurrency: int = 4) -> None:
        """Do jobs until cancelled; those that run are finished first."""
        try:
            async with self.app.open_async():
                await self.app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=20.0,
                )
        finally:
            # What failed to open would otherwise count as open for ever.
            await self.app.close_async()


async def retry_jobs(ctx: Context) -> int:
    """Try failed and orphaned jobs again, and give up on those that failed too often. A duty."""
    most = ctx.limits.most_tries_of_side_work
    async with transaction(ctx.database) as tx:
        retried = await side_jobs.retry(tx, most=most, wait=WAIT, silence=DEAD_AFTER)
        given_up = await side_jobs.give_up(tx, most=most, silence=DEAD_AFTER)
        for job in given_up:
            await _give_up(ctx, tx, job)
    return retried + len(given_up)


async def _give_up(ctx: Context, tx: AsyncConnection, job: side_jobs.GivenUp) -> None:
    log.error("Side work failed too often", task=job.task_name, **job.ids)
    match job.task_name:
        case call_reading.TASK:
            await call_reading.give_up(ctx, tx, job.ids["call_id"])
        case chat_reading.TASK:
            await chat_reading.give_up(ctx, tx, job.ids["conversation_id"])
        case import_jobs.CHECK | import_jobs.IMPORT:
            await import_jobs.give_up(tx, job.ids["import_id"])
        case recording_fetch.TASK:
            await recording_fetch.give_up(tx, job.ids["recording_id"])
