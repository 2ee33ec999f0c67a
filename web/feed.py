"""One look at the events for all browsers of this process, and each of them told what is new."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import live_events, typing_hints
from storage.database import transaction
from storage.live_events import Change, Cursor
from storage.typing_hints import Typing

EVERY_S: Final = 0.5
AFTER_FAILURE_S: Final = 3
IDLE_LOOKS: Final = 20
BATCH: Final = 1000
BACKLOG: Final = 64
"""Batches that a slow browser may leave lying; then it is told to load its page again."""

log = structlog.get_logger(__name__)

Batch = Sequence[Change]
"""Empty: something was missed, look at everything again."""
Told = Batch | Typing


@dataclass(slots=True, eq=False)
class Feed:
    database: AsyncEngine
    _watching: set["asyncio.Queue[Told | None]"] = field(default_factory=set)
    """Where each is told; None ends it."""
    _task: "asyncio.Task[None] | None" = None
    _listening: "asyncio.Task[None] | None" = None
    _closed: bool = False

    @asynccontextmanager
    async def watch(self, since: Cursor | None) -> AsyncIterator[AsyncIterator[Told]]:
        """What happens from now on; what was missed since a cursor comes first.

        Something may be told twice, nothing is left out: who watches is known before what was
        missed is read.
        """
        queue: asyncio.Queue[Told | None] = asyncio.Queue(BACKLOG)
        if self._closed:
            queue.put_nowait(None)
        self._watching.add(queue)
        try:
            await self._begin()
            missed: Batch | None = None
            if since is not None:
                async with transaction(self.database) as tx:
                    missed = await live_events.after(tx, since, BATCH)
            yield _each(queue, missed)
        finally:
            self._watching.discard(queue)

    async def _begin(self) -> None:
        """See that somebody looks at the events, from here on."""
        if self._closed or (self._task is not None and not self._task.done()):
            return
        async with transaction(self.database) as tx:
            cursor = await live_events.newest(tx)
        if not self._closed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._look(cursor), name="live feed")
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="who is typing")

    async def close(self) -> None:
        """Look no more, and let go of everybody who watches: the process ends."""
        self._closed = True
        self._tell(None)
        for task in (self._task, self._listening):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    @property
    def watchers(self) -> int:
        return len(self._watching)

    async def _look(self, cursor: Cursor) -> None:
        """Tell everybody, until nobody has watched for a while."""
        idle = 0
        while idle < IDLE_LOOKS:
            idle = 0 if self._watching else idle + 1
            try:
                async with transaction(self.database) as tx:
                    found = await live_events.after(tx, cursor, BATCH)
            except (SQLAlchemyError, OSError):
                log.warning("the live feed could not look at the events", exc_info=True)
                await asyncio.sleep(AFTER_FAILURE_S)
                continue
            if found:
                cursor = found[-1].cursor
                self._tell(found)
            if len(found) < BATCH:
                await asyncio.sleep(EVERY_S)
        if self._listening is not None:
            self._listening.cancel()

    async def _listen(self) -> None:
        """Hear who types, as long as anybody looks at the events."""
        while self._task is not None and not self._task.done():
            try:
                async with aclosing(typing_hints.listen(self.database)) as heard:
                    async for typing in heard:
                        self._tell(typing)
            except (SQLAlchemyError, OSError, psycopg.Error):
                log.info("nobody is told who types for now")
            await asyncio.sleep(AFTER_FAILURE_S)

    def _tell(self, batch: Told | None) -> None:
        for queue in list(self._watching):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(() if batch is not None else None)
            else:
                queue.put_nowait(batch)


async def _each(queue: "asyncio.Queue[Told | None]", missed: Batch | None) -> AsyncIterator[Told]:
    if missed:
        # So much that nobody reads it one by one: look at everything again.
        yield missed if len(missed) < BATCH else ()
    while (batch := await queue.get()) is not None:
        yield batch
