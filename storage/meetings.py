"""Booked meetings. Who books holds the table, so that nobody is promised the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import meetings


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    id: UUID
    lead_id: UUID
    contact_id: UUID
    source: str
    """call:ID | conversation:ID"""
    starts_at: datetime
    ends_at: datetime
    booked_by: str
    booked_at: datetime
    cancelled_at: datetime | None = None


# Readers go on; two who book wait for each other, for the length of one insert.
_HOLD = text("LOCK TABLE meetings IN SHARE ROW EXCLUSIVE MODE")
_TAKEN = text("""
SELECT starts_at, ends_at FROM meetings
WHERE cancelled_at IS NULL AND ends_at > :after AND starts_at < :before
ORDER BY starts_at, id
""")
_OF_LEAD = text("""
SELECT id, lead_id, contact_id, source, starts_at, ends_at, booked_by, booked_at, cancelled_at
FROM meetings WHERE lead_id = :lead_id ORDER BY starts_at, id
""")
_CANCEL = text("""
UPDATE meetings SET cancelled_at = :now
WHERE lead_id = :lead_id AND cancelled_at IS NULL AND starts_at > :now
RETURNING id
""")


async def hold(tx: AsyncConnection) -> None:
    """Until the end of the transaction nobody else books; the caller holds the lead."""
    await tx.execute(_HOLD)


async def taken(
    tx: AsyncConnection, after: datetime, before: datetime
) -> Sequence[tuple[datetime, datetime]]:
    """Start and end of each meeting that runs within (after, before)."""
    rows = await tx.execute(_TAKEN, {"after": after, "before": before})
    return [(row.starts_at, row.ends_at) for row in rows]


async def add(tx: AsyncConnection, meeting: Meeting) -> None:
    values = {name: getattr(meeting, name) for name in meeting.__slots__}
    await tx.execute(insert(meetings).values(values))


async def of_lead(tx: AsyncConnection, lead_id: UUID) -> list[Meeting]:
    """All that were ever booked for it, earliest first."""
    return [Meeting(**row._mapping) for row in await tx.execute(_OF_LEAD, {"lead_id": lead_id})]


async def cancel_coming(tx: AsyncConnection, lead_id: UUID, now: datetime) -> list[UUID]:
    """Give back the times of the meetings that have not begun."""
    return list((await tx.execute(_CANCEL, {"lead_id": lead_id, "now": now})).scalars())
