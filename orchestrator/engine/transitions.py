"""Makes what came of many starts durable, sharing commits without ever waiting for company.

Whatever was added while the last commit ran goes into the next transaction. An idle writer
commits at once, a busy one commits large batches (reference: one writer per transition, no wait).
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.day import day_of
from outreach.lead import Work
from storage import clock, dispatching, leads, lines, senders
from storage.database import transaction
from storage.dispatching import NotStarted, Started, Unsure

log = structlog.get_logger(__name__)

Move = Started | Unsure | NotStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A move, of which number, and whether that should be left in peace (machine time)."""

    move: Move
    sender_id: UUID | None = None
    rest: timedelta | None = None


@dataclass(slots=True, eq=False)
class Transitions:
    ctx: Context
    _waiting: list[tuple[Change, asyncio.Future[None]]] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def add(self, change: Change) -> None:
        """Return when the change is committed.

        Raises SQLAlchemyError when it could not be written; the attempt's lease then sees to it.
        """
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((change, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await written

    async def idle(self) -> None:
        """Return when all that was added is written, and given back what it did not need."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            if not await self._write(batch, is_last_try=len(batch) == 1):
                # One bad row must not take the others with it.
                for one in batch:
                    await self._write([one], is_last_try=True)

    async def _write(
        self, batch: Sequence[tuple[Change, asyncio.Future[None]]], *, is_last_try: bool
    ) -> bool:
        """Commit these together; False where that failed and each should be tried alone."""
        try:
            async with transaction(self.ctx.database) as tx:
                planned = await apply(self.ctx, tx, [change for change, _ in batch])
        except SQLAlchemyError as error:
            if not is_last_try:
                return False
            _settle(batch, error)
            return True
        _settle(batch, None)
        unused = (one.sender_id for one, _ in batch if one.move.id in planned)
        await give_back(self.ctx, Counter(id for id in unused if id is not None))
        return True


def _settle(
    batch: Sequence[tuple[Change, asyncio.Future[None]]], error: SQLAlchemyError | None
) -> None:
    for _, written in batch:
        if written.cancelled():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)


async def give_back(ctx: Context, times: Counter[UUID]) -> None:
    """Uncount what was given to attempts that were not started: daily caps count contacts.

    In a transaction of its own, because numbers are locked before leads. Where it fails, a number
    has done a little less than it may have.
    """
    if not times:
        return
    try:
        async with transaction(ctx.database) as tx:
            day = day_of(await clock.now(tx), ctx.limits.day_zone)
            await senders.give_back(tx, times, day.date)
    except SQLAlchemyError:
        log.warning("numbers were not given back", exc_info=True)


async def apply(ctx: Context, tx: AsyncConnection, changes: Sequence[Change]) -> Collection[UUID]:
    """Write changes in the caller's transaction: senders first, lines last.

    Returns the attempts that are planned again.
    """
    rests = {one.sender_id: one.rest for one in changes if one.sender_id and one.rest}
    await senders.hold_back(tx, rests)
    moves = [one.move for one in changes]
    unstarted = [one for one in moves if isinstance(one, NotStarted)]
    if unstarted:
        await leads.lock(tx, [one.lead_id for one in unstarted])
    now = await clock.now(tx)
    await dispatching.started(
        tx, [one for one in moves if isinstance(one, Started)], now, ctx.limits.started_lease
    )
    await dispatching.unsure(
        tx, [one for one in moves if isinstance(one, Unsure)], now, ctx.limits.inquiry_wait
    )
    planned = await dispatching.not_started(tx, unstarted, now)
    theirs = [one.lead_id for one in unstarted if one.id in planned]
    await leads.set_work(tx, theirs, Work.PLANNED, now=now)
    await lines.release(tx, planned)
    return planned
