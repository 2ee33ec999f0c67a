"""Calls that the provider still holds back, though nobody may be rung any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.call_status import CALL_RANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A call that was not yet said to ring."""

    id: UUID
    phone: str
    sender_address: str
    provider_ref: str
    starting_at: datetime
    """Business time."""


# Whoever takes one asks the provider about it; for a while nobody else does.
_TAKE = text("""
-- clock_timestamp() is machine time.
WITH waiting AS (
  SELECT id FROM attempts
  WHERE state = 'started' AND channel = 'voice' AND provider_ref IS NOT NULL
    AND provider_rank < :ringing
    AND (window_end_at <= :now OR (SELECT stopped FROM operator_stop))
    AND coalesce((inquiry->>'withdraw_asked_at')::timestamptz, '-infinity')
        < clock_timestamp() - cast(:again AS interval)
  ORDER BY id LIMIT :limit
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE attempts SET
  inquiry = attempts.inquiry || jsonb_build_object('withdraw_asked_at', clock_timestamp())
FROM waiting, senders s
WHERE attempts.id = waiting.id AND s.id = attempts.sender_id
RETURNING attempts.id, attempts.phone, s.address AS sender_address, attempts.provider_ref,
          attempts.starting_at
""")

_MARK = text("""
UPDATE attempts SET inquiry = inquiry || '{"withdrawn": true}'
WHERE id = :id AND state = 'started'
""")


async def take(tx: AsyncConnection, now: datetime, again: timedelta, limit: int) -> list[Waiting]:
    """Calls that may still wait at the provider after a stop or the end of their legal window."""
    values = {"now": now, "again": again, "limit": limit, "ringing": CALL_RANK["ringing"]}
    found = [Waiting(**row._mapping) for row in await tx.execute(_TAKE, values)]
    return sorted(found, key=lambda one: one.id)


async def mark(tx: AsyncConnection, id: UUID) -> bool:
    """Say that we take it back, before the provider is told; False when it has moved on."""
    return bool((await tx.execute(_MARK, {"id": id})).rowcount)
