"""A database whose clocks the simulation turns: machine time, and business time with it.

A schema that is searched before PostgreSQL's own has a `clock_timestamp()` of ours. So leases, pace
and heartbeats run by the same virtual time as windows and caps, in the product's own statements.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg.rows import namedtuple_row
from sqlalchemy import event, make_url, text
from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.database import connect_arguments, parse_url
from tests.simulation.driver import PlainCursor, PlainDialect, PlainEngine

SHIFT: Final = timedelta(days=9000, hours=7)
"""Business time is so far ahead of machine time that whoever mixes the two is found out."""
START: Final = datetime(2006, 1, 1, tzinfo=UTC)
# What a play asks for it asks for a thousand times, and no power cut is played.
SESSION: Final = (
    "-c search_path=steered,pg_catalog,public"
    " -c plan_cache_mode=force_generic_plan -c synchronous_commit=off"
)
CLOCK: Final = """
CREATE OR REPLACE FUNCTION steered.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT current_setting('steered.now')::timestamptz $$
"""
JOBS: Final = """
CREATE TABLE IF NOT EXISTS steered.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task text NOT NULL, ids jsonb NOT NULL,
  tries int NOT NULL DEFAULT 0, due_at timestamptz)
"""
SCHEMA: Final = ("CREATE SCHEMA IF NOT EXISTS steered", CLOCK, JOBS)
TABLES: Final = """
SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'steered') AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND c.relname NOT IN ('alembic_version', 'clock', 'operator_stop')
  AND c.relname NOT LIKE 'procrastinate%'
"""


@dataclass(slots=True, eq=False)
class Steered:
    """One connection is all there is: one actor steps at a time, and the same seed replays."""

    engine: AsyncEngine
    machine: datetime = field(default=START)
    _tables: str = ""

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.machine + SHIFT

    def boottime(self) -> float:
        """What the machine's own clock shows: no real time decides anything."""
        return self.machine.timestamp()

    async def turn(self, to: datetime) -> None:
        """Let it be `to` (business time) for everybody."""
        self.machine = to - SHIFT
        await self.run(
            "SELECT set_config('steered.now', %(at)s, false)", at=self.machine.isoformat()
        )

    async def run(self, statement: str, **values: object) -> list[Any]:
        """One statement, committed by itself; it may be large, so it is written as psycopg wants.

        It goes straight to the one connection, which is idle whenever the play has its say.
        """
        async with self.engine.connect() as lent:
            raw = (await lent.get_raw_connection()).driver_connection
            assert raw is not None
            raw.set_autocommit(True)
            try:
                cursor = PlainCursor(raw, row_factory=namedtuple_row)
                cursor.execute(statement, values or None)
                return list(cursor.fetchall()) if cursor.description else []
            finally:
                raw.set_autocommit(False)

    async def empty(self, begins_at: datetime) -> None:
        """Forget everything, and begin at this business time."""
        if not self._tables:
            [[self._tables]] = await self.run(TABLES)
        await self.turn(begins_at)
        async with self.engine.begin() as tx:
            await tx.exec_driver_sql(f"TRUNCATE {self._tables} RESTART IDENTITY CASCADE")
            await tx.execute(
                text("UPDATE clock SET simulated = true, shift = :shift"), {"shift": SHIFT}
            )
            await tx.execute(text("UPDATE operator_stop SET stopped = false"))


@asynccontextmanager
async def steer(url: str, cursor: type[PlainCursor] = PlainCursor) -> AsyncIterator[Steered]:
    """Take over the clock of the database at `url`, a migrated one that nobody else uses."""
    address = parse_url(
        make_url(url).update_query_dict({"options": SESSION}).render_as_string(False)
    )
    registry.register("postgresql.plain", PlainDialect.__module__, PlainDialect.__name__)
    created = create_async_engine(
        address.set(drivername="postgresql+plain"),
        pool_size=1,
        max_overflow=0,
        pool_timeout=5,
        connect_args={
            **connect_arguments(address, is_pooled=False),
            "cursor_factory": cursor,
        },
    )
    engine = PlainEngine(created.sync_engine)
    steered = Steered(engine)

    def tell_time(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SELECT set_config('steered.now', '{steered.machine.isoformat()}', false)")
        cursor.close()
        connection.commit()

    event.listen(engine.sync_engine, "connect", tell_time)
    try:
        async with engine.begin() as tx:
            for statement in SCHEMA:
                await tx.exec_driver_sql(statement)
        yield steered
    finally:
        await engine.dispose()
