"""Briefs of companies, each version, and which are to be written again."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.brief import Claim, Part, Section

WAITS: Final = timedelta(minutes=10)
"""After the last change; so that what comes together is written once."""
LONGEST_WAIT: Final = timedelta(hours=1)
"""After the first of a row of changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    company_id: UUID
    version: int
    sections: tuple[Section, ...]
    why: str
    """stage | touchpoint | reading | field | person | asked"""
    created_at: datetime


_ORDER = text("""
INSERT INTO brief_orders AS o (company_id, since, due_at, why)
SELECT c.id, :now, cast(:now AS timestamptz) + cast(:waits AS interval), :why FROM companies c
WHERE c.id = ANY(cast(:companies AS uuid[])) ORDER BY c.id
ON CONFLICT (company_id) DO UPDATE SET why = excluded.why,
  due_at = least(excluded.due_at, o.since + cast(:longest AS interval))
""")
_LIST_DUE = text("""
SELECT company_id FROM brief_orders WHERE due_at <= :now ORDER BY due_at LIMIT :limit
""")
_TAKE = text("""
DELETE FROM brief_orders WHERE company_id = ANY(cast(:companies AS uuid[])) AND due_at <= :now
RETURNING company_id, why
""")
_DUE_AT = text("SELECT due_at FROM brief_orders WHERE company_id = :company")
_WRITE = text("""
INSERT INTO briefs (company_id, version, sections, why, created_at)
SELECT :company, coalesce(max(version), 0) + 1, cast(:sections AS jsonb), :why, :now
FROM briefs WHERE company_id = :company
RETURNING version
""")
_COLUMNS: Final = "SELECT b.company_id, b.version, b.sections, b.why, b.created_at FROM briefs b"
_LATEST = text(f"""
{_COLUMNS} WHERE b.company_id = :company ORDER BY b.version DESC LIMIT :limit
""")
_OF_CONTACT = text("""
SELECT c.id FROM contacts k JOIN companies c ON c.id = k.company_id
WHERE k.id = :contact AND c.fit_label <> 'not_a_fit'
""")
_HOMES = text("""
SELECT company_id FROM contacts
WHERE id = ANY(cast(:contacts AS uuid[])) AND company_id IS NOT NULL
UNION
SELECT k.company_id FROM leads l JOIN contacts k ON k.id = l.contact_id
WHERE l.id = ANY(cast(:leads AS uuid[])) AND k.company_id IS NOT NULL
""")


async def order(
    tx: AsyncConnection, company_ids: Collection[UUID], why: str, now: datetime
) -> None:
    """Let these companies' briefs be written again, a while after the last change."""
    if company_ids:
        values = {"companies": list(company_ids), "why": why, "now": now}
        await tx.execute(_ORDER, {**values, "waits": WAITS, "longest": LONGEST_WAIT})


async def list_due(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Companies whose brief is due, the longest first."""
    return list((await tx.execute(_LIST_DUE, {"now": now, "limit": limit})).scalars())


async def take_due(
    tx: AsyncConnection, company_ids: Collection[UUID], now: datetime
) -> list[tuple[UUID, str]]:
    """Those of these, which the caller holds, that are due still, and why; each is taken once."""
    rows = await tx.execute(_TAKE, {"companies": list(company_ids), "now": now})
    return sorted((row.company_id, row.why) for row in rows)


async def due_at(tx: AsyncConnection, company_id: UUID) -> datetime | None:
    """When it is written again; None: nothing has changed since."""
    return (await tx.execute(_DUE_AT, {"company": company_id})).scalar_one_or_none()


async def write(
    tx: AsyncConnection, company_id: UUID, sections: Sequence[Section], why: str, now: datetime
) -> int:
    """Another version; returns its number. The caller holds the company."""
    values = {"company": company_id, "sections": json.dumps(as_data(sections)), "why": why}
    return int((await tx.execute(_WRITE, {**values, "now": now})).scalar_one())


async def latest(tx: AsyncConnection, company_id: UUID, limit: int = 1) -> list[Brief]:
    """The newest versions, the newest first."""
    rows = await tx.execute(_LATEST, {"company": company_id, "limit": limit})
    return list(map(_brief, rows))


async def company_of(tx: AsyncConnection, contact_id: UUID) -> UUID | None:
    """The company of somebody, where it may have a brief."""
    return (await tx.execute(_OF_CONTACT, {"contact": contact_id})).scalar_one_or_none()


async def companies_of(
    tx: AsyncConnection, contact_ids: Collection[UUID], lead_ids: Collection[UUID]
) -> set[UUID]:
    """Whose these people, and the people of these leads, are."""
    if not contact_ids and not lead_ids:
        return set()
    values = {"contacts": list(contact_ids), "leads": list(lead_ids)}
    return set((await tx.execute(_HOMES, values)).scalars())


def as_data(sections: Sequence[Section]) -> list[dict[str, object]]:
    """As JSON."""
    return [
        {
            "part": one.part.value,
            "claims": [{"text": claim.text, "refs": list(claim.refs)} for claim in one.claims],
        }
        for one in sections
    ]


def _brief(row: Row[Any]) -> Brief:
    return Brief(
        company_id=row.company_id,
        version=row.version,
        sections=tuple(
            Section(
                part=Part(one["part"]),
                claims=tuple(
                    Claim(text=claim["text"], refs=tuple(claim["refs"])) for claim in one["claims"]
                ),
            )
            for one in row.sections
        ),
        why=row.why,
        created_at=row.created_at,
    )
