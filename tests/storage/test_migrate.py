"""The migrations make what the tables say, once, whoever runs them and how often."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, text

from outreach.errors import Rejected
from storage import migrate
from storage.database import parse_url
from storage.partitions import PARTITIONED
from storage.tables import metadata

ROOT = Path(__file__).parents[2]

# Everything that compare_metadata overlooks as well: checks, predicates, storage parameters.
SCHEMA = text(
    r"""
    WITH ours AS (
        SELECT c.oid, c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname NOT LIKE 'procrastinate\_%' AND c.relname <> 'alembic_version')
    SELECT relname || ' table ' || coalesce(c.reloptions::text, '')
           || coalesce(pg_get_partkeydef(c.oid), '')
    FROM ours JOIN pg_class c USING (oid, relname)
    UNION ALL
    SELECT relname || ' column ' || attname || ' ' || format_type(atttypid, atttypmod)
           || ' ' || attnotnull || attidentity::text
           || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = ours.oid AND d.adnum = attnum
    UNION ALL
    SELECT relname || ' constraint ' || conname || ' ' || pg_get_constraintdef(k.oid)
    FROM ours JOIN pg_constraint k ON k.conrelid = ours.oid
    UNION ALL
    SELECT relname || ' index ' || pg_get_indexdef(indexrelid)
    FROM ours JOIN pg_index i ON i.indrelid = ours.oid
    ORDER BY 1
    """
)


def is_compared(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Our own tables; the months of a partitioned one and Procrastinate's are made elsewhere."""
    if kind != "table" or name is None:
        return True
    is_month = any(name.startswith(f"{table}_") for table in PARTITIONED)
    return not is_month and not name.startswith("procrastinate_")


def schema_of(connection: Connection) -> list[str]:
    return list(connection.execute(SCHEMA).scalars())


# SQLAlchemy cannot read that type back; the next test compares it.
@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": is_compared, "compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_the_migrated_schema_has_every_check_index_and_parameter_of_the_tables(
    database_url: str, empty_database_url: str
) -> None:
    migrated = create_engine(parse_url(database_url), poolclass=NullPool)
    built = create_engine(parse_url(empty_database_url), poolclass=NullPool)
    with built.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION lead_words(search text) RETURNS tsvector LANGUAGE sql IMMUTABLE"
                " AS $$ SELECT NULL::tsvector $$"
            )
        )
        metadata.create_all(connection)
        wanted = schema_of(connection)

    with migrated.connect() as connection:
        found = schema_of(connection)

    assert len(wanted) > 300
    assert found == wanted


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        before = schema_of(connection)

    await migrate.upgrade(database_url)

    with engine.connect() as connection:
        assert schema_of(connection) == before
        assert connection.execute(text("SELECT count(*) FROM clock")).scalar_one() == 1
    assert await migrate.current(database_url) == migrate.newest()


async def test_a_new_database_has_no_revision(empty_database_url: str) -> None:
    assert await migrate.current(empty_database_url) is None


def test_processes_that_migrate_together_take_turns(
    empty_database_url: str, tmp_path: Path
) -> None:
    program = (
        f"import asyncio, sys; sys.path.insert(0, {str(ROOT)!r});"
        f"from storage import migrate; asyncio.run(migrate.upgrade({empty_database_url!r}))"
    )
    # Anywhere but the source: the migrations are found without a file of the user's.
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]

    said = [racer.communicate(timeout=60)[1] for racer in racers]

    assert [racer.returncode for racer in racers] == [0, 0], said
    assert asyncio.run(migrate.current(empty_database_url)) == migrate.newest()


async def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Rejected) as refusal:
        await migrate.upgrade(database_url)

    assert refusal.value.code == "database_newer"


def test_the_side_works_own_tables_are_there(database_url: str) -> None:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar_one()

    assert found == "procrastinate_jobs"


def test_the_words_of_a_lead_are_searched_by_their_beginning(database_url: str) -> None:
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT lead_words(' anna berg 4155550123') @@ '''ber'':*'::tsquery")
        ).scalar_one()

    assert found is True
