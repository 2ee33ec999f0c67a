"""Listens for the hint that there may be work, so that a launch does not wait for the next tick."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import structlog

from storage.wake import CHANNEL

log = structlog.get_logger(__name__)

RETRY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    conninfo: str
    """A direct connection: LISTEN does not work behind a transaction pooler."""
    wake: Callable[[], Awaitable[object]]

    async def listen(self) -> None:
        """Until cancelled. Without a connection nothing is lost but a moment."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError:
                log.info("no wake-up calls for now")
            await asyncio.sleep(RETRY.total_seconds())

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            async for _ in connection.notifies():
                await self.wake()
