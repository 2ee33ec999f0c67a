"""The one public address before several processes, as a load balancer is in production."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Balancer:
    """Takes connections in turn to each port; a port that refuses is passed over."""

    port: int = 0
    ports: list[int] = field(default_factory=list)
    _turn: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    """Of every connection: what a frozen process does not read is never flushed."""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here is not None
        self._open.add(here)
        self._writers.append(writer)
        try:
            there = await self._reach()
            if there is not None:
                self._writers.append(there[1])
                await join((reader, writer), there)
        finally:
            writer.close()
            self._open.discard(here)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.ports:
            self._turn += 1
            with suppress(OSError):
                port = self.ports[self._turn % len(self.ports)]
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def close(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        # The loop closes the sockets in its next rounds.
        for _ in range(3):
            await asyncio.sleep(0)


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def join(one: Side, other: Side) -> None:
    """Carry bytes both ways until either side ends."""
    ways = [
        asyncio.create_task(carry(one[0], other[1])),
        asyncio.create_task(carry(other[0], one[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        other[1].close()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def balancer() -> AsyncIterator[Balancer]:
    """One on a free port, until the end of the block."""
    made = Balancer()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
