"""Contacts as lists show them, and what stands on the page of their company."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.job_title import BuyingRole, Department, Seniority
from storage.search import words

PAGE: Final = 50
MOST: Final = 500
"""People, or leads, of one company that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A contact as lists show them."""

    id: UUID
    first_name: str
    last_name: str
    title: str | None
    seniority: Seniority | None
    department: Department | None
    buying_role: BuyingRole
    company_id: UUID | None
    company: str | None
    source: str
    points: dict[str, str]
    """Number or address by kind; one of each."""
    lead_id: UUID | None
    """Their newest lead."""
    created_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or "No name"


_PERSON: Final = """
SELECT k.id, k.first_name, k.last_name, k.title, k.seniority, k.department, k.buying_role,
       k.company_id, c.name AS company, k.source, k.created_at,
       coalesce((SELECT jsonb_object_agg(p.kind, p.value ORDER BY p.value) FROM contact_points p
                 WHERE p.contact_id = k.id), '{}') AS points,
       (SELECT l.id FROM leads l WHERE l.contact_id = k.id ORDER BY l.id DESC LIMIT 1) AS lead_id
FROM contacts k LEFT JOIN companies c ON c.id = k.company_id
"""
_PEOPLE_OF = text(f"{_PERSON} WHERE k.company_id = :id ORDER BY k.id LIMIT :limit")


async def people_of(tx: AsyncConnection, company_id: UUID) -> list[PersonRow]:
    """Everybody who belongs to it, the oldest first; MOST at most."""
    rows = await tx.execute(_PEOPLE_OF, {"id": company_id, "limit": MOST})
    return list(map(_person, rows))


async def people(
    tx: AsyncConnection, search: str, *, after: UUID | None = None, limit: int = PAGE
) -> tuple[list[PersonRow], UUID | None]:
    """Contacts, newest first, and after whom the next page begins; None where this is the last.

    `search` has beginnings of words of a name, a title or a company.
    """
    filters, values = "", dict[str, object](limit=limit + 1)
    if after is not None:
        filters += " AND k.id < :after"
        values["after"] = after
    for at, word in enumerate(words(search)):
        filters += (
            " AND lower(' ' || k.first_name || ' ' || k.last_name || ' ' || coalesce(k.title, '')"
            f" || ' ' || coalesce(c.name, '')) LIKE :word{at}"
        )
        values[f"word{at}"] = f"% {word}%"
    statement = f"{_PERSON} WHERE k.source <> 'erased'{filters} ORDER BY k.id DESC LIMIT :limit"
    rows = (await tx.execute(text(statement), values)).all()
    found = list(map(_person, rows[:limit]))
    return found, found[-1].id if len(rows) > limit else None


def _person(row: Row[tuple[object, ...]]) -> PersonRow:
    return PersonRow(
        id=row.id,
        first_name=row.first_name,
        last_name=row.last_name,
        title=row.title,
        seniority=Seniority(row.seniority) if row.seniority else None,
        department=Department(row.department) if row.department else None,
        buying_role=BuyingRole(row.buying_role),
        company_id=row.company_id,
        company=row.company,
        source=row.source,
        points=dict(row.points),
        lead_id=row.lead_id,
        created_at=row.created_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOfCompany:
    id: UUID
    name: str
    campaign: str
    title: str
    """Of the campaign."""
    status: str
    work: str
    work_reason: str | None
    due_at: datetime | None


_LEADS_OF = text("""
SELECT l.id, trim(l.first_name || ' ' || l.last_name) AS name, g.name AS campaign, g.title,
       l.status, l.work, l.work_reason, a.due_at
FROM contacts k JOIN leads l ON l.contact_id = k.id JOIN campaigns g ON g.id = l.campaign_id
LEFT JOIN attempts a ON a.lead_id = l.id AND a.state = 'planned'
WHERE k.company_id = :id ORDER BY l.id DESC LIMIT :limit
""")


async def leads_of(tx: AsyncConnection, company_id: UUID) -> list[LeadOfCompany]:
    """The leads of its people in all campaigns, newest first; MOST at most."""
    rows = await tx.execute(_LEADS_OF, {"id": company_id, "limit": MOST})
    return [LeadOfCompany(**row._mapping) for row in rows]


_OF_CONTACT = text("""
SELECT c.id FROM contacts k JOIN companies c ON c.id = k.company_id WHERE k.id = :id
""")


async def of_contact(tx: AsyncConnection, contact_id: UUID) -> UUID | None:
    """The company that somebody belongs to."""
    found: UUID | None = (await tx.execute(_OF_CONTACT, {"id": contact_id})).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class HappenedToCompany:
    at: datetime
    kind: str
    actor: str
    data: Mapping[str, object]


_HISTORY = text("""
SELECT at, kind, actor, data FROM events WHERE company_id = :id
ORDER BY at DESC, seq DESC LIMIT 100
""")


async def history_of(tx: AsyncConnection, company_id: UUID) -> list[HappenedToCompany]:
    """What happened to a company, the newest first; a hundred at most."""
    rows = await tx.execute(_HISTORY, {"id": company_id})
    return [HappenedToCompany(**row._mapping) for row in rows]
