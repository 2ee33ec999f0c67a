"""What one command works with: the context and one transaction, and who it acts as."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.config import Config
from orchestrator.engine.context import Context
from orchestrator.store import open_store
from orchestrator.wiring import open_context
from storage.database import transaction


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[tuple[Context, AsyncConnection]]:
    """Everything one deed needs, in one transaction."""
    async with (
        open_store(config) as store,
        open_context(config, store) as ctx,
        transaction(store.engine) as tx,
    ):
        yield ctx, tx
