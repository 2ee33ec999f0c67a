"""What colleagues write about a lead."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    id: UUID
    author: str
    """As in events: `user:ID`, `cli`."""
    body: str
    pinned: bool
    created_at: datetime


_ADD = text("""
INSERT INTO notes (id, lead_id, author, body, created_at)
VALUES (:id, :lead_id, :author, :body, :created_at)
""")
_OF_LEAD = text("""
SELECT id, author, body, pinned, created_at FROM notes WHERE lead_id = :lead_id
ORDER BY pinned DESC, created_at DESC, id DESC LIMIT 200
""")


async def add(tx: AsyncConnection, lead_id: UUID, note: Note) -> None:
    values = {
        "id": note.id,
        "lead_id": lead_id,
        "author": note.author,
        "body": note.body,
        "created_at": note.created_at,
    }
    await tx.execute(_ADD, values)


async def of_lead(tx: AsyncConnection, lead_id: UUID) -> list[Note]:
    """Pinned ones first, then the newest; 200 at most."""
    return [Note(**row._mapping) for row in await tx.execute(_OF_LEAD, {"lead_id": lead_id})]
