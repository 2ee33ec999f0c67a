"""Who must not be contacted: by number or address, everywhere, on a channel or in a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.search import all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    id: UUID
    kind: str
    """phone | email | company | country | erased"""
    value: str
    scope: str = "all"
    """`all`, or a channel's name."""
    reason: str
    source: str
    """Where it was said: call:ID, message:ID, provider, user:ID, a file's name."""
    created_at: datetime
    created_by: str
    campaign_id: UUID | None = None
    """None holds everywhere."""


_ADD = text("""
INSERT INTO suppressions (id, kind, value, scope, reason, source, campaign_id, created_at,
                          created_by)
VALUES (:id, :kind, :value, :scope, :reason, :source, :campaign_id, :created_at, :created_by)
ON CONFLICT (kind, value, scope,
             coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid))
    WHERE lifted_at IS NULL DO NOTHING
RETURNING id
""")


async def add(tx: AsyncConnection, suppression: Suppression) -> bool:
    """Write it down; False when the same one holds already."""
    values = {
        name: getattr(suppression, name)
        for name in (
            "id",
            "kind",
            "value",
            "scope",
            "reason",
            "source",
            "campaign_id",
            "created_at",
            "created_by",
        )
    }
    return (await tx.execute(_ADD, values)).first() is not None


# Every number and address of these people: a person who says stop means all of them.
_POINTS = text("""
SELECT DISTINCT CASE p.kind WHEN 'email' THEN 'email' ELSE 'phone' END AS kind, p.value
FROM contact_points p
WHERE p.contact_id = ANY(:contacts) AND p.kind IN ('phone', 'whatsapp', 'email')
ORDER BY 1, 2
""")


async def points_of(tx: AsyncConnection, contact_ids: list[UUID]) -> list[tuple[str, str]]:
    """How these contacts can be reached, as kinds and values of suppressions."""
    return [(row.kind, row.value) for row in await tx.execute(_POINTS, {"contacts": contact_ids})]


_OWNERS = text("""
SELECT DISTINCT contact_id FROM contact_points
WHERE value = :value AND kind = ANY(CASE WHEN :kind = 'email' THEN ARRAY['email']
                                         ELSE ARRAY['phone', 'whatsapp'] END)
UNION
SELECT DISTINCT contact_id FROM leads
WHERE lead_words(search) @@ cast(:words AS tsquery)
  AND CASE WHEN :kind = 'email' THEN email = :value ELSE phone = :value OR whatsapp = :value END
""")


async def owners_of(tx: AsyncConnection, kind: str, value: str) -> list[UUID]:
    """The contacts that are reached by this number or address, or one of whose leads is."""
    values = {"kind": kind, "value": value, "words": all_of(value)}
    return list((await tx.execute(_OWNERS, values)).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A suppression that holds."""

    id: UUID
    reason: str
    created_at: datetime


_ACTIVE = text("""
SELECT s.id, s.reason, s.created_at FROM suppressions s
JOIN unnest(cast(:kinds AS text[]), cast(:values AS text[])) AS w(kind, value)
  ON (s.kind, s.value) = (w.kind, w.value)
WHERE s.lifted_at IS NULL ORDER BY s.id FOR UPDATE OF s
""")
_LIFT = text("""
UPDATE suppressions SET lifted_at = :now, lifted_by = :by
WHERE id = ANY(cast(:ids AS uuid[])) AND lifted_at IS NULL
""")
_CONSENTED = text("""
SELECT EXISTS (SELECT FROM consents
               WHERE contact_id = ANY(cast(:contacts AS uuid[])) AND state = 'granted'
                 AND recorded_at > :since)
""")


async def list_active(tx: AsyncConnection, points: Sequence[tuple[str, str]]) -> list[Active]:
    """What holds for these kinds and values, in every scope and campaign."""
    values = {"kinds": [kind for kind, _ in points], "values": [value for _, value in points]}
    return [Active(**row._mapping) for row in await tx.execute(_ACTIVE, values)]


async def lift(tx: AsyncConnection, ids: Sequence[UUID], *, by: str, now: datetime) -> None:
    """From now on these do not hold; that they did is kept."""
    await tx.execute(_LIFT, {"ids": list(ids), "by": by, "now": now})


async def consented_since(
    tx: AsyncConnection, contact_ids: Sequence[UUID], since: datetime
) -> bool:
    """Whether any of these people has given a consent after that moment."""
    values = {"contacts": list(contact_ids), "since": since}
    return bool((await tx.execute(_CONSENTED, values)).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A suppression as people read it."""

    id: UUID
    kind: str
    value: str
    scope: str
    reason: str
    source: str
    campaign: str | None
    created_at: datetime
    created_by: str
    lifted_at: datetime | None
    lifted_by: str | None


# Of an erased person a mark alone is kept, which tells nobody anything.
_PAGE = text("""
SELECT s.id, s.kind, s.value, s.scope, s.reason, s.source, c.name AS campaign, s.created_at,
       s.created_by, s.lifted_at, s.lifted_by
FROM suppressions s LEFT JOIN campaigns c ON c.id = s.campaign_id
WHERE s.kind <> 'erased' AND (:lifted OR s.lifted_at IS NULL)
  AND (cast(:value AS text) IS NULL OR s.value = :value)
  AND (cast(:after AS uuid) IS NULL OR s.id < :after)
ORDER BY s.id DESC LIMIT :limit
""")


async def page(
    tx: AsyncConnection, *, value: str | None, lifted: bool, after: UUID | None, limit: int
) -> list[Listed]:
    """Newest first, those made before `after`; of one number or address, or of all (None)."""
    values = {"value": value, "lifted": lifted, "after": after, "limit": limit}
    return [Listed(**row._mapping) for row in await tx.execute(_PAGE, values)]
