"""Public lists of people who want no calls: millions of numbers, known by a list and its version.

A version is written in one transaction, and its commit puts it in the place of the one before.
"""

from collections.abc import AsyncIterable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.law.do_not_call import Listing

LOAD_LOCK: Final = 0x646F6E6F74
"""One list is loaded at a time."""

_PREPARE: Final = (
    "SET LOCAL statement_timeout = '2h'",
    "SET LOCAL lock_timeout = '5min'",
    "SET LOCAL work_mem = '128MB'",
    f"SELECT pg_advisory_xact_lock({LOAD_LOCK})",
    "DROP TABLE IF EXISTS do_not_call_stage",
    "CREATE TEMP TABLE do_not_call_stage (number bigint NOT NULL) ON COMMIT DROP",
)
_COPY: Final = "COPY do_not_call_stage FROM STDIN"
# Hashed into blocks, and made distinct in each: a third of what one sort of all numbers takes.
_FOLD = text("""
INSERT INTO do_not_call_numbers (block, list_id, ends)
SELECT block, cast(:list AS uuid), (SELECT array_agg(DISTINCT one) FROM unnest(ends) AS one)
FROM (SELECT number / 10000 AS block, array_agg(cast(number % 10000 AS smallint)) AS ends
      FROM do_not_call_stage GROUP BY number / 10000) AS blocks
""")
_COUNT = text("""
SELECT coalesce(sum(cardinality(ends)), 0) FROM do_not_call_numbers WHERE list_id = :list
""")
_COUNTED = text("UPDATE do_not_call_lists SET numbers = :numbers WHERE id = :list")
_ADD = text("""
INSERT INTO do_not_call_lists (id, name, country, numbers, source, imported_at, imported_by)
VALUES (:id, :name, :country, 0, :source, :now, :by)
""")
_CURRENT = text("""
SELECT id, name, country, numbers, source, imported_at FROM do_not_call_lists
WHERE replaced_at IS NULL ORDER BY name
""")
_FORGET = text("DELETE FROM do_not_call_numbers WHERE list_id = :list")
_REPLACED = text("UPDATE do_not_call_lists SET replaced_at = :now WHERE id = :list")

_FOUND = text("""
SELECT w.number, l.name, l.country, l.imported_at
FROM unnest(cast(:numbers AS bigint[])) AS w(number)
JOIN do_not_call_numbers n
  ON n.block = w.number / 10000 AND cast(w.number % 10000 AS smallint) = ANY(n.ends)
JOIN do_not_call_lists l ON l.id = n.list_id AND l.replaced_at IS NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """The version of a list that holds."""

    id: UUID
    name: str
    country: str
    numbers: int
    source: str
    imported_at: datetime


async def find(tx: AsyncConnection, phones: Collection[str]) -> dict[str, tuple[Listing, ...]]:
    """On which lists these numbers (E.164) stand; a number on none is left out."""
    wanted = {int(phone[1:]): phone for phone in phones if phone[1:].isdecimal()}
    found: dict[str, tuple[Listing, ...]] = {}
    if not wanted:
        return found
    for row in await tx.execute(_FOUND, {"numbers": list(wanted)}):
        listing = Listing(name=row.name, country=row.country, imported_at=row.imported_at)
        phone = wanted[row.number]
        found[phone] = (*found.get(phone, ()), listing)
    return found


async def prepare(tx: AsyncConnection) -> None:
    """Wait for whoever loads a list; then this transaction may stage one."""
    for statement in _PREPARE:
        await tx.exec_driver_sql(statement)


async def stage(tx: AsyncConnection, chunks: AsyncIterable[bytes]) -> None:
    """Bring in numbers: digits of E.164, one a line. Some may repeat."""
    raw = await tx.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    async with driver.cursor() as cursor, cursor.copy(_COPY) as stream:
        async for chunk in chunks:
            await stream.write(chunk)


async def add(tx: AsyncConnection, new: List, *, by: str) -> int:
    """Write what was staged as a version of the list; returns how many numbers it has.

    `new.numbers` is not looked at. No other version of the list may be current.
    """
    values = {"id": new.id, "name": new.name, "country": new.country, "source": new.source}
    await tx.execute(_ADD, {**values, "now": new.imported_at, "by": by})
    await tx.execute(_FOLD, {"list": new.id})
    numbers = int((await tx.execute(_COUNT, {"list": new.id})).scalar_one())
    await tx.execute(_COUNTED, {"list": new.id, "numbers": numbers})
    await tx.exec_driver_sql("ANALYZE do_not_call_numbers")
    return numbers


async def current(tx: AsyncConnection) -> list[List]:
    """Those that hold, by name."""
    return [List(**row._mapping) for row in await tx.execute(_CURRENT)]


async def retire(tx: AsyncConnection, list_id: UUID, now: datetime) -> None:
    """It holds no longer; that it did is kept, its numbers are not."""
    await tx.execute(_FORGET, {"list": list_id})
    await tx.execute(_REPLACED, {"list": list_id, "now": now})
