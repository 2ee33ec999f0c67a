"""All that happened to a lead and to its person, and what the ids in it are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    at: datetime
    """Business time, UTC."""
    kind: str
    actor: str
    attempt_id: UUID | None
    data: Mapping[str, object]


# What a person allows or forbids is theirs, whichever campaign asks: it names no lead.
_HISTORY = text("""
SELECT at, kind, actor, attempt_id, data FROM (
  SELECT at, seq, kind, actor, attempt_id, data FROM events WHERE lead_id = :lead
  UNION ALL
  SELECT at, seq, kind, actor, attempt_id, data FROM events
  WHERE contact_id = :contact AND lead_id IS NULL
  UNION ALL
  SELECT l.created_at, 0, 'lead.imported', i.started_by, NULL,
         jsonb_build_object('import', i.id, 'row', l.row_number)
  FROM leads l JOIN imports i ON i.id = l.import_id WHERE l.id = :lead
) AS past ORDER BY at, seq
""")

_NAMES = text("""
SELECT id::text AS id, address AS name FROM senders
WHERE id IN (SELECT sender_id FROM attempts WHERE lead_id = :lead)
   OR id::text IN (SELECT data->>'sender' FROM events
                   WHERE lead_id = :lead AND kind = 'attempt.claimed')
UNION ALL
SELECT id::text, file_name FROM imports WHERE id = (SELECT import_id FROM leads WHERE id = :lead)
""")


async def history(tx: AsyncConnection, lead_id: UUID, contact_id: UUID) -> list[Happened]:
    """Everything that happened to the lead, and to its person in all campaigns, oldest first."""
    rows = await tx.execute(_HISTORY, {"lead": lead_id, "contact": contact_id})
    return [Happened(**row._mapping) for row in rows]


async def names(tx: AsyncConnection, lead_id: UUID) -> dict[str, str]:
    """What ids that stand in the lead's history are called: our numbers, the list it came by."""
    return {row.id: row.name for row in await tx.execute(_NAMES, {"lead": lead_id})}
