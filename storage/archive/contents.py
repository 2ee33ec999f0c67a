"""Which tables a backup holds, and as what their rows are written.

Transaction ids mean nothing on another server. So events are written with `tx` 0, before every
transaction to come, and counts are written complete, with their cursor behind the last event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, sql

from storage.tables import metadata
from storage.tallies import CURSOR, UNFOLDED

LEFT_OUT: Final[Mapping[str, str]] = {
    "alembic_version": "the restoring program makes the tables itself",
    "processes": "whoever worked then does not work there",
    "procrastinate_workers": "whoever worked then does not work there",
    "sessions": "a browser that was signed in there is not signed in here",
    "sign_in_links": "a link that signs in does so where it was made",
    "sign_in_tries": "whoever guessed there begins anew here",
    "api_answers": "what was answered there was not done here",
}
"""Tables that are in no backup, and why."""

SIDE_WORK: Final = (
    "procrastinate_jobs",
    "procrastinate_periodic_defers",
    "procrastinate_events",
)
"""Procrastinate's tables, parents first."""

SPECIAL: Final[Mapping[str, Mapping[str, str]]] = {
    "events": {"tx": "cast('0' AS xid8)"},
    # Where it is restored every event lies behind it: nothing is told twice.
    "webhook_endpoints": {
        "told_tx": "cast(0 AS bigint)",
        "told_seq": "(SELECT coalesce(max(seq), 0) FROM events)",
        "lease_until": "cast(NULL AS timestamptz)",
    },
    "procrastinate_jobs": {"worker_id": "cast(NULL AS bigint)"},
}
"""Table and column whose value is written as something else."""

ROWS: Final[Mapping[str, str]] = {
    "tallies": f"""(
      SELECT campaign_id, hour, kind, cast(sum(count) AS bigint) AS count FROM (
        SELECT campaign_id, hour, kind, count FROM tallies
        UNION ALL
        SELECT campaign_id, date_trunc('hour', at, 'UTC') AS hour, kind, count(*) FROM events
        WHERE campaign_id IS NOT NULL AND {UNFOLDED} GROUP BY campaign_id, hour, kind
      ) AS folded_and_rest GROUP BY campaign_id, hour, kind) AS tallies""",
    "duties": f"""(
      SELECT name, done_for, state FROM duties WHERE name <> '{CURSOR}'
      UNION ALL
      SELECT '{CURSOR}', NULL, jsonb_build_object('tx', '0', 'seq', coalesce(max(seq), 0))
      FROM events) AS duties""",
}
"""Tables whose rows are not simply those that stand there."""

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str
    columns: tuple[str, ...]

    @property
    def query(self) -> sql.Composed:
        """The rows of this table as a backup holds them."""
        special = SPECIAL.get(self.name, {})
        shown = [
            sql.SQL(special[name]) if name in special else sql.Identifier(name)
            for name in self.columns
        ]
        rows = sql.SQL(ROWS[self.name]) if self.name in ROWS else sql.Identifier(self.name)
        return sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(shown), rows)


def table_names() -> tuple[str, ...]:
    """Every table that is saved, parents before children."""
    ours = [table.name for table in metadata.sorted_tables if table.name not in LEFT_OUT]
    return (*ours, *SIDE_WORK)


def sections(connection: Connection[Any]) -> list[Section]:
    """The saved tables with the columns that they have in this database."""
    return [Section(name=name, columns=_columns(connection, name)) for name in table_names()]


def _columns(connection: Connection[Any], table: str) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(_COLUMNS, (table,)))
