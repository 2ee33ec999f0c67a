"""What is needed to plan leads anew: their points, zones, contacts and what was last taken back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A lead without a planned attempt and without one in flight; it is locked."""

    id: UUID
    campaign_id: UUID
    contact_id: UUID
    phone: str | None
    whatsapp: str | None
    bad_points: frozenset[str]
    """Numbers of this person that are known not to work, as `kind:value`."""
    zones: frozenset[str]
    not_before: datetime | None
    priority: int
    """Of the attempt that was taken back, else the lead's own."""
    taken_back_channel: str | None
    """Of the last attempt, where a gate or a withdrawal cancelled it: the same is planned again."""
    taken_back_reason: str | None
    rule_id: str | None
    exempt_from_caps: bool


_LOCK_DUE = text("""
SELECT id FROM leads
WHERE work = 'blocked' AND recheck_at <= :now
ORDER BY recheck_at, id LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
""")

_UNPLANNED = text("""
SELECT l.id, l.campaign_id, l.contact_id, l.phone, l.whatsapp, l.zones, l.not_before,
       coalesce(last.priority, l.priority) AS priority, last.channel AS taken_back_channel,
       last.reason AS taken_back_reason, last.rule_id,
       coalesce(last.exempt_from_caps, false) AS exempt_from_caps,
       ARRAY(SELECT p.kind || ':' || p.value FROM contact_points p
             WHERE p.contact_id = l.contact_id
               AND p.status IN ('invalid', 'not_on_whatsapp')) AS bad_points
FROM leads l
LEFT JOIN LATERAL (
  SELECT newest.* FROM (
    SELECT a.channel, a.reason, a.rule_id, a.priority, a.exempt_from_caps, a.cancelled_by,
           a.cancel_reason
    FROM attempts a WHERE a.lead_id = l.id ORDER BY a.n DESC LIMIT 1) AS newest
  WHERE newest.cancelled_by = 'gate' OR newest.cancel_reason = 'consent_revoked') AS last ON true
WHERE l.id = ANY(cast(:ids AS uuid[]))
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.lead_id = l.id
                  AND a.state IN ('planned', 'claimed', 'starting', 'started', 'live', 'unsure'))
ORDER BY l.id
""")


async def lock_due(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Blocked leads that are to be looked at again by now."""
    return list((await tx.execute(_LOCK_DUE, {"now": now, "limit": limit})).scalars())


async def list_unplanned(tx: AsyncConnection, ids: Collection[UUID]) -> list[Unplanned]:
    """Those of these leads that nothing is planned or under way for. They are locked already."""
    rows = await tx.execute(_UNPLANNED, {"ids": list(ids)})
    return [
        Unplanned(
            **{
                **row._mapping,
                "zones": frozenset(row.zones),
                "bad_points": frozenset(row.bad_points),
            }
        )
        for row in rows
    ]
