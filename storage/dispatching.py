"""What came of asking the provider: moves of many attempts in one statement each.

Every statement is guarded by the state it expects, because a callback may have come first; what
no longer matches is left as it is. Attempts are locked in the order of their ids.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.reason import Reason
from storage.replaced import cancel_replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The provider has it."""

    id: UUID
    ref: str
    status: str
    no_reply_after: timedelta
    """Business time; only an opening message uses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """The provider may have it."""

    id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """The provider does not have it, and may be asked again after a while."""

    id: UUID
    lead_id: UUID
    reason: str
    retry_after: timedelta
    """Business time."""
    moved_by: Reason = Reason.PROVIDER_DOWN


_STARTED = text("""
-- clock_timestamp() is machine time.
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:refs AS text[]), cast(:statuses AS text[]),
                       cast(:waits AS interval[])) AS w(id, ref, status, no_reply_after)
), held AS (
  SELECT id, state FROM attempts WHERE id = ANY(cast(:ids AS uuid[]))
  ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE attempts SET state = 'started', started_at = :now, provider_ref = wish.ref,
                      provider_status = coalesce(attempts.provider_status, wish.status),
                      lease_until = clock_timestamp() + :lease
  FROM wish JOIN held USING (id)
  WHERE attempts.id = wish.id AND held.state IN ('starting', 'unsure')
  RETURNING attempts.id, campaign_id, lead_id, contact_id, channel
), overtaken AS (
  UPDATE attempts SET provider_ref = wish.ref
  FROM wish JOIN held USING (id)
  WHERE attempts.id = wish.id AND held.state NOT IN ('starting', 'unsure')
    AND attempts.provider_ref IS NULL
), sent AS (
  UPDATE messages SET state = 'sent', sent_at = :now, lease_until = NULL,
                      provider_ref = coalesce(messages.provider_ref, wish.ref),
                      provider_status = coalesce(messages.provider_status, wish.status)
  FROM wish
  WHERE messages.id = wish.id AND messages.state IN ('sending', 'unsure')
  RETURNING messages.id, messages.conversation_id, wish.no_reply_after
), talking AS (
  UPDATE conversations SET last_outbound_at = :now, no_reply_due_at = :now + sent.no_reply_after
  FROM sent WHERE conversations.id = sent.conversation_id
), released AS (
  -- A message holds its line until the provider has it; a call until it has ended.
  DELETE FROM lines USING moved
  WHERE lines.attempt_id = moved.id AND moved.channel = 'whatsapp'
)
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
SELECT :now, 'attempt.started', 'engine', campaign_id, lead_id, contact_id, id,
       jsonb_build_object('channel', channel)
