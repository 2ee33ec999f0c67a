"""Backing up and restoring as the command does, and comparing two databases row by row."""

import asyncio
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from outreach.ids import RANDOM_BYTES, new_id
from storage import migrate
from storage.archive.contents import table_names
from storage.archive.loading import Target, load, refuse_other_revision
from storage.archive.manifest import Manifest
from storage.archive.reading import opened
from storage.archive.recordings import unpack
from storage.archive.saving import Source, save
from storage.archive.settling import Settled, settle
from storage.database import open_engine, transaction

NOBODY_SILENT = timedelta(seconds=20)


async def back_up(url: str, file: Path, recordings: Path | None = None) -> Manifest:
    source = Source(
        url=url,
        program="1",
        recordings=recordings or file.parent / "recordings",
        with_recordings=recordings is not None,
    )
    return await asyncio.to_thread(save, source, file)


async def restore(
    url: str,
    file: Path,
    *,
    replace: bool = False,
    settled: bool = True,
    recordings: Path | None = None,
) -> Settled | None:
    """Fill `url` from the file; `settled=False` leaves the rows exactly as the file has them."""
    with opened(file) as archive:
        refuse_other_revision(archive.manifest)
        await migrate.upgrade(url)
        engine = await open_engine(url)
        try:
            async with transaction(engine) as tx:
                await load(tx, archive, Target(replace=replace, silence=NOBODY_SILENT))
                done = await settle(tx, _new_id) if settled else None
                if recordings is not None:
                    unpack(archive, recordings)
            return done
        finally:
            await engine.dispose()


def _new_id(now: datetime) -> UUID:
    return new_id(now, secrets.token_bytes(RANDOM_BYTES))


def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of every saved table as text, in an order of its own; `events.tx` left aside."""
    return dict(_tables(url))


def _tables(url: str) -> Iterator[tuple[str, list[str]]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for name in table_names():
            row = "to_jsonb(t) - 'tx'" if name == "events" else "to_jsonb(t)"
            query = sql.SQL("SELECT ({})::text FROM {} t ORDER BY 1").format(
                sql.SQL(row), sql.Identifier(name)
            )
            yield name, [text for (text,) in connection.execute(query)]
