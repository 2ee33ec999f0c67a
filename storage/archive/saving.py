"""Writes a backup while the product runs: one snapshot of all tables, in one zip file.

The file carries its name only when it is whole. Until then it is `NAME.partial`, which the next
backup of that name replaces.
"""

import fcntl
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg import Connection, sql

from outreach.errors import Rejected
from storage import migrate
from storage.archive.contents import Section, sections
from storage.archive.manifest import NAME, Manifest, Table
from storage.database import parse_url
from storage.partitions import PARTITIONED

BUFFER: Final = 1 << 18
COPY_SETTINGS: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL client_encoding = 'UTF8'",
)
"""How values are written and read: the same on every server."""

_MONTHS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_class p ON p.oid = i.inhparent
WHERE p.relname = ANY(%s) AND c.relname NOT LIKE '%%\\_rest' ORDER BY c.relname
"""
_OUR_RECORDINGS = """
SELECT uri FROM recordings WHERE source = 'ours' AND status = 'stored' AND uri IS NOT NULL
ORDER BY uri
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is backed up."""

    url: str
    """The direct one: the snapshot is a session's."""
    program: str
    recordings: Path
    """The folder of recordings."""
    with_recordings: bool


def save(source: Source, file: Path) -> Manifest:
    """Write a backup to `file`. Blocks; call it in a thread.

    Raises:
        Rejected: the database is not this program's, or the file exists or cannot be written.
    """
    if file.exists():
        raise Rejected(
            code="file_exists",
            message=f"{file} exists already.",
            fix="Name another file, or remove this one.",
        )
    with (
        snapshot(source.url) as connection,
        growing(file) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        manifest = _fill(archive, connection, source)
        archive.writestr(NAME, manifest.dump())
    return manifest


@contextmanager
def snapshot(url: str) -> Iterator[Connection[Any]]:
    """A connection that sees one moment of the database until the end, and changes nothing."""
    address = parse_url(url).set(drivername="postgresql")
    try:
        opened = psycopg.connect(address.render_as_string(hide_password=False), connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Rejected(
            code="database_unreachable",
            message=f"The database does not answer: {str(error).splitlines()[0]}.",
            fix="Start it, or correct database.url.",
            where=address.render_as_string(hide_password=True),
        ) from error
    with opened as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for setting in COPY_SETTINGS:
            connection.execute(setting)
        yield connection


@contextmanager
def growing(file: Path) -> Iterator[IO[bytes]]:
    """`file.partial`, which becomes `file` at the end and is removed when anything is raised."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        # What people said to us is in it: for its owner alone.
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as out:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            out.truncate()
            try:
                yield out
                out.flush()
                os.fsync(out.fileno())
                partial.rename(file)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        _keep_name(file.parent)
    except BlockingIOError as error:
        raise Rejected(
            code="backup_running",
            message=f"Another backup is being written to {file}.",
            fix="Wait for it, or name another file.",
        ) from error
    except OSError as error:
        raise Rejected(
            code="file_unwritable",
            message=f"{file} cannot be written: {(error.strerror or str(error)).lower()}.",
            fix="Name a file in a folder with room that this user may write to.",
        ) from error


def _keep_name(folder: Path) -> None:
    """Make the new name outlive a failure of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill(archive: zipfile.ZipFile, connection: Connection[Any], source: Source) -> Manifest:
    revision = _revision(connection)
    # That query chose the moment. This is machine time.
    taken_at: datetime = _one(connection, "SELECT clock_timestamp()")
    tables = [_copy(archive, connection, section) for section in sections(connection)]
    months = connection.execute(_MONTHS, (list(PARTITIONED),)).fetchall()
    uris = [uri for (uri,) in connection.execute(_OUR_RECORDINGS)]
    kept = _record(archive, source, uris) if source.with_recordings else 0
    return Manifest(
        program=source.program,
        revision=revision,
        taken_at=taken_at.astimezone(UTC),
        tables=tuple(tables),
        months=tuple(name for (name,) in months),
        recordings=kept,
        recordings_left=len(uris) - kept,
    )


def _revision(connection: Connection[Any]) -> str:
    known = _one(connection, "SELECT to_regclass('alembic_version') IS NOT NULL")
    found = _one(connection, "SELECT version_num FROM alembic_version") if known else None
    if found is None:
        raise Rejected(
            code="nothing_to_back_up",
            message="This database has no tables of Outreach.",
            fix="Name the right database in database.url or database.data_dir.",
        )
    if found != migrate.newest():
        raise Rejected(
            code="database_of_another_version",
            message=f"The database is at revision {found}, this program at {migrate.newest()}.",
            fix="Take the backup with the version of the program that runs on it.",
        )
    return str(found)


def _one(connection: Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row is not None else None


def _copy(archive: zipfile.ZipFile, connection: Connection[Any], section: Section) -> Table:
    query = sql.SQL("COPY ({}) TO STDOUT").format(section.query)
    table = Table(name=section.name, columns=section.columns, rows=0)
    with (
        archive.open(table.member, "w", force_zip64=True) as member,
        connection.cursor() as cursor,
    ):
        held = bytearray()
        with cursor.copy(query) as rows:
            for row in rows:
                held += row
                if len(held) > BUFFER:
                    member.write(held)
                    held.clear()
        member.write(held)
        return Table(name=table.name, columns=table.columns, rows=cursor.rowcount)


def _record(archive: zipfile.ZipFile, source: Source, uris: Sequence[str]) -> int:
    """Add the recordings that are there; sound does not get smaller."""
    there = [uri for uri in uris if (source.recordings / uri).is_file()]
    for uri in there:
        archive.write(source.recordings / uri, f"recordings/{uri}", zipfile.ZIP_STORED)
    return len(there)
