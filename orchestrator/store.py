"""Opens the database of a configuration: the given one, or our own private server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.config import Config
from outreach.errors import Rejected
from storage import embedded, migrate
from storage.database import open_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    engine: AsyncEngine
    url: str
    direct_url: str
    """Serves what a transaction pooler cannot: LISTEN, session locks, Procrastinate."""


@asynccontextmanager
async def open_store(config: Config, *, fresh: bool = False) -> AsyncIterator[Store]:
    """The migrated database, ready for work. Raises Rejected when it cannot be had.

    `fresh` throws away what our own server holds; it is refused for a server of the user's.
    """
    settings = config.database
    async with _address(config) as url:
        if fresh:
            await asyncio.to_thread(_begin_anew, config, url)
        direct_url = _direct(config, url)
        await migrate.upgrade(direct_url)
        engine = await open_engine(url, direct_url=direct_url, pool_size=settings.pool_size)
        try:
            yield Store(engine=engine, url=url, direct_url=direct_url)
        finally:
            await engine.dispose()


@asynccontextmanager
async def open_as_it_is(config: Config) -> AsyncIterator[Store]:
    """The database as it stands, neither made nor migrated. Raises Rejected."""
    settings = config.database
    if settings.url is None and not embedded.exists(settings.data_dir):
        raise Rejected(
            "database_missing",
            "There is no database yet.",
            "Run `outreach db migrate` or `outreach serve`; either makes it.",
            str(settings.data_dir),
        )
    async with _address(config) as url:
        direct_url = settings.direct_url.get_secret_value() if settings.direct_url else url
        engine = await open_engine(url, direct_url=direct_url, pool_size=settings.pool_size)
        try:
            yield Store(engine=engine, url=url, direct_url=direct_url)
        finally:
            await engine.dispose()


@asynccontextmanager
async def open_unchanged(config: Config) -> AsyncIterator[str]:
    """The direct address of the database as it is: running, at whatever revision."""
    async with _address(config) as url:
        yield _direct(config, url)


def _direct(config: Config, url: str) -> str:
    given = config.database.direct_url
    return given.get_secret_value() if given else url


@asynccontextmanager
async def _address(config: Config) -> AsyncIterator[str]:
    if config.database.url is not None:
        yield config.database.url.get_secret_value()
        return
    server = await asyncio.to_thread(embedded.start, config.database.data_dir)
    try:
        yield server.url
    finally:
        await asyncio.to_thread(embedded.stop, server)


def _begin_anew(config: Config, url: str) -> None:
    if config.database.url is not None:
        raise Rejected(
            "not_our_database",
            "Only the demo's own database is thrown away.",
            "Take database.url out of the configuration.",
        )
    embedded.recreate_database(url)
