"""Attempts that would be planned again beside another plan of their lead: the plan stands.

What is planned while an attempt is claimed or starting (a promised callback, a decision after a
corrected result) is newer than the attempt, and a lead has one planned attempt.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State

_CANCEL = text("""
WITH held AS (
  SELECT a.id FROM attempts a
  WHERE a.id = ANY(cast(:ids AS uuid[])) AND a.state = :expected
    AND EXISTS (SELECT FROM attempts p WHERE p.lead_id = a.lead_id AND p.state = 'planned')
  ORDER BY a.id FOR NO KEY UPDATE OF a
), cancelled AS (
  -- Never made, so it counts as no contact.
  UPDATE attempts SET state = 'cancelled', cancelled_by = 'engine', cancel_reason = 'replaced',
                      ended_at = :now, starting_at = NULL, sender_id = NULL,
                      lease_until = NULL
  FROM held WHERE attempts.id = held.id AND attempts.state = :expected
  RETURNING attempts.id, campaign_id, lead_id, contact_id
), unwritten AS (
  DELETE FROM messages USING cancelled
  WHERE messages.id = cancelled.id AND messages.state = 'sending'
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.cancelled', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('reason', 'replaced')
  FROM cancelled ORDER BY id
)
SELECT id FROM cancelled
""")


async def cancel_replaced(
    tx: AsyncConnection, ids: Collection[UUID], expected: State, now: datetime
) -> frozenset[UUID]:
    """Cancel those in the expected state whose lead has another attempt planned.

    The caller has locked the leads in an earlier statement, plans the others again, and then sets
    the work of all these leads to `planned` and gives back the lines.
    """
    if not ids:
        return frozenset()
    values = {"ids": list(ids), "expected": expected.value, "now": now}
    return frozenset((await tx.execute(_CANCEL, values)).scalars())
