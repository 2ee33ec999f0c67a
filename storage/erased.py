"""Persons that were erased: nothing is left of them but marks of their numbers and addresses."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.marks import Marks
from storage import suppressions
from storage.suppressions import Suppression

ERASED: Final = "erased"
"""Kind and reason of a suppression whose value is a mark."""

_ANYBODY = text("""
SELECT EXISTS (SELECT FROM suppressions WHERE kind = 'erased' AND lifted_at IS NULL)
""")
_FOUND = text("""
SELECT value FROM suppressions
WHERE kind = 'erased' AND lifted_at IS NULL AND value = ANY(cast(:marks AS text[]))
""")
_STRANGE = text("""
SELECT EXISTS (SELECT FROM suppressions
  WHERE kind = 'erased' AND lifted_at IS NULL AND NOT starts_with(value, cast(:name AS text)))
""")


async def anybody(tx: AsyncConnection) -> bool:
    """Whether anybody was ever erased."""
    return bool((await tx.execute(_ANYBODY)).scalar_one())


async def find(tx: AsyncConnection, marks: Marks, points: Collection[str]) -> frozenset[str]:
    """Those of these numbers (E.164) and addresses (lower case) that were an erased person's.

    Without a key nobody can tell, and as soon as anybody was erased it is all of them.
    """
    if not points or not await anybody(tx):
        return frozenset()
    if marks.key is None:
        return frozenset(points)
    points_by_mark = {marks.of(point): point for point in points}
    found = await tx.execute(_FOUND, {"marks": list(points_by_mark)})
    return frozenset(points_by_mark[mark] for mark in found.scalars())


async def has_strange_marks(tx: AsyncConnection, marks: Marks) -> bool:
    """Whether a mark was made under another key than this one, so that it protects nobody."""
    if marks.key is None:
        return await anybody(tx)
    return bool((await tx.execute(_STRANGE, {"name": f"{marks.key_name}:"})).scalar_one())


async def add(
    tx: AsyncConnection, marks: Marks, point: str, *, id: UUID, by: str, now: datetime
) -> bool:
    """Never contact or take in who had this number or address; False when it is marked already."""
    mark = Suppression(
        id=id,
        kind=ERASED,
        value=marks.of(point),
        reason=ERASED,
        source=ERASED,
        created_at=now,
        created_by=by,
    )
    return await suppressions.add(tx, mark)
