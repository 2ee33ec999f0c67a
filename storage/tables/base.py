"""What the tables share: naming of constraints and the column kinds.

Conventions (docs/architecture.md): ids are UUIDv7 made by us; `_at` is timestamptz in *business
time* unless a comment says *machine time* (leases, pace, heartbeats); enums are text, checked
against the closed lists of `outreach`; `events` and `inbox` are partitioned by month.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, MetaData, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; text in Python, for it is only compared in SQL."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


def moment(name: str, *, required: bool = False) -> Column[object]:
    """A point in time, aware and in UTC."""
    return Column(name, DateTime(timezone=True), nullable=not required)


def own_id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def to(name: str, target: str, *, required: bool = True, cascade: bool = False) -> Column[object]:
    """A reference; `cascade` where the row means nothing without what it points to."""
    key = ForeignKey(target, ondelete="CASCADE" if cascade else None)
    return Column(name, Uuid, key, nullable=not required)


def of(name: str) -> Column[object]:
    """A reference that no key checks, for rows that come by the hundred thousand.

    Which ones, and what holds them instead, is docs/decisions/0002.
    """
    return Column(name, Uuid, nullable=False)


def json_object(name: str) -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words (or null, where it may be)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def listed(states: Iterable[StrEnum]) -> str:
    """The states as SQL literals, in a fixed order."""
    return ", ".join(f"'{state.value}'" for state in sorted(states))
