"""Whose a touchpoint is that came from elsewhere: by address or number, else by the domain."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.touchpoints import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    contact_id: UUID
    company_id: UUID | None


_PEOPLE = text("""
SELECT p.value, p.contact_id, c.company_id
FROM contact_points p JOIN contacts c ON c.id = p.contact_id
WHERE p.value = ANY(cast(:points AS text[])) AND p.kind IN ('email', 'phone', 'whatsapp')
ORDER BY p.kind DESC
""")
_COMPANIES = text("""
SELECT DISTINCT ON (d.domain) d.domain, c.id
FROM companies c, unnest(c.domains) AS d(domain)
WHERE c.domains && cast(:domains AS text[]) AND d.domain = ANY(cast(:domains AS text[]))
ORDER BY d.domain, c.id
""")
# Whoever became known since: what they did before is theirs from now on, and their company's.
_RECOGNIZE = text("""
UPDATE touchpoints t SET contact_id = p.contact_id,
  company_id = coalesce(c.company_id, t.company_id), data = t.data - 'who'
FROM contact_points p JOIN contacts c ON c.id = p.contact_id
WHERE t.contact_id IS NULL AND t.occurred_at >= :since
  AND p.value IN (t.data->'who'->>'email', t.data->'who'->>'phone')
RETURNING t.company_id, t.contact_id
""")
_PLACE = text("""
UPDATE touchpoints t SET company_id = c.id FROM companies c
WHERE t.contact_id IS NULL AND t.company_id IS NULL AND t.occurred_at >= :since
  AND c.domains @> ARRAY[t.data->'who'->>'domain']
RETURNING t.company_id, t.contact_id
""")


async def people(tx: AsyncConnection, points: Collection[str]) -> dict[str, Whose]:
    """By address (lower case) and number (E.164), the contacts that have them."""
    if not points:
        return {}
    rows = await tx.execute(_PEOPLE, {"points": list(points)})
    return {row.value: Whose(contact_id=row.contact_id, company_id=row.company_id) for row in rows}


async def companies(tx: AsyncConnection, domains: Collection[str]) -> dict[str, UUID]:
    """By domain, the companies that have them."""
    if not domains:
        return {}
    rows = await tx.execute(_COMPANIES, {"domains": list(domains)})
    return {row.domain: row.id for row in rows}


async def recognize(tx: AsyncConnection, since: datetime) -> Written:
    """Give what nobody was known for to those who are known by now."""
    found = [
        row
        for statement in (_RECOGNIZE, _PLACE)
        for row in await tx.execute(statement, {"since": since})
    ]
    return Written(
        companies=frozenset(row.company_id for row in found if row.company_id),
        contacts=frozenset(
            row.contact_id for row in found if row.contact_id and not row.company_id
        ),
        new=len(found),
    )
