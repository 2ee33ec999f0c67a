"""Takes webhooks in, sharing commits without ever waiting for company.

Whatever came while the last commit ran goes into the next transaction, as with the starts
(`transitions`). What is not plain is taken in alone, a few at a time. More than can be taken in
soon is turned away before anything of it is stored: the provider comes again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.ingest import attempt_of, receive
from orchestrator.engine.plain_reports import take_plain
from orchestrator.engine.report_rows import kind_of
from orchestrator.engine.tracing import WEBHOOK, now_ns
from outreach.reports import CallReported, Delivery

log = structlog.get_logger(__name__)


class Full(Exception):
    """So much waits already that this would wait too long; nothing of it was stored."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    delivery: Delivery
    taken: asyncio.Future[None]
    began_ns: int


@dataclass(slots=True, eq=False)
class Intake:
    """The way in of one process."""

    ctx: Context
    alone: Callable[[Context, Delivery], Awaitable[None]] = receive
    _waiting: list[Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None
    _alone: set[asyncio.Task[None]] = field(default_factory=set)
    _room: asyncio.Semaphore = field(init=False)
    _load: int = 0

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.ctx.limits.deliveries_at_once)

    def is_full(self) -> bool:
        """Whether the next delivery will be turned away."""
        return self._load >= self.ctx.limits.most_deliveries_waiting

    async def receive(self, delivery: Delivery) -> None:
        """Return when it is stored and applied, as `ingest.receive` does.

        Raises Full before anything is stored, and what the database raises.
        """
        if self.is_full():
            raise Full
        one = Waiting(
            delivery=delivery,
            taken=asyncio.get_running_loop().create_future(),
            began_ns=now_ns(),
        )
        self._load += 1
        try:
            if isinstance(delivery.report, CallReported):
                self._waiting.append(one)
                if self._writer is None or self._writer.done():
                    self._writer = asyncio.create_task(self._write_all())
                await one.taken
            else:
                await self._take_alone(delivery)
        finally:
            self._load -= 1

    async def _write_all(self) -> None:
        while self._waiting:
            await self._write(self._next())

    def _next(self) -> list[Waiting]:
        """The oldest of what waits, one of each attempt."""
        batch: dict[UUID | None, Waiting] = {}
        later: list[Waiting] = []
        for one in self._waiting:
            attempt_id = attempt_of(one.delivery.report)
            if attempt_id in batch or len(batch) >= self.ctx.limits.most_deliveries_together:
                later.append(one)
            else:
                batch[attempt_id] = one
        self._waiting = later
        return list(batch.values())

    async def _write(self, batch: Sequence[Waiting]) -> None:
        try:
            left = await take_plain(self.ctx, [one.delivery for one in batch])
        # Whatever is the matter is the matter of one of them, and is found out alone.
        except Exception as error:
            if not isinstance(error, SQLAlchemyError):
                log.exception("reports could not be applied together")
            left = [one.delivery for one in batch]
        alone = {id(one) for one in left}
        for one in batch:
            if id(one.delivery) in alone:
                task = asyncio.create_task(self._finish_alone(one))
                self._alone.add(task)
                task.add_done_callback(self._alone.discard)
            else:
                self._tell(one)
                _settle(one, None)

    async def _finish_alone(self, one: Waiting) -> None:
        try:
            await self._take_alone(one.delivery)
        # Raised again where it is waited for: the route answers it.
        except Exception as error:
            _settle(one, error)
        else:
            _settle(one, None)

    async def _take_alone(self, delivery: Delivery) -> None:
        async with self._room:
            await self.alone(self.ctx, delivery)

    def _tell(self, one: Waiting) -> None:
        kind = kind_of(one.delivery.report)
        self.ctx.counts.add(Counted.WEBHOOKS, kind)
        self.ctx.counts.add(Counted.WEBHOOK_SECONDS, by=(now_ns() - one.began_ns) / 1e9)
        if (attempt_id := attempt_of(one.delivery.report)) is not None:
            said = {"kind": kind, "source": one.delivery.source}
            self.ctx.tracer.step(attempt_id, WEBHOOK, one.began_ns, said)


def _settle(one: Waiting, error: Exception | None) -> None:
    if one.taken.done():
        return
    if error is None:
        one.taken.set_result(None)
    else:
        one.taken.set_exception(error)
