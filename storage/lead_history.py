"""All that happened to a lead and to its person, and what the ids in it are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind

OF_CAMPAIGN: Final = (
    Kind.CAMPAIGN_APPLIED,
    Kind.CAMPAIGN_LAUNCHED,
    Kind.CAMPAIGN_PAUSED,
    Kind.CAMPAIGN_RESUMED,
    Kind.CAMPAIGN_CANCELLED,
    Kind.CAMPAIGN_COMPLETED,
)
"""What happens to a whole campaign, and so to each of its leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    at: datetime
    """Business time, UTC."""
    kind: str
    actor: str
    attempt_id: UUID | None
    data: Mapping[str, object]


# What happens to the campaign happens to a lead as long as it is one of it: a lead that was taken
# out or moved on is told of nothing behind its last own event.
_CAMPAIGNS: Final = """
  SELECT at, seq, kind, actor, cast(NULL AS uuid) AS attempt_id, data FROM events
  WHERE campaign_id = (SELECT campaign_id FROM leads WHERE id = :lead) AND lead_id IS NULL
    AND kind = ANY(:of_campaign) AND at >= (SELECT created_at FROM leads WHERE id = :lead)
    AND at <= coalesce((SELECT (SELECT max(at) FROM events WHERE lead_id = l.id)
                        FROM leads l WHERE l.id = :lead AND l.closed_reason IS NOT NULL),
                       'infinity')
"""
_OF_CAMPAIGN = text(f"""
SELECT at, kind, actor, attempt_id, data FROM ({_CAMPAIGNS}) AS past ORDER BY at, seq
""")

# What a person allows or forbids is theirs, whichever campaign asks: it names no lead.
_HISTORY = text(f"""
SELECT at, kind, actor, attempt_id, data FROM (
  SELECT at, seq, kind, actor, attempt_id, data FROM events WHERE lead_id = :lead
  UNION ALL
  SELECT at, seq, kind, actor, attempt_id, data FROM events
  WHERE contact_id = :contact AND lead_id IS NULL
  UNION ALL
  {_CAMPAIGNS}
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
    """Everything that happened to the lead, its person and its campaign, oldest first."""
    values = {"lead": lead_id, "contact": contact_id, "of_campaign": list(OF_CAMPAIGN)}
    rows = await tx.execute(_HISTORY, values)
    return [Happened(**row._mapping) for row in rows]


async def of_campaign(tx: AsyncConnection, lead_id: UUID) -> list[Happened]:
    """What happened to its campaign since the lead is one of it, oldest first."""
    values = {"lead": lead_id, "of_campaign": list(OF_CAMPAIGN)}
    return [Happened(**row._mapping) for row in await tx.execute(_OF_CAMPAIGN, values)]


async def names(tx: AsyncConnection, lead_id: UUID) -> dict[str, str]:
    """What ids that stand in the lead's history are called: our numbers, the list it came by."""
    return {row.id: row.name for row in await tx.execute(_NAMES, {"lead": lead_id})}
