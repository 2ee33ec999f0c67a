"""Leads whose company or country must not be contacted, found a few at a time."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Whoever belongs to a company or is in a country."""

    kind: str
    """company | country"""
    value: str
    """The company's name in lower case, or its id; the country's code."""
    campaign_id: UUID | None = None
    """None: in every campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An attempt that is planned for one of them."""

    id: UUID
    lead_id: UUID


# Leads are locked before attempts; whoever is locked elsewhere comes with the next few.
_PLANNED = text("""
SELECT a.id, l.id AS lead_id
FROM leads l
JOIN contacts k ON k.id = l.contact_id
JOIN attempts a ON a.lead_id = l.id AND a.state = 'planned'
WHERE (cast(:campaign AS uuid) IS NULL OR l.campaign_id = cast(:campaign AS uuid))
  AND CASE :kind WHEN 'country' THEN l.country = :value
      ELSE lower(l.company) = :value OR k.company_id::text = :value END
ORDER BY l.id LIMIT :limit FOR NO KEY UPDATE OF l
""")

_ACTIVE = text("""
SELECT id FROM suppressions
WHERE kind = :kind AND value = :value AND lifted_at IS NULL
  AND campaign_id IS NOT DISTINCT FROM cast(:campaign AS uuid)
FOR UPDATE
""")


async def planned_of(tx: AsyncConnection, group: Group, limit: int) -> list[Planned]:
    """Some of what is planned for them; their leads are held."""
    rows = await tx.execute(_PLANNED, {**_values(group), "limit": limit})
    return [Planned(id=row.id, lead_id=row.lead_id) for row in rows]


async def active_of(tx: AsyncConnection, group: Group) -> list[UUID]:
    """What holds for this group and no wider or narrower one."""
    return list((await tx.execute(_ACTIVE, _values(group))).scalars())


def _values(group: Group) -> dict[str, object]:
    return {"kind": group.kind, "value": group.value, "campaign": group.campaign_id}
