"""Puts a backup into a database: everything in one transaction, or nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from storage import migrate, partitions
from storage.archive.contents import LEFT_OUT, SIDE_WORK, table_names
from storage.archive.manifest import Manifest, Table
from storage.archive.reading import Archive
from storage.archive.saving import COPY_SETTINGS

SEEDED: Final = frozenset({"clock", "operator_stop", "duties"})
"""Tables that hold something from the first moment on."""
MONTH: Final = re.compile(r"(?P<table>[a-z]+)_(?P<year>\d{4})_(?P<month>\d\d)")

_EMPTIED: Final = tuple(name for name in LEFT_OUT if name != "alembic_version")

_ALIVE = text("""
-- clock_timestamp() is machine time.
SELECT count(*) FROM processes WHERE heartbeat_at > clock_timestamp() - :silence
""")

_NEXT_NUMBERS = text("""
SELECT c.relname AS table_name, a.attname AS column_name,
       pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY(:tables) AND c.relnamespace = current_schema()::regnamespace
  AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
ORDER BY c.relname, a.attname
""")


_COLUMNS = text("""
SELECT c.relname AS table_name, array_agg(a.attname::text) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY(:tables) AND c.relnamespace = current_schema()::regnamespace
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is known of the database that is restored into."""

    replace: bool
    """Whether what stands in it may be thrown away."""
    silence: timedelta
    """Machine time after which a process that was not heard of is dead."""


def refuse_other_revision(manifest: Manifest) -> None:
    """A backup goes into the tables that it came from."""
    newest = migrate.newest()
    if manifest.revision != newest:
        raise Rejected(
            code="backup_of_another_version",
            message=f"The backup is at revision {manifest.revision}, this program at {newest}.",
            fix=f"Restore it with version {manifest.program}, then run a newer one on it.",
        )


async def load(tx: AsyncConnection, archive: Archive, target: Target) -> None:
    """Fill the tables of a migrated database with what the backup holds.

    Raises:
        Rejected: somebody works with the database, or it is not empty and may not be replaced.
    """
    await _take(tx, target)
    if not target.replace:
        await _refuse_full(tx)
    for setting in COPY_SETTINGS:
        await tx.exec_driver_sql(setting)
    await _refuse_other_columns(tx, archive.manifest)
    # Parents have children in tables that are emptied with them, and months of their own.
    await tx.exec_driver_sql(f"TRUNCATE {', '.join((*table_names(), *_EMPTIED))}")
    await tx.run_sync(_make_months, archive.manifest.months)
    await _set_triggers(tx, "DISABLE")
    for table in archive.manifest.tables:
        await _fill(tx, archive, table)
    await _set_triggers(tx, "ENABLE")
    await _count_on(tx)


async def _take(tx: AsyncConnection, target: Target) -> None:
    """Hold every table against everybody, and make sure that nobody works with them."""
    try:
        await tx.exec_driver_sql(
            f"LOCK TABLE {', '.join((*table_names(), *_EMPTIED))} IN ACCESS EXCLUSIVE MODE"
        )
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise _in_use("Somebody reads or writes it just now") from error
        raise
    alive: int = (await tx.execute(_ALIVE, {"silence": target.silence})).scalar_one()
    if alive:
        raise _in_use(f"{alive} process{'es work' if alive > 1 else ' works'} with it")


def _in_use(why: str) -> Rejected:
    return Rejected(
        code="database_in_use",
        message=f"The database is in use: {why}.",
        fix="Stop `outreach serve` and whoever else uses it (one that was killed is forgotten"
        " after half a minute), or restore into another database.",
    )


async def _refuse_full(tx: AsyncConnection) -> None:
    for name in table_names():
        if name in SEEDED:
            continue
        found = await tx.exec_driver_sql(f"SELECT EXISTS (SELECT FROM {name})")
        if found.scalar_one():
            raise Rejected(
                code="database_not_empty",
                message=f"The database is not empty: there are rows in {name}.",
                fix="Restore into an empty one, or say --replace to throw away what is there.",
            )


async def _refuse_other_columns(tx: AsyncConnection, manifest: Manifest) -> None:
    rows = await tx.execute(_COLUMNS, {"tables": list(table_names())})
    ours = {row.table_name: tuple(row.columns) for row in rows}
    theirs = {table.name: table.columns for table in manifest.tables}
    for name in sorted(ours.keys() | theirs.keys()):
        if sorted(ours.get(name, ())) != sorted(theirs.get(name, ())):
            raise Rejected(
                code="backup_of_another_version",
                message=f"The backup's table {name} has other columns than this program's.",
                fix=f"Restore it with version {manifest.program}, then run a newer one on it.",
            )


def _make_months(connection: Connection, names: Sequence[str]) -> None:
    """The months that the rows were cut by, as far as they are missing."""
    for year, month in sorted({(found["year"], found["month"]) for found in _parsed(names)}):
        partitions.create_months(connection, datetime(int(year), int(month), 1, tzinfo=UTC), 0)


def _parsed(names: Sequence[str]) -> Iterator[re.Match[str]]:
    for name in names:
        found = MONTH.fullmatch(name)
        if found is not None:
            yield found


async def _set_triggers(tx: AsyncConnection, what: str) -> None:
    """Procrastinate's triggers write events of their own; those of the backup are complete."""
    for name in SIDE_WORK:
        await tx.exec_driver_sql(f"ALTER TABLE {name} {what} TRIGGER USER")


async def _fill(tx: AsyncConnection, archive: Archive, table: Table) -> None:
    raw = (await tx.get_raw_connection()).driver_connection
    assert isinstance(raw, psycopg.AsyncConnection), "psycopg is the only driver"
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    async with raw.cursor() as cursor:
        async with cursor.copy(statement) as copy:
            for piece in archive.rows(table):
                await copy.write(piece)
        assert cursor.rowcount == table.rows, "COPY takes every row or fails"


async def _count_on(tx: AsyncConnection) -> None:
    """Numbers that the database gives go on behind the highest that it has given."""
    for row in (await tx.execute(_NEXT_NUMBERS, {"tables": list(table_names())})).all():
        await tx.exec_driver_sql(
            f"SELECT setval('{row.sequence}', coalesce(max({row.column_name}), 1),"
            f" max({row.column_name}) IS NOT NULL) FROM {row.table_name}"
        )
