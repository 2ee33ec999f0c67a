"""While one chunk is loaded, the next one's lines are copied, in a transaction of its own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.engine.imports.parsing import Chunk
from storage import import_stage
from storage.database import transaction


@dataclass(frozen=True, slots=True)
class Copied:
    """A chunk whose lines lie in the stage of `opened`, a transaction that is under way.

    Whoever enters `opened` takes it over: it is committed at the end, or rolled back.
    """

    chunk: Chunk
    opened: AbstractAsyncContextManager[AsyncConnection]


@asynccontextmanager
async def copied(database: AsyncEngine, chunk: Chunk) -> AsyncIterator[AsyncConnection]:
    """A transaction with this chunk's lines in its stage; it holds no lock that others wait for."""
    async with transaction(database) as tx:
        await import_stage.begin(tx)
        await import_stage.copy(tx, chunk.stage)
        yield tx


async def copied_ahead(
    database: AsyncEngine, chunks: AsyncIterator[Chunk]
) -> AsyncGenerator[Copied, None]:
    """The chunks in their order, each copied while the caller works on the one before."""
    coming = asyncio.ensure_future(_next(database, chunks))
    try:
        while (found := await coming) is not None:
            coming = asyncio.ensure_future(_next(database, chunks))
            yield found
    finally:
        await asyncio.wait([coming])
        if coming.exception() is None and (unwanted := coming.result()) is not None:
            with suppress(_Unwanted):
                async with unwanted.opened:
                    raise _Unwanted


class _Unwanted(Exception):
    """Rolls back what nobody will take over."""


async def _next(database: AsyncEngine, chunks: AsyncIterator[Chunk]) -> Copied | None:
    chunk = await anext(chunks, None)
    if chunk is None:
        return None
    stack = AsyncExitStack()
    tx = await stack.enter_async_context(copied(database, chunk))
    return Copied(chunk, _handed_over(stack, tx))


@asynccontextmanager
async def _handed_over(
    stack: AsyncExitStack, tx: AsyncConnection
) -> AsyncIterator[AsyncConnection]:
    async with stack:
        yield tx
