"""Versioned documents: which version is the newest, what one says, and how one is published."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import documents


class Named(NamedTuple):
    kind: str
    """campaign | agent | template"""
    name: str


class Version(NamedTuple):
    kind: str
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    kind: str
    name: str
    version: int
    title: str | None
    published_at: datetime
    published_by: str


_LIST = text("""
SELECT DISTINCT ON (kind, name) kind, name, version, body ->> 'title' AS title,
       created_at AS published_at, created_by AS published_by
FROM documents WHERE kind = ANY(cast(:kinds AS text[])) ORDER BY kind, name, version DESC
""")

_NEWEST = text("""
SELECT d.kind, d.name, max(d.version) AS version FROM documents d
JOIN unnest(cast(:kinds AS text[]), cast(:names AS text[])) AS w(kind, name)
  ON (d.kind, d.name) = (w.kind, w.name)
GROUP BY d.kind, d.name
""")

_READ = text("""
SELECT d.kind, d.name, d.version, d.body FROM documents d
JOIN unnest(cast(:kinds AS text[]), cast(:names AS text[]), cast(:versions AS int[]))
  AS w(kind, name, version)
  ON (d.kind, d.name, d.version) = (w.kind, w.name, w.version)
""")


async def newest(tx: AsyncConnection, wanted: Collection[Named]) -> dict[Named, int]:
    """The newest version of each document; those that do not exist are absent."""
    if not wanted:
        return {}
    values = {"kinds": [one.kind for one in wanted], "names": [one.name for one in wanted]}
    rows = await tx.execute(_NEWEST, values)
    return {Named(row.kind, row.name): row.version for row in rows}


async def read(
    tx: AsyncConnection, wanted: Collection[Version]
) -> dict[Version, Mapping[str, object]]:
    """What these documents say; those that do not exist are absent."""
    if not wanted:
        return {}
    values = {
        "kinds": [one.kind for one in wanted],
        "names": [one.name for one in wanted],
        "versions": [one.version for one in wanted],
    }
    rows = await tx.execute(_READ, values)
    return {Version(row.kind, row.name, row.version): row.body for row in rows}


async def list_names(tx: AsyncConnection, kind: str) -> list[str]:
    """The names of all documents of a kind, sorted."""
    query = select(documents.c.name).where(documents.c.kind == kind).distinct()
    return list((await tx.execute(query.order_by("name"))).scalars())


async def list_newest(tx: AsyncConnection, kinds: Collection[str]) -> list[Listed]:
    """The newest version of each document of these kinds, by kind and name."""
    rows = await tx.execute(_LIST, {"kinds": list(kinds)})
    return [Listed(**row._mapping) for row in rows]


async def publish(
    tx: AsyncConnection, named: Named, body: Mapping[str, object], *, at: datetime, by: str
) -> int:
    """Store the next version and return its number: from 1, without gaps."""
    await lock(tx, named)
    version = (await newest(tx, [named])).get(named, 0) + 1
    await tx.execute(
        documents.insert().values(
            kind=named.kind,
            name=named.name,
            version=version,
            body=body,
            created_at=at,
            created_by=by,
        )
    )
    return version


async def lock(tx: AsyncConnection, named: Named) -> None:
    """Let publishers of one document take turns until their transactions end."""
    await tx.execute(
        select(func.pg_advisory_xact_lock(func.hashtext(f"{named.kind}/{named.name}")))
    )
