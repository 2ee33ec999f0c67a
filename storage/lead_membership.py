"""Which campaign a lead belongs to: taken out, taken over into another one, brought back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage.events import Event, record

_HOLD = text("""
SELECT id FROM campaigns WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR KEY SHARE
""")
_CLOSE = text("""
UPDATE leads SET closed_reason = :reason, updated_at = :now WHERE id = :id
RETURNING campaign_id, contact_id
""")
_COPY = text("""
INSERT INTO leads (id, campaign_id, contact_id, phone, whatsapp, email, first_name, last_name,
                   company, title, country, language, stated_zone, zones, fields, not_before,
                   owner, status, work, priority, search, created_at, updated_at)
SELECT :new_id, :campaign, contact_id, phone, whatsapp, email, first_name, last_name, company,
       title, country, language, stated_zone, zones, fields, not_before, owner, 'new', 'waiting',
       priority, search, :now, :now
FROM leads WHERE id = :id
ON CONFLICT DO NOTHING
RETURNING id
""")
_IS_IN = text("""
SELECT EXISTS (
  SELECT FROM leads WHERE campaign_id = :campaign
    AND ((cast(:phone AS text) IS NOT NULL AND phone = :phone)
         OR (cast(:phone AS text) IS NULL AND phone IS NULL AND whatsapp = :whatsapp)))
""")
_BRING_BACK = text("""
UPDATE leads SET closed_reason = NULL, work = 'waiting', work_reason = NULL, recheck_at = NULL,
                 updated_at = :now
WHERE campaign_id = :campaign AND closed_reason IS NOT NULL
  AND ((cast(:phone AS text) IS NOT NULL AND phone = :phone)
       OR (cast(:phone AS text) IS NULL AND phone IS NULL AND whatsapp = :whatsapp))
RETURNING id
""")
_ADD_BY_HAND = text("""
UPDATE leads SET import_id = NULL, row_number = NULL WHERE id = :id
RETURNING campaign_id, contact_id
""")


async def hold_campaigns(tx: AsyncConnection, ids: list[UUID]) -> None:
    """Keep these campaigns from being put away; before any lead is locked."""
    await tx.execute(_HOLD, {"ids": ids})


async def close(
    tx: AsyncConnection, lead_id: UUID, *, kind: Kind, reason: str, by: str, now: datetime
) -> None:
    """Nothing is planned for it in its campaign any more. The caller holds the lead."""
    values = {"id": lead_id, "reason": reason, "now": now}
    row = (await tx.execute(_CLOSE, values)).one()
    event = Event(
        kind=kind,
        at=now,
        actor=by,
        campaign_id=row.campaign_id,
        lead_id=lead_id,
        contact_id=row.contact_id,
        data={"reason": reason},
    )
    await record(tx, [event])


async def copy(
    tx: AsyncConnection, lead_id: UUID, new_id: UUID, campaign_id: UUID, now: datetime
) -> bool:
    """The same person as a new lead of a campaign; False when it has one with this number."""
    values = {"id": lead_id, "new_id": new_id, "campaign": campaign_id, "now": now}
    return (await tx.execute(_COPY, values)).one_or_none() is not None


async def bring_back(
    tx: AsyncConnection,
    campaign_id: UUID,
    *,
    phone: str | None,
    whatsapp: str | None,
    now: datetime,
) -> UUID | None:
    """Let a lead that was taken out be one again; None where there is no such one."""
    values = {"campaign": campaign_id, "phone": phone, "whatsapp": whatsapp, "now": now}
    found: UUID | None = (await tx.execute(_BRING_BACK, values)).scalar_one_or_none()
    return found


async def is_in(
    tx: AsyncConnection, campaign_id: UUID, *, phone: str | None, whatsapp: str | None
) -> bool:
    """Whether a campaign has a lead with this number. The caller keeps imports out meanwhile."""
    values = {"campaign": campaign_id, "phone": phone, "whatsapp": whatsapp}
    return bool((await tx.execute(_IS_IN, values)).scalar_one())


async def came_by_hand(tx: AsyncConnection, lead_id: UUID, *, by: str, now: datetime) -> None:
    """Say that no list brought it, but somebody.

    The tools of an import give up waiting for the disk; one lead is promised, so this commit waits.
    """
    await tx.exec_driver_sql("SET LOCAL synchronous_commit TO DEFAULT")
    row = (await tx.execute(_ADD_BY_HAND, {"id": lead_id})).one()
    event = Event(
        kind=Kind.LEAD_ADDED,
        at=now,
        actor=by,
        campaign_id=row.campaign_id,
        lead_id=lead_id,
        contact_id=row.contact_id,
    )
    await record(tx, [event])
