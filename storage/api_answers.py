"""What was answered to requests under an idempotency key. Machine time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as its sender names it."""

    key_id: UUID
    name: str
    hash: bytes
    """Of all that makes it this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    hash: bytes
    """Of the request that it was given to."""
    status: int
    body: bytes


# machine time
_FORGET_ONE = text("""
DELETE FROM api_answers
WHERE key_id = :key_id AND name = :name AND created_at < clock_timestamp() - :kept
""")
# Who sends the same at this moment waits here until the first has committed or failed.
# machine time
_ENTER = text("""
INSERT INTO api_answers (key_id, name, request_hash, created_at)
VALUES (:key_id, :name, :hash, clock_timestamp())
ON CONFLICT DO NOTHING RETURNING name
""")
_FIND = text("""
SELECT request_hash AS hash, status, body FROM api_answers WHERE key_id = :key_id AND name = :name
""")
_KEEP = text("""
UPDATE api_answers SET status = :status, body = :body WHERE key_id = :key_id AND name = :name
""")
# machine time
_FORGET = text("DELETE FROM api_answers WHERE created_at < clock_timestamp() - :kept")


async def enter(tx: AsyncConnection, request: Request) -> Answer | None:
    """Begin this request; or what was answered to the one of its name within the last day."""
    values = {"key_id": request.key_id, "name": request.name, "hash": request.hash}
    await tx.execute(_FORGET_ONE, {**values, "kept": KEPT})
    if (await tx.execute(_ENTER, values)).first() is not None:
        return None
    row = (await tx.execute(_FIND, values)).one()
    return Answer(hash=row.hash, status=row.status, body=row.body)


async def keep(tx: AsyncConnection, request: Request, status: int, body: bytes) -> None:
    """In the transaction that has begun it: it is answered if and only if it was done."""
    values = {"key_id": request.key_id, "name": request.name, "status": status, "body": body}
    await tx.execute(_KEEP, values)


async def forget_old(tx: AsyncConnection) -> None:
    """Let go of answers that nobody may ask for again."""
    await tx.execute(_FORGET, {"kept": KEPT})
