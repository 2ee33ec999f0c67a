"""What each of a company's people did lately, with what came of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.committee import Touch
from outreach.accounts.touchpoint import Act
from outreach.outcome import Outcome

# The source of a touchpoint says which conversation it was; of that the latest word counts.
_TOUCHES = text("""
SELECT t.contact_id, t.occurred_at AS at, t.data->>'act' AS act,
       coalesce(a.outcome, r.outcome) AS outcome
FROM touchpoints t
LEFT JOIN attempts a ON a.id = CASE WHEN t.source_ref ~ '^(call|booked):'
  THEN cast(split_part(t.source_ref, ':', 2) AS uuid) END
LEFT JOIN LATERAL (
  SELECT outcome FROM readings WHERE made_by <> 'provider'
    AND conversation_id = CASE WHEN t.source_ref LIKE 'chat:%'
      THEN cast(split_part(t.source_ref, ':', 2) AS uuid) END
  ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
WHERE t.company_id = :company AND t.score IS NOT NULL AND t.contact_id IS NOT NULL
  AND t.occurred_at > :since AND t.data ? 'act'
ORDER BY t.occurred_at
""")


async def touches_of(
    tx: AsyncConnection, company_id: UUID, since: datetime
) -> dict[UUID, list[Touch]]:
    """By contact, what counts of what they did after `since`, the oldest first."""
    found: dict[UUID, list[Touch]] = {}
    for row in await tx.execute(_TOUCHES, {"company": company_id, "since": since}):
        touch = Touch(
            at=row.at, act=Act(row.act), outcome=Outcome(row.outcome) if row.outcome else None
        )
        found.setdefault(row.contact_id, []).append(touch)
    return found
