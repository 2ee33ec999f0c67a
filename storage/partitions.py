"""The months of the tables that are cut by month: made ahead of time, so that none lacks its place.

A row whose month has no table of its own lies in `NAME_rest` and is found all the same; when its
month is made, it moves there.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

PARTITIONED = {"events": "at", "inbox": "month"}
"""Table and the column that its months are cut by."""
AHEAD = 3


async def ensure(tx: AsyncConnection, now: datetime, *, ahead: int = AHEAD) -> list[str]:
    """Make this month and the `ahead` next ones; the names of the tables that were missing.

    A singleton duty: two at once would wait for each other's tables.
    """
    return await tx.run_sync(create_months, now, ahead)


def create_months(connection: Connection, now: datetime, ahead: int = AHEAD) -> list[str]:
    first = now.astimezone(UTC)
    made = []
    for table, column in PARTITIONED.items():
        for offset in range(ahead + 1):
            month, after = month_start(first, offset), month_start(first, offset + 1)
            name = f"{table}_{month:%Y_%m}"
            if not exists(connection, name):
                create(connection, table, column, name, (month, after))
                made.append(name)
    return made


def month_start(moment: datetime, offset: int) -> datetime:
    months = moment.year * 12 + moment.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def exists(connection: Connection, name: str) -> bool:
    found = connection.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name})
    return bool(found.scalar_one())


def create(
    connection: Connection, table: str, column: str, name: str, span: tuple[datetime, datetime]
) -> None:
    """Make one month beside the table, fetch its rows from the rest, then attach it."""
    # With the zone said, the bounds are the same in whatever zone the session is.
    start, end = (f"'{moment:%Y-%m-%d %H:%M:%S+00}'" for moment in span)
    condition = f"{column} >= {start} AND {column} < {end}"
    for statement in (
        # Whoever writes waits at the door: a row that had chosen the rest already would be refused
        # there once the rest may no longer hold this month.
        f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        f"WITH moved AS (DELETE FROM {table}_rest WHERE {condition} RETURNING *)"
        f" INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})",
    ):
        connection.exec_driver_sql(statement)
