"""A database with as many people as a benchmark asks for, each with consent and a planned attempt.

Made by the server itself: indexes are taken away, the rows come from `generate_series`, and the
indexes are built again. A million take about a minute.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import psycopg

from storage import migrate

TUESDAY = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)
"""When everything is due: ten in the morning in New York."""
IDS = UUID("5b1f7a52-7d2c-5b0e-8c55-0b6f3f2a9d11")
NUMBERS = 4
"""Numbers of ours that the campaigns share."""
TABLES = ("contacts", "contact_points", "consents", "leads", "attempts")

AGENT = {
    "kind": "agent",
    "name": "ada",
    "title": "Ada",
    "persona": "A friendly assistant.",
    "goal": "Offer a demo.",
    "opener": "Hello {{ first_name | default: 'there' }}, this is Ada, an AI assistant.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A running campaign with this many leads, all of them due."""

    name: str
    leads: int
    concurrency: int = 25
    emission: timedelta = timedelta(0)
    """The campaign's pace: one start each; zero is no limit."""
    due_at: datetime = field(default=TUESDAY - timedelta(hours=1))

    @classmethod
    def paced(cls, name: str, leads: int, per_second: int) -> "Group":
        """A campaign that may start so many a second, as many at once as it likes."""
        pace = timedelta(seconds=1) / per_second
        return cls(name=name, leads=leads, concurrency=10_000, emission=pace)

    @property
    def id(self) -> UUID:
        return uuid5(IDS, self.name)

    @property
    def document(self) -> dict[str, object]:
        """No rule: an attempt that nobody answers ends its lead."""
        return {
            "kind": "campaign",
            "name": self.name,
            "title": self.name,
            "goal": "Offer a demo.",
            "purpose": "service",
            "agent": "ada",
            "steps": [{"channel": "voice"}],
            "rules": [],
        }


# The last twelve digits of every id count the people; so rows that belong together find each other.
_ID = "('0196{kind}00-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_CONTACT, _LEAD, _ATTEMPT, _CONSENT = (_ID.format(kind=f"{kind:02}") for kind in range(4))
# The 555 exchange, which belongs to nobody, in 790 area codes.
_PHONE = "'+1' || (200 + n / 10000) || '555' || lpad(mod(n, 10000)::text, 4, '0')"

_PEOPLE = (
    f"INSERT INTO contacts (id, first_name, last_name, source, created_at)"
    f" SELECT {_CONTACT}, 'Lee', 'Doe' || mod(n, 5000), 'bench', %(at)s FROM generate_series"
    "(%(first)s::int, %(last)s::int) AS n",
    f"INSERT INTO contact_points (contact_id, kind, value, created_at)"
    f" SELECT {_CONTACT}, 'phone', {_PHONE}, %(at)s FROM generate_series"
    "(%(first)s::int, %(last)s::int) AS n",
    f"INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source, recorded_at,"
    f" recorded_by) SELECT {_CONSENT}, {_CONTACT}, 'granted', 'any', 'any', 'express_written',"
    " 'bench', %(at)s, 'bench' FROM generate_series(%(first)s::int, %(last)s::int) AS n",
    f"INSERT INTO leads (id, campaign_id, contact_id, phone, first_name, last_name, country, zones,"
    f" fields, work, search, created_at, updated_at)"
    f" SELECT {_LEAD}, %(campaign)s, {_CONTACT}, {_PHONE}, 'Lee', 'Doe' || mod(n, 5000), 'US',"
    " ARRAY['America/New_York'], jsonb_build_object('seats', mod(n, 500)), 'planned',"
    f" ' lee doe' || mod(n, 5000) || ' ' || substr({_PHONE}, 2), %(at)s, %(at)s"
    " FROM generate_series(%(first)s::int, %(last)s::int) AS n",
    f"INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, due_at,"
    f" window_end_at, reason, created_by, created_at)"
    f" SELECT {_ATTEMPT}, %(campaign)s, {_LEAD}, {_CONTACT}, 1, 'voice', {_PHONE},"
    " %(due)s::timestamptz + n * interval '1 microsecond', %(ends)s, 'first_step', 'engine', %(at)s"
    " FROM generate_series(%(first)s::int, %(last)s::int) AS n",
)


async def fill(url: str, groups: Sequence[Group]) -> None:
    """Migrate an empty database and bring these campaigns with their people into it."""
    await migrate.upgrade(url)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        # Nothing refers to what is not there, and the keys need not be told so a million times.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '256MB'")
        connection.execute(
            "UPDATE clock SET simulated = true, shift = %s - clock_timestamp()", [TUESDAY]
        )
        _numbers(connection)
        _document(connection, "agent", "ada", AGENT)
        indexes = _take_indexes(connection)
        first = 1
        for group in groups:
            _campaign(connection, group)
            values = {
                "campaign": group.id,
                "at": TUESDAY - timedelta(days=1),
                "due": group.due_at,
                "ends": TUESDAY + timedelta(hours=8),
                "first": first,
                "last": first + group.leads - 1,
            }
            for statement in _PEOPLE:
                connection.execute(statement, values)
            first += group.leads
        for index in indexes:
            connection.execute(index)
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


@contextmanager
def emptied(url: str) -> Iterator[None]:
    """A database from which everything goes first."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    yield


def number_id(index: int) -> UUID:
    """One of our numbers."""
    return uuid5(IDS, f"number {index}")


def plain(url: str) -> str:
    """The address as psycopg wants it."""
    return url.replace("+psycopg", "", 1)


def _take_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop what no constraint needs; returns how to make it again."""
    rows = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " WHERE i.schemaname = 'public' AND i.tablename = ANY(%s) AND NOT EXISTS ("
        "  SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
        [list(TABLES)],
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in rows]


def _numbers(connection: psycopg.Connection) -> None:
    for index in range(NUMBERS):
        connection.execute(
            "INSERT INTO senders (id, channel, provider, address, simulated, emission, burst)"
            " VALUES (%s, 'voice', 'fake', %s, true, '0', 1)",
            [number_id(index), f"+1202555010{index}"],
        )


def _document(
    connection: psycopg.Connection, kind: str, name: str, body: dict[str, object]
) -> None:
    connection.execute(
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES (%s, %s, 1, %s::jsonb, %s, 'bench')",
        [kind, name, json.dumps(body), TUESDAY],
    )


def _campaign(connection: psycopg.Connection, group: Group) -> None:
    _document(connection, "campaign", group.name, group.document)
    connection.execute(
        "INSERT INTO campaigns (id, name, title, version, agent_name, status, concurrency,"
        " emission, burst, created_at) VALUES (%s, %s, %s, 1, 'ada', 'running', %s, %s, 1, %s)",
        [group.id, group.name, group.name, group.concurrency, group.emission, TUESDAY],
    )
