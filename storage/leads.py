"""Where a lead stands: what the engine owes it (`work`) and what came of it (`status`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.lead import RANK, Status, Work
from storage import clock
from storage.events import ENGINE


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChange:
    lead_id: UUID
    work: Work
    reason: str | None = None
    """A code of `outreach.reason.Reason` or of what it waits for; never free text."""
    recheck_at: datetime | None = None
    """Business time at which a blocked lead is looked at again; None: only an event lifts it."""


_LOCK = text("""
SELECT id FROM leads WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
""")

_SET_WORK = text("""
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:works AS text[]), cast(:reasons AS text[]),
                       cast(:rechecks AS timestamptz[])) AS w(id, work, reason, recheck_at)
), old AS (
  SELECT id, work FROM leads WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
), changed AS (
  UPDATE leads SET work = wish.work, work_reason = wish.reason, recheck_at = wish.recheck_at,
                   updated_at = :now
  FROM wish JOIN old USING (id)
  WHERE leads.id = wish.id
    AND (leads.work, leads.work_reason, leads.recheck_at)
        IS DISTINCT FROM (wish.work, wish.reason, wish.recheck_at)
  RETURNING leads.id, leads.campaign_id, leads.contact_id, leads.updated_at, old.work AS before,
            leads.work, leads.work_reason AS reason
)
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, data)
SELECT updated_at,
       CASE WHEN work = 'blocked' THEN 'lead.blocked' WHEN work = 'ended' THEN 'lead.ended'
            WHEN before = 'ended' THEN 'lead.reopened' ELSE 'lead.unblocked' END,
       :actor, campaign_id, id, contact_id, jsonb_build_object('reason', reason)
FROM changed
WHERE work IN ('blocked', 'ended') OR before IN ('blocked', 'ended')
ORDER BY id
""")

_SET_STATUS = text("""
WITH old AS (
  SELECT id, status FROM leads WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
), changed AS (
  UPDATE leads SET status = :status, updated_at = :now
  FROM old
  WHERE leads.id = old.id AND old.status <> :status AND old.status = ANY(cast(:from AS text[]))
  RETURNING leads.id, leads.campaign_id, leads.contact_id, leads.updated_at, old.status AS before
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, data)
  SELECT updated_at, 'lead.status', :actor, campaign_id, id, contact_id,
         jsonb_build_object('from', before, 'to', cast(:status AS text))
  FROM changed ORDER BY id
)
SELECT id FROM changed
""")


_RECHECK_LATER = text("""
UPDATE leads SET recheck_at = greatest(recheck_at, cast(:until AS timestamptz))
WHERE id = :id AND work = 'blocked' AND recheck_at IS NOT NULL
""")


async def lock(tx: AsyncConnection, ids: Collection[UUID]) -> None:
    """Hold these leads until the transaction ends, in the order that everybody keeps.

    Whoever will change attempts of these leads locks the leads first.
    """
    await tx.execute(_LOCK, {"ids": list(ids)})


async def set_work(
    tx: AsyncConnection,
    ids: Collection[UUID],
    work: Work,
    reason: str | None = None,
    recheck_at: datetime | None = None,
    *,
    now: datetime | None = None,
) -> None:
    """Say what the engine owes all these leads now; equal for each of them."""
    await set_each_work(
        tx,
        [WorkChange(lead_id=id, work=work, reason=reason, recheck_at=recheck_at) for id in ids],
        now=now,
    )


async def set_each_work(
    tx: AsyncConnection,
    changes: Sequence[WorkChange],
    actor: str = ENGINE,
    *,
    now: datetime | None = None,
) -> None:
    """The one writer of `leads.work`: in the transaction that changes attempt or conversation.

    Blocking, lifting a block, ending and going on after that are events; the rest is told by the
    attempts' own. `now` is business time as the caller has read it in this transaction; None: it
    is read here.
    """
    if not changes:
        return
    await tx.execute(
        _SET_WORK,
        {
            "ids": [change.lead_id for change in changes],
            "works": [change.work.value for change in changes],
            "reasons": [change.reason for change in changes],
            "rechecks": [change.recheck_at for change in changes],
            "actor": actor,
            "now": now or await clock.now(tx),
        },
    )


async def set_status(
    tx: AsyncConnection,
    ids: Collection[UUID],
    status: Status,
    *,
    actor: str = ENGINE,
    by_person: bool = False,
    now: datetime | None = None,
) -> set[UUID]:
    """Raise the status of these leads; returns those that changed. `now` as in `set_each_work`.

    A machine never lowers a rank; a person (`by_person`) may set what they like.
    """
    if not ids:
        return set()
    allowed = [one.value for one in Status if by_person or RANK[status] >= RANK[one]]
    values = {
        "ids": list(ids),
        "status": status.value,
        "from": allowed,
        "actor": actor,
        "now": now or await clock.now(tx),
    }
    rows = await tx.execute(_SET_STATUS, values)
    return set(rows.scalars())


async def recheck_later(tx: AsyncConnection, id: UUID, until: datetime) -> None:
    """A block that is looked at by itself is not before `until`; the lead is locked."""
    await tx.execute(_RECHECK_LATER, {"id": id, "until": until})
