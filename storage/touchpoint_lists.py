"""What people did, to be shown: of one person or of one company, newest first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    id: UUID
    at: datetime
    kind: str
    channel: str
    """By which way they came to it."""
    attention_ratio: int
    """Thousandths."""
    depth: int
    """Thousandths."""
    score: int | None
    """None: noise."""
    contact_id: UUID | None
    lead_id: UUID | None
    source_ref: str
    data: Mapping[str, object]

    @property
    def act(self) -> str:
        return str(self.data.get("act") or self.kind)


_COLUMNS = """
SELECT id, occurred_at AS at, kind, channel, coalesce(attention_ratio, 0) AS attention_ratio,
       coalesce(depth, 0) AS depth, score, contact_id, lead_id, source_ref, data
FROM touchpoints
"""
_ORDER = "AND (:noise OR score IS NOT NULL) ORDER BY occurred_at DESC, id DESC LIMIT :limit"
_OF_CONTACT = text(f"{_COLUMNS} WHERE contact_id = :whose {_ORDER}")
_OF_COMPANY = text(f"{_COLUMNS} WHERE company_id = :whose {_ORDER}")
_COMPANY = text("""
SELECT id, name FROM companies
WHERE id = cast(:id AS uuid) OR domains @> ARRAY[:words] OR lower(name) = :words
ORDER BY name, id LIMIT 5
""")


async def of_contact(
    tx: AsyncConnection, contact_id: UUID, *, noise: bool = False, limit: int = 200
) -> list[Shown]:
    """What somebody did; with `noise` also what does not count."""
    values = {"whose": contact_id, "noise": noise, "limit": limit}
    return [Shown(**row._mapping) for row in await tx.execute(_OF_CONTACT, values)]


async def of_company(
    tx: AsyncConnection, company_id: UUID, *, noise: bool = False, limit: int = 200
) -> list[Shown]:
    """What anybody of a company did."""
    values = {"whose": company_id, "noise": noise, "limit": limit}
    return [Shown(**row._mapping) for row in await tx.execute(_OF_COMPANY, values)]


_NAMES = text("""
SELECT id, coalesce(nullif(trim(first_name || ' ' || last_name), ''), 'Somebody') AS name
FROM contacts WHERE id = ANY(cast(:ids AS uuid[]))
""")


async def names_of(tx: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, str]:
    """What these people are called."""
    rows = await tx.execute(_NAMES, {"ids": list(contact_ids)})
    return {row.id: row.name for row in rows}


async def find_companies(tx: AsyncConnection, words: str) -> dict[UUID, str]:
    """Companies with this id, domain or whole name, at most five; their names by id."""
    try:
        id_ = UUID(words)
    except ValueError:
        id_ = None
    rows = await tx.execute(_COMPANY, {"id": id_, "words": words.lower()})
    return {row.id: row.name for row in rows}
