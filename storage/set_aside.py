"""Conversations that nobody needs to see now, and those that a colleague has for a while."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
UPDATE conversations SET returns_at = cast(:returns_at AS timestamptz)
WHERE id = :id AND handler = 'human'
""")
_RETURNING = text("""
SELECT id FROM conversations
WHERE returns_at <= cast(:now AS timestamptz) ORDER BY returns_at, id LIMIT :limit
""")
_SNOOZE = text("""
UPDATE conversations SET snoozed_until = cast(:until AS timestamptz) WHERE id = :id
""")
_WAKE = text("""
UPDATE conversations SET snoozed_until = NULL
WHERE id IN (
    SELECT id FROM conversations WHERE snoozed_until <= cast(:now AS timestamptz)
    ORDER BY snoozed_until, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, lead_id, contact_id
""")
_CLOSE = text("""
UPDATE conversations SET closed = :closed, snoozed_until = NULL,
    reply_due_at = CASE WHEN :closed THEN NULL ELSE reply_due_at END
WHERE id = :id AND closed <> :closed RETURNING id
""")


async def keep_until(tx: AsyncConnection, conversation_id: UUID, returns_at: datetime) -> None:
    """A person goes on handling it: the agent does not speak by itself before then."""
    await tx.execute(_KEEP, {"id": conversation_id, "returns_at": returns_at})


async def list_returning(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Conversations that a person has had for long enough."""
    return list((await tx.execute(_RETURNING, {"now": now, "limit": limit})).scalars())


async def snooze(tx: AsyncConnection, conversation_id: UUID, until: datetime | None) -> None:
    """Nobody wants to see it before then, unless the person writes; None: it is shown again."""
    await tx.execute(_SNOOZE, {"id": conversation_id, "until": until})


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    id: UUID
    lead_id: UUID | None
    contact_id: UUID


async def wake(tx: AsyncConnection, now: datetime, limit: int) -> list[Woken]:
    """Bring back what was put off until now."""
    rows = await tx.execute(_WAKE, {"now": now, "limit": limit})
    return [Woken(**row._mapping) for row in rows]


async def set_closed(tx: AsyncConnection, conversation_id: UUID, *, closed: bool) -> bool:
    """Resolve it, or open it again; no answer is due in a resolved one. False if it was so."""
    values = {"id": conversation_id, "closed": closed}
    return (await tx.execute(_CLOSE, values)).first() is not None
