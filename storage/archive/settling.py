"""What restored work in flight is: nobody knows what became of it since, so it is asked about.

A backup is older than the world. What it holds as claimed, being started or live may have been
made, ended or never placed since: the provider is asked (orchestrator.engine.recover), and nothing
of it is planned again before that. What cannot be asked about is given to a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage import clock, operator_stop
from storage.events import Event, record
from storage.tasks import Task, open_task

RESTORED: Final = "restored"
"""The reason that events, inquiries and the operator's stop give."""
LATE_MESSAGE: Final = "A message may have left after the backup was taken: look, then answer."

# To the engine it is an order whose answer was lost, whatever it was when the backup was taken.
_DOUBT = text("""
-- clock_timestamp() is machine time.
WITH moved AS (
  UPDATE attempts SET state = 'unsure', starting_at = coalesce(starting_at, claimed_at, due_at),
         inquiry = inquiry || jsonb_build_object(
           'since', clock_timestamp(), 'reason', cast(:reason AS text), 'answers', '[]'::jsonb)
  WHERE state IN ('claimed', 'starting')
  RETURNING id, campaign_id, lead_id, contact_id
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.unsure', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('reason', cast(:reason AS text))
  FROM moved ORDER BY id
)
UPDATE messages SET state = 'unsure', lease_until = NULL
FROM moved WHERE messages.id = moved.id AND messages.state = 'sending'
""")

# No process of then holds them, no media socket may open by an old token, and recover asks at once.
# What had no number of ours yet cannot be asked about: it waits for a person.
_LEASES = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET lease_until = CASE WHEN sender_id IS NOT NULL THEN clock_timestamp() END,
                    claimed_by = NULL, voice_process = NULL, token_hash = NULL,
                    token_until = NULL
WHERE state IN ('started', 'live', 'unsure')
""")

# The engine asks about what was `sending` when a process fell silent; it is never sent again.
_SENDING = text("""
-- clock_timestamp() is machine time.
UPDATE messages SET lease_until = clock_timestamp()
WHERE attempt_id IS NULL AND state IN ('sending', 'unsure')
""")

_COMPOSED = text("""
UPDATE messages m SET state = 'cancelled', lease_until = NULL FROM conversations c
WHERE m.conversation_id = c.id AND m.state = 'composed'
RETURNING m.id, c.id AS conversation_id, c.lead_id, c.contact_id
""")

_REPLIES = text("""
UPDATE conversations SET reply_due_at = NULL, reply_claimed_by = NULL, reply_lease_until = NULL,
                         reply_tries = 0
WHERE reply_due_at IS NOT NULL
RETURNING id AS conversation_id, lead_id, contact_id
""")

_SIDE_WORK = text("""
UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'
""")
_DUE_SINCE = text("""
SELECT count(*) FROM attempts WHERE state = 'planned' AND due_at <= :now
""")
_TO_ASK = text("""
SELECT count(*) FROM attempts
WHERE state IN ('started', 'live', 'unsure') AND lease_until IS NOT NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a person should know of the restored work."""

    asked_about: int
    """Attempts whose provider is asked what became of them."""
    due: int
    """Planned attempts that are due by now; some may have been made after the backup."""
    for_a_person: int
    """Conversations in which a message or an answer was about to leave."""


async def settle(tx: AsyncConnection, new_id: Callable[[datetime], UUID]) -> Settled:
    """Make restored work safe, and stop everything until a person has had a look.

    Called in the transaction that restores, before anybody else sees a row.
    """
    now = await clock.now(tx)
    await tx.execute(_DOUBT, {"now": now, "reason": RESTORED})
    await tx.execute(_LEASES)
    await tx.execute(_SENDING)
    await tx.execute(_SIDE_WORK)
    waiting = await _give_to_people(tx, new_id, now)
    if await operator_stop.turn(tx, stopped=True, by=RESTORED, now=now):
        await record(tx, [Event(kind=Kind.STOPPED, at=now, actor=RESTORED)])
    return Settled(
        asked_about=(await tx.execute(_TO_ASK)).scalar_one(),
        due=(await tx.execute(_DUE_SINCE, {"now": now})).scalar_one(),
        for_a_person=waiting,
    )


async def _give_to_people(
    tx: AsyncConnection, new_id: Callable[[datetime], UUID], now: datetime
) -> int:
    """What was about to be said may have been said since: a person decides whether to say it."""
    composed = (await tx.execute(_COMPOSED)).all()
    replies = (await tx.execute(_REPLIES)).all()
    events = [
        Event(
            kind=Kind.MESSAGE_CANCELLED,
            at=now,
            lead_id=row.lead_id,
            contact_id=row.contact_id,
            data={"message_id": str(row.id), "reason": RESTORED},
        )
        for row in composed
    ]
    await record(tx, events)
    for row in (*composed, *replies):
        task = Task(
            id=new_id(now),
            kind="answer_message",
            body=LATE_MESSAGE,
            created_by="engine",
            created_at=now,
            lead_id=row.lead_id,
            contact_id=row.contact_id,
            due_at=now,
        )
        await open_task(tx, task)
    return len({row.conversation_id for row in (*composed, *replies)})
