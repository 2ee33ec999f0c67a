"""Lifting blocks: who was kept waiting for one of these reasons is looked at again now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.lead import Work
from outreach.planning import BY_PLANNING
from storage import leads
from storage.leads import WorkChange
from storage.tables.base import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """What has happened, and which reasons it may lift."""

    lifter: str
    reasons: Collection[str]
    now: datetime


_CAMPAIGNS = text("""
SELECT id FROM campaigns c
WHERE status NOT IN ('cancelled', 'archived') AND EXISTS (
  SELECT FROM leads l WHERE l.campaign_id = c.id AND l.work = 'blocked'
    AND l.work_reason = ANY(cast(:reasons AS text[])))
ORDER BY id
""")

_RECHECK = text("""
WITH held AS (
  SELECT id FROM leads
  WHERE campaign_id = :campaign_id AND work = 'blocked'
    AND work_reason = ANY(cast(:reasons AS text[]))
    AND (recheck_at IS NULL OR recheck_at > :now)
  ORDER BY id LIMIT :limit FOR NO KEY UPDATE
)
UPDATE leads SET recheck_at = :now FROM held WHERE leads.id = held.id
""")

_ENDED = text("""
SELECT id, work_reason FROM leads
WHERE campaign_id = :campaign_id AND work = 'ended' AND work_reason = :reason
ORDER BY id LIMIT :limit FOR NO KEY UPDATE
""")

# What planning itself moved is not asked for: so this reads a short range of `attempts_put_off`.
_WAITING = text(f"""
SELECT id, lead_id FROM attempts
WHERE state = 'planned' AND moved_by NOT IN ({listed(BY_PLANNING)})
  AND due_at > :now AND due_at <= :until
  AND moved_by = ANY(cast(:reasons AS text[]))
  AND (cast(:campaign_id AS uuid) IS NULL OR campaign_id = cast(:campaign_id AS uuid))
ORDER BY lead_id LIMIT :limit
""")

_HASTEN = text("""
WITH moved AS (
  UPDATE attempts SET due_at = :now, moved_by = NULL
  WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'planned'
    AND moved_by = ANY(cast(:reasons AS text[]))
  RETURNING id, campaign_id, lead_id, contact_id
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.moved', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('reason', cast(:lifter AS text), 'due_at', cast(:now AS timestamptz))
  FROM moved ORDER BY id
)
SELECT id FROM moved
""")


async def campaigns_with(tx: AsyncConnection, reasons: Collection[str]) -> list[UUID]:
    """Campaigns in which somebody is blocked for one of these reasons."""
    return list((await tx.execute(_CAMPAIGNS, {"reasons": list(reasons)})).scalars())


async def recheck(tx: AsyncConnection, campaign_id: UUID, lift: Lift, limit: int) -> int:
    """Let blocked leads of a campaign be looked at again; returns how many."""
    values = {
        "campaign_id": campaign_id,
        "reasons": list(lift.reasons),
        "now": lift.now,
        "limit": limit,
    }
    return (await tx.execute(_RECHECK, values)).rowcount


async def reopen(
    tx: AsyncConnection, campaign_id: UUID, reason: str, now: datetime, limit: int
) -> int:
    """Let leads be looked at again that ended for this reason alone; returns how many."""
    values = {"campaign_id": campaign_id, "reason": reason, "limit": limit}
    rows = (await tx.execute(_ENDED, values)).all()
    await leads.set_each_work(
        tx,
        [
            WorkChange(lead_id=row.id, work=Work.BLOCKED, reason=row.work_reason, recheck_at=now)
            for row in rows
        ],
    )
    return len(rows)


async def hasten(
    tx: AsyncConnection,
    lift: Lift,
    *,
    until: datetime,
    limit: int,
    campaign_id: UUID | None = None,
) -> int:
    """Let planned attempts be due now that were put off for these reasons; returns how many."""
    values = {
        "reasons": list(lift.reasons),
        "now": lift.now,
        "until": until,
        "campaign_id": campaign_id,
        "limit": limit,
    }
    waiting = (await tx.execute(_WAITING, values)).all()
    if not waiting:
        return 0
    await leads.lock(tx, {row.lead_id for row in waiting})
    values = {
        "ids": [row.id for row in waiting],
        "reasons": list(lift.reasons),
        "now": lift.now,
        "lifter": lift.lifter,
    }
    return len((await tx.execute(_HASTEN, values)).all())


_RECHECK_THESE = text("""
UPDATE leads SET recheck_at = :now WHERE id = ANY(cast(:ids AS uuid[]))
""")
_OF_PEOPLE = text("""
SELECT id, work, work_reason FROM leads
WHERE contact_id = ANY(cast(:contacts AS uuid[])) AND work IN ('blocked', 'ended')
  AND work_reason = ANY(cast(:reasons AS text[]))
ORDER BY id FOR NO KEY UPDATE
""")


async def recheck_people(tx: AsyncConnection, contact_ids: list[UUID], lift: Lift) -> int:
    """Let all leads of these people be looked at again that are blocked, or have ended, for that.

    Returns how many.
    """
    values = {"contacts": contact_ids, "reasons": list(lift.reasons)}
    rows = (await tx.execute(_OF_PEOPLE, values)).all()
    blocked = [row.id for row in rows if row.work == Work.BLOCKED]
    await tx.execute(_RECHECK_THESE, {"ids": blocked, "now": lift.now})
    await leads.set_each_work(
        tx,
        [
            WorkChange(
                lead_id=row.id, work=Work.BLOCKED, reason=row.work_reason, recheck_at=lift.now
            )
            for row in rows
            if row.work == Work.ENDED
        ],
    )
    return len(rows)
