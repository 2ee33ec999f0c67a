"""What was turned away at the door: the newest few, and how many there were in all."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT = 200
"""Older ones are forgotten; the count goes on."""
COUNTER = "webhook_rejections"

_NOTE = text("""
INSERT INTO webhook_rejections (at, path, expected_url, reason)
VALUES (:at, :path, :expected_url, :reason)
""")
_FORGET = text("""
DELETE FROM webhook_rejections WHERE id <= (SELECT max(id) FROM webhook_rejections) - :kept
""")
_COUNT = text("""
INSERT INTO counters (name, value) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
""")
_NEWEST = text("""
SELECT at, path, expected_url, reason FROM webhook_rejections ORDER BY id DESC LIMIT :limit
""")
_HOW_MANY = text("SELECT value FROM counters WHERE name = :name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    at: datetime
    """Business time."""
    path: str
    expected_url: str
    reason: str


async def note(tx: AsyncConnection, rejection: Rejection) -> None:
    """Keep one and count it; nothing of the request's body is ever kept."""
    await tx.execute(
        _NOTE,
        {
            "at": rejection.at,
            "path": rejection.path[:500],
            "expected_url": rejection.expected_url[:500],
            "reason": rejection.reason[:100],
        },
    )
    await tx.execute(_FORGET, {"kept": KEPT})
    await tx.execute(_COUNT, {"name": COUNTER})


async def newest(tx: AsyncConnection, limit: int = 50) -> list[Rejection]:
    """The newest first."""
    return [Rejection(**row._mapping) for row in await tx.execute(_NEWEST, {"limit": limit})]


async def count(tx: AsyncConnection) -> int:
    """How many there ever were."""
    return (await tx.execute(_HOW_MANY, {"name": COUNTER})).scalar_one_or_none() or 0
