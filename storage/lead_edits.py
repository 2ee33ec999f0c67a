"""What is known of a lead: read as the texts of a list's row, and written back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from outreach.fields import FieldValue
from storage.events import Event, record

COLUMNS: Final = (
    *("phone", "whatsapp", "email", "first_name", "last_name", "company", "title"),
    *("country", "time_zone", "language", "not_before", "owner"),
)
"""A list's own names for what every lead has."""

_READ = text("""
SELECT contact_id, campaign_id, phone, whatsapp, email, first_name, last_name, company, title,
       country, stated_zone AS time_zone, language, not_before, owner, fields
FROM leads WHERE id = :id
""")
_WRITE = text("""
UPDATE leads SET phone = :phone, whatsapp = :whatsapp, email = :email, first_name = :first_name,
  last_name = :last_name, company = :company, title = :title, country = :country,
  stated_zone = :time_zone, language = :language, not_before = :not_before, owner = :owner,
  fields = cast(:fields AS jsonb), zones = :zones, search = :search, updated_at = :now
WHERE id = :id
""")
_OWNER = text("""
SELECT contact_id FROM contact_points WHERE value = :value AND kind IN ('phone', 'whatsapp')
  AND contact_id <> :contact LIMIT 1
""")
_POINT = text("""
INSERT INTO contact_points (contact_id, kind, value, zones, created_at)
VALUES (:contact, :kind, :value, :zones, :now) ON CONFLICT (value, kind) DO NOTHING
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a lead."""

    contact_id: UUID
    campaign_id: UUID
    texts: Mapping[str, str]
    """By COLUMNS; empty where nothing is known."""
    fields: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class NowKnown:
    """What is to stand in a lead's row; None where nothing is known."""

    values: Mapping[str, str | datetime | None]
    """By COLUMNS; names are texts."""
    fields: Mapping[str, FieldValue]
    zones: frozenset[str]
    search: str


async def read(tx: AsyncConnection, lead_id: UUID) -> Known:
    row = (await tx.execute(_READ, {"id": lead_id})).one()
    return Known(
        contact_id=row.contact_id,
        campaign_id=row.campaign_id,
        texts={name: _text(getattr(row, name)) for name in COLUMNS},
        fields=row.fields,
    )


async def belongs_to_another(tx: AsyncConnection, number: str, contact_id: UUID) -> bool:
    """Whether somebody else is reached by this number."""
    values = {"value": number, "contact": contact_id}
    return (await tx.execute(_OWNER, values)).one_or_none() is not None


async def add_point(
    tx: AsyncConnection,
    contact_id: UUID,
    kind: str,
    value: str,
    zones: frozenset[str],
    now: datetime,
) -> None:
    """Let them be reached by it as well; an address that is somebody else's stays theirs."""
    values = {"contact": contact_id, "kind": kind, "value": value, "zones": sorted(zones)}
    await tx.execute(_POINT, {**values, "now": now})


async def write(
    tx: AsyncConnection,
    lead_id: UUID,
    known: NowKnown,
    changed: list[str],
    *,
    by: str,
    at: datetime,
) -> None:
    """The caller holds the lead. The event names what has changed, and no value."""
    before = await read(tx, lead_id)
    values: dict[str, object] = {
        **known.values,
        "id": lead_id,
        "fields": json.dumps(dict(known.fields)),
        "zones": sorted(known.zones),
        "search": known.search,
        "now": at,
    }
    await tx.execute(_WRITE, values)
    event = Event(
        kind=Kind.LEAD_EDITED,
        at=at,
        actor=by,
        campaign_id=before.campaign_id,
        lead_id=lead_id,
        contact_id=before.contact_id,
        data={"fields": changed},
    )
    await record(tx, [event])


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
