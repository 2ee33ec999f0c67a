"""Brings a database to the newest schema: Alembic, without a file in the user's folder."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from outreach.errors import Rejected
from storage import clock, partitions
from storage.database import first_line, parse_url

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 0x6F757472  # "outr": whoever migrates this database holds it


async def upgrade(url: str) -> None:
    """Apply what is missing, all of it or nothing; processes that come together take turns.

    `url` is the direct one: the lock belongs to a session, which a transaction pooler has not.
    """
    await asyncio.to_thread(upgrade_now, url)


async def current(url: str) -> str | None:
    """The revision of the database, None before the first `upgrade`."""
    return await asyncio.to_thread(current_now, url)


def newest() -> str | None:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(config()).get_current_head()


def known() -> frozenset[str]:
    """Every revision that this program has heard of."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def upgrade_now(url: str) -> None:
    with connected(url) as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        # Others may be at work: rather stop after a while than make them all queue behind us.
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.commit()
        refuse_newer(connection)
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        connection.commit()
        now = connection.execute(clock.NOW).scalar_one()
        partitions.create_months(connection, now)
        connection.commit()


def current_now(url: str) -> str | None:
    with connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(parse_url(url), poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise Rejected(
            code="database_unreachable",
            message=f"The database does not answer: {first_line(error)}.",
            fix="Start it, or correct database.url.",
            where=engine.url.render_as_string(hide_password=True),
        ) from error
    with connection:
        yield connection


def refuse_newer(connection: Connection) -> None:
    """Stop before a database that a newer program has already changed."""
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    if revision is not None and revision not in known():
        raise Rejected(
            code="database_newer",
            message=f"The database is at revision {revision}, which this program does not know.",
            fix="Run the version of the program that made it, or a newer one.",
        )


def config() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("path_separator", "os")
    return alembic
