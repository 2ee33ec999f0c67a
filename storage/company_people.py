"""Who belongs to which company: people whom nobody has sorted in yet, and where they went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MILLISECONDS: Final = 80
"""Bits of an id of version 7 below its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsorted:
    """What a lead says of its person's place in a company."""

    lead_id: UUID
    contact_id: UUID
    company_id: UUID | None
    """Where they are sorted in already."""
    company: str
    email: str
    title: str
    """May be empty, as the two before."""
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Where somebody belongs, and what their title says."""

    contact_id: UUID
    company_id: UUID | None
    title: str | None
    seniority: str | None
    department: str | None
    buying_role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch of the leads of one import."""

    import_id: UUID
    leads: tuple[UUID, ...]


_OPEN_IMPORT = text("""
SELECT id, campaign_id, sorted_up_to FROM imports
WHERE NOT is_sorted AND status <> 'running' AND campaign_id IS NOT NULL ORDER BY id LIMIT 1
FOR UPDATE SKIP LOCKED
""")
_LEADS_OF_IMPORT = text("""
SELECT id FROM leads WHERE campaign_id = :campaign AND import_id = :import AND id > :after
ORDER BY id LIMIT :limit
""")
_GO_ON = text("""
UPDATE imports SET sorted_up_to = coalesce(cast(:up_to AS uuid), sorted_up_to), is_sorted = :done
WHERE id = :id
""")
# The person's own lock comes first: whoever edits a lead holds it before companies, too.
_LOCK = text("""
SELECT id FROM contacts WHERE id IN (
  SELECT contact_id FROM leads WHERE id = ANY(cast(:leads AS uuid[])))
ORDER BY id FOR NO KEY UPDATE
""")
_UNSORTED = text("""
SELECT l.id AS lead_id, l.contact_id, k.company_id, coalesce(l.company, '') AS company,
       coalesce(l.email, '') AS email, coalesce(l.title, k.title, '') AS title, l.fields
FROM leads l JOIN contacts k ON k.id = l.contact_id
WHERE l.id = ANY(cast(:leads AS uuid[])) AND l.closed_reason IS DISTINCT FROM 'erased'
ORDER BY l.id
""")
_SORT_IN = text("""
UPDATE contacts k SET company_id = coalesce(k.company_id, w.company_id), title = w.title,
  seniority = w.seniority, department = w.department, buying_role = w.buying_role
FROM unnest(cast(:contacts AS uuid[]), cast(:companies AS uuid[]), cast(:titles AS text[]),
            cast(:seniorities AS text[]), cast(:departments AS text[]), cast(:roles AS text[]))
  AS w(contact_id, company_id, title, seniority, department, buying_role)
WHERE k.id = w.contact_id
  AND (coalesce(k.company_id, w.company_id), w.title, w.seniority, w.department, w.buying_role)
    IS DISTINCT FROM (k.company_id, k.title, k.seniority, k.department, k.buying_role)
""")


async def next_batch(tx: AsyncConnection, limit: int) -> Batch | None:
    """The next leads of an import that has ended; None when all are sorted in.

    What is returned counts as sorted in if the caller's transaction commits. An import that runs
    is left alone: nothing slows it down.
    """
    row = (await tx.execute(_OPEN_IMPORT)).one_or_none()
    if row is None:
        return None
    # Its leads were made no earlier than itself.
    begin = UUID(int=max((row.id.int >> MILLISECONDS << MILLISECONDS) - 1, 0))
    values = {
        "campaign": row.campaign_id,
        "import": row.id,
        "after": row.sorted_up_to or begin,
        "limit": limit,
    }
    leads = tuple((await tx.execute(_LEADS_OF_IMPORT, values)).scalars())
    done = {"id": row.id, "up_to": leads[-1] if leads else None, "done": len(leads) < limit}
    await tx.execute(_GO_ON, done)
    return Batch(import_id=row.id, leads=leads)


async def hold(tx: AsyncConnection, leads: Sequence[UUID]) -> list[Unsorted]:
    """The people of these leads, locked, as far as nobody has erased them."""
    await tx.execute(_LOCK, {"leads": list(leads)})
    rows = await tx.execute(_UNSORTED, {"leads": list(leads)})
    return [Unsorted(**row._mapping) for row in rows]


async def sort_in(tx: AsyncConnection, people: Sequence[Sorted]) -> None:
    """Write where they belong; who is in a company already stays there."""
    if not people:
        return
    await tx.execute(
        _SORT_IN,
        {
            "contacts": [one.contact_id for one in people],
            "companies": [one.company_id for one in people],
            "titles": [one.title for one in people],
            "seniorities": [one.seniority for one in people],
            "departments": [one.department for one in people],
            "roles": [one.buying_role for one in people],
        },
    )