FROM moved ORDER BY id
""")

_UNSURE = text("""
-- clock_timestamp() is machine time.
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:reasons AS text[])) AS w(id, reason)
), held AS (
  SELECT id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'starting'
  ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE attempts SET state = 'unsure', lease_until = clock_timestamp() + :wait,
                      inquiry = attempts.inquiry || jsonb_build_object(
                        'since', clock_timestamp(), 'reason', wish.reason, 'answers', '[]'::jsonb)
  FROM wish JOIN held USING (id)
  WHERE attempts.id = wish.id AND attempts.state = 'starting'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, wish.reason
), unsent AS (
  UPDATE messages SET state = 'unsure', lease_until = NULL
  FROM moved WHERE messages.id = moved.id AND messages.state = 'sending'
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.unsure', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('reason', reason)
  FROM moved ORDER BY id
)
SELECT id FROM moved
""")

_NOT_STARTED = text("""
WITH wish AS (
  SELECT * FROM unnest(cast(:ids AS uuid[]), cast(:reasons AS text[]), cast(:waits AS interval[]),
                       cast(:movers AS text[]))
    AS w(id, reason, retry_after, moved_by)
), held AS (
  SELECT id FROM attempts WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'starting'
  ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE attempts SET state = 'planned', due_at = :now + wish.retry_after,
                      moved_by = wish.moved_by, starting_at = NULL, sender_id = NULL,
                      voice_process = NULL, claimed_by = NULL, lease_until = NULL,
                      inquiry = attempts.inquiry || jsonb_build_object('unavailable',
                        coalesce((attempts.inquiry->>'unavailable')::int, 0)
                          + (wish.moved_by = 'provider_down')::int)
  FROM wish JOIN held USING (id)
  WHERE attempts.id = wish.id AND attempts.state = 'starting'
  RETURNING attempts.id, campaign_id, lead_id, contact_id, attempts.due_at, wish.reason
), unwritten AS (
  -- The same attempt will write its message again, under the same id.
  DELETE FROM messages USING moved WHERE messages.id = moved.id AND messages.state = 'sending'
), told AS (
  INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
  SELECT :now, 'attempt.moved', 'engine', campaign_id, lead_id, contact_id, id,
         jsonb_build_object('reason', reason, 'due_at', due_at)
  FROM moved ORDER BY id
)
SELECT id FROM moved
""")


async def started(
    tx: AsyncConnection, changes: Sequence[Started], now: datetime, lease: timedelta
) -> None:
    """`starting` or `unsure` → `started`; where a callback was faster, only the reference."""
    if not changes:
        return
    values = {
        "ids": [one.id for one in changes],
        "refs": [one.ref for one in changes],
        "statuses": [one.status for one in changes],
        "waits": [one.no_reply_after for one in changes],
        "now": now,
        "lease": lease,
    }
    await tx.execute(_STARTED, values)


async def unsure(
    tx: AsyncConnection, changes: Sequence[Unsure], now: datetime, wait: timedelta
) -> frozenset[UUID]:
    """`starting` → `unsure`; the provider is asked after `wait` (machine time)."""
    if not changes:
        return frozenset()
    values = {
        "ids": [one.id for one in changes],
        "reasons": [one.reason for one in changes],
        "now": now,
        "wait": wait,
    }
    return frozenset((await tx.execute(_UNSURE, values)).scalars())


async def not_started(
    tx: AsyncConnection, changes: Sequence[NotStarted], now: datetime
) -> frozenset[UUID]:
    """`starting` → `planned`, or cancelled where the lead has another plan by now.

    Returns both. The caller has locked the leads, sets their work and gives back the lines.
    """
    if not changes:
        return frozenset()
    ids = [one.id for one in changes]
    replaced = await cancel_replaced(tx, ids, State.STARTING, now)
    values = {
        "ids": ids,
        "reasons": [one.reason for one in changes],
        "waits": [one.retry_after for one in changes],
        "movers": [one.moved_by for one in changes],
        "now": now,
    }
    return replaced.union((await tx.execute(_NOT_STARTED, values)).scalars())


_FAIL_MESSAGE = text("""
UPDATE messages SET state = 'failed', error_code = :error_code, lease_until = NULL
WHERE id = :id AND state IN ('sending', 'unsure')
""")

_ANSWERS = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET inquiry = cast(:inquiry AS jsonb),
  lease_until = CASE WHEN :asks_again THEN clock_timestamp() + :wait END
WHERE id = :id AND state = 'unsure'
""")


async def fail_message(tx: AsyncConnection, id: UUID, error_code: str | None) -> None:
    """The message an attempt stood for was not sent and never will be."""
    await tx.execute(_FAIL_MESSAGE, {"id": id, "error_code": error_code})


async def keep_answers(
    tx: AsyncConnection, id: UUID, inquiry: dict[str, object], wait: timedelta | None
) -> None:
    """Remember what the provider said of an unsure attempt; None: it is not asked again."""
    values = {
        "id": id,
        "inquiry": json.dumps(inquiry, default=str),
        "asks_again": wait is not None,
        "wait": wait or timedelta(0),
    }
    await tx.execute(_ANSWERS, values)
