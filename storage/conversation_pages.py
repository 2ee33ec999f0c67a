"""Conversations and their messages, page by page, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    id: UUID
    contact_id: UUID
    lead_id: UUID | None
    phone: str
    handler: str
    window_expires_at: datetime | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    closed: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message."""

    id: UUID
    attempt_id: UUID | None
    direction: str
    author: str
    kind: str
    body: str
    template_name: str | None
    state: str
    provider_status: str | None
    error_code: str | None
    created_at: datetime
    sent_at: datetime | None


_THREADS = text("""
SELECT id, contact_id, lead_id, phone, handler, window_expires_at, last_inbound_at,
       last_outbound_at, closed, created_at
FROM conversations
WHERE (cast(:lead AS uuid) IS NULL OR lead_id = :lead)
  AND (cast(:handler AS text) IS NULL OR handler = :handler)
  AND (cast(:after AS uuid) IS NULL OR id < :after)
ORDER BY id DESC LIMIT :limit
""")
_EXISTS = text("SELECT EXISTS (SELECT FROM conversations WHERE id = :id)")
_MESSAGES = text("""
SELECT id, attempt_id, direction, author, kind, body, template_name, state, provider_status,
       error_code, created_at, sent_at
FROM messages
WHERE conversation_id = :conversation AND (cast(:after AS uuid) IS NULL
  OR (created_at, id) < (SELECT m.created_at, m.id FROM messages m WHERE m.id = :after))
ORDER BY created_at DESC, id DESC LIMIT :limit
""")


async def page(
    tx: AsyncConnection,
    *,
    lead_id: UUID | None,
    handler: str | None,
    after: UUID | None,
    limit: int,
) -> list[Thread]:
    """Conversations made before `after`; None does not ask."""
    values = {"lead": lead_id, "handler": handler, "after": after, "limit": limit}
    return [Thread(**row._mapping) for row in await tx.execute(_THREADS, values)]


async def exists(tx: AsyncConnection, id: UUID) -> bool:
    return bool((await tx.execute(_EXISTS, {"id": id})).scalar_one())


async def messages(
    tx: AsyncConnection, conversation_id: UUID, *, after: UUID | None, limit: int
) -> list[Written]:
    """What was written before the message `after`; None begins with the newest."""
    values = {"conversation": conversation_id, "after": after, "limit": limit}
    return [Written(**row._mapping) for row in await tx.execute(_MESSAGES, values)]
