"""The sessions of an engine, what a transaction keeps, what is said of a database that fails."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.errors import Rejected
from storage.database import Moment, open_engine, transaction, with_hook

COUNT = text("SELECT value FROM counters WHERE name = 'x'")
ADD = text("INSERT INTO counters (name, value) VALUES ('x', 1)")
SESSION = text(
    "SELECT current_setting('timezone'), current_setting('lock_timeout'),"
    " current_setting('statement_timeout'), current_setting('transaction_isolation'),"
    " current_setting('jit')"
)
PROMISED = ("UTC", "2s", "30s", "read committed", "off")


class Crash(Exception):
    """The process died here."""


@asynccontextmanager
async def opened(url: str, direct_url: str | None = None) -> AsyncIterator[AsyncEngine]:
    engine = await open_engine(url, direct_url=direct_url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def test_every_session_is_utc_read_committed_compiles_nothing_and_waits_for_nobody_long(
    engine: AsyncEngine,
) -> None:
    async with transaction(engine) as tx:
        assert tuple((await tx.execute(SESSION)).one()) == PROMISED


async def test_behind_a_pooler_every_transaction_sets_itself_up(database_url: str) -> None:
    direct_url = f"{database_url}&application_name=direct"
    async with opened(database_url, direct_url) as engine, transaction(engine) as tx:
        settings = tuple((await tx.execute(SESSION)).one())
        for _ in range(10):
            await tx.execute(text("SELECT :n"), {"n": "1"})
        prepared = await tx.execute(text("SELECT count(*) FROM pg_prepared_statements"))

        assert settings == PROMISED
        assert prepared.scalar_one() == 0


async def test_a_transaction_is_kept_whole(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await tx.execute(ADD)

    async with transaction(engine) as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 1


async def test_a_transaction_in_which_something_is_raised_leaves_nothing(
    engine: AsyncEngine,
) -> None:
    async def half_a_command() -> None:
        async with transaction(engine) as tx:
            await tx.execute(ADD)
            raise Crash

    with pytest.raises(Crash):
        await half_a_command()

    async with transaction(engine) as tx:
        assert (await tx.execute(COUNT)).one_or_none() is None


@pytest.mark.parametrize(("at", "kept"), [("before_commit", None), ("after_commit", 1)])
async def test_a_crash_can_be_put_on_either_side_of_the_commit(
    engine: AsyncEngine, at: Moment, kept: int | None
) -> None:
    async def crash(moment: Moment, _: AsyncConnection) -> None:
        if moment == at:
            raise Crash

    with pytest.raises(Crash):
        async with transaction(with_hook(engine, crash)) as tx:
            await tx.execute(ADD)

    async with transaction(engine) as tx:
        assert (await tx.execute(COUNT)).scalar_one_or_none() == kept


async def test_a_statement_that_waits_for_a_lock_gives_up(engine: AsyncEngine) -> None:
    lock = text("LOCK TABLE counters")
    async with transaction(engine) as holder:
        await holder.execute(lock)
        async with engine.connect() as late:
            await late.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                await late.execute(lock)


@pytest.mark.parametrize("url", ["not a url", "mysql://u@localhost/d", "sqlite://", ""])
async def test_an_address_that_is_none_is_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(Rejected) as refusal:
        await open_engine(url)

    assert refusal.value.code == "database_url_wrong"
    assert "postgresql://" in refusal.value.fix


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
async def test_an_address_may_be_written_as_people_write_it(database_url: str, scheme: str) -> None:
    url = database_url.replace("postgresql+psycopg", scheme, 1)
    async with opened(url) as engine, transaction(engine) as tx:
        assert (await tx.execute(text("SELECT 1"))).scalar_one() == 1


async def test_a_database_that_is_down_is_named_without_its_password() -> None:
    with socket.socket() as nobody:  # bound, but it does not listen
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(Rejected) as refusal:
            await open_engine(f"postgresql://user:secret@127.0.0.1:{port}/outreach")

    assert refusal.value.code == "database_unreachable"
    assert "secret" not in str(refusal.value)
    assert str(port) in refusal.value.where


async def test_a_database_that_does_not_exist_is_refused(database_url: str) -> None:
    name = database_url.partition("?")[0].rpartition("/")[2]
    with pytest.raises(Rejected) as refusal:
        await open_engine(database_url.replace(name, "nowhere", 1))

    assert refusal.value.code == "database_unreachable"
    assert "nowhere" in refusal.value.message
