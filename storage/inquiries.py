"""What was asked of the provider about a message of which nobody knows whether it left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    asked_after: datetime


_OF = text("""
SELECT coalesce((inquiry->>'asked_after')::timestamptz, created_at - interval '5 minutes')
           AS asked_after
FROM messages WHERE id = :id
""")
# Machine time throughout: the provider's lists lag in real time.
_ABSENT = text("""
-- clock_timestamp() is machine time.
UPDATE messages SET inquiry = inquiry || jsonb_build_object(
    'absent', coalesce((inquiry->>'absent')::int, 0) + 1,
    'absent_since', coalesce(inquiry->>'absent_since', clock_timestamp()::text))
WHERE id = :id
RETURNING (inquiry->>'absent')::int >= :answers
      AND clock_timestamp() - (inquiry->>'absent_since')::timestamptz >= :span AS proven
""")
_UNANSWERED = text("""
-- clock_timestamp() is machine time.
UPDATE messages SET inquiry = inquiry || jsonb_build_object(
    'unanswered_since', coalesce(inquiry->>'unanswered_since', clock_timestamp()::text),
    'given_up', clock_timestamp()
        - coalesce((inquiry->>'unanswered_since')::timestamptz, clock_timestamp()) >= :span)
WHERE id = :id
""")


# What is already known to be another order's cannot be the one that is asked about.
_OTHERS = text("""
WITH person AS (
  SELECT contact_id FROM attempts WHERE id = :id
  UNION
  SELECT v.contact_id FROM messages m JOIN conversations v ON v.id = m.conversation_id
  WHERE m.id = :id
)
SELECT a.provider_ref FROM attempts a
WHERE a.contact_id IN (SELECT contact_id FROM person) AND a.id <> :id
  AND a.provider_ref IS NOT NULL AND a.starting_at >= cast(:since AS timestamptz)
UNION
SELECT m.provider_ref FROM conversations v JOIN messages m ON m.conversation_id = v.id
WHERE v.contact_id IN (SELECT contact_id FROM person) AND m.id <> :id
  AND m.provider_ref IS NOT NULL AND m.created_at >= cast(:since AS timestamptz)
""")
LONG_BEFORE: Final = timedelta(days=1)
"""A message may have been composed long before it left."""


async def refs_of_others(tx: AsyncConnection, id: UUID, asked_after: datetime) -> frozenset[str]:
    """What the provider calls other orders to the person of this attempt or message."""
    values = {"id": id, "since": asked_after - LONG_BEFORE}
    return frozenset((await tx.execute(_OTHERS, values)).scalars())


async def of_message(tx: AsyncConnection, message_id: UUID) -> Asked:
    return Asked(**(await tx.execute(_OF, {"id": message_id})).one()._mapping)


async def count_absent(
    tx: AsyncConnection, message_id: UUID, *, answers: int, span: timedelta
) -> bool:
    """One more list without it; True when that many over that span agree."""
    values = {"id": message_id, "answers": answers, "span": span}
    return bool((await tx.execute(_ABSENT, values)).scalar_one())


async def unanswered(tx: AsyncConnection, message_id: UUID, give_up: timedelta) -> None:
    """The provider could not be asked; after `give_up` it is left to a person."""
    await tx.execute(_UNANSWERED, {"id": message_id, "span": give_up})


_BELIEVE_SENT = text("""
UPDATE messages SET state = 'sent', sent_at = coalesce(sent_at, :now), lease_until = NULL
WHERE id = :id AND state = 'unsure'
""")


async def believe_sent(tx: AsyncConnection, message_id: UUID, now: datetime) -> None:
    """A person found it at the provider; without effect where it is not unsure."""
    await tx.execute(_BELIEVE_SENT, {"id": message_id, "now": now})
