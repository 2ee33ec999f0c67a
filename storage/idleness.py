"""Is anything under way, and when is the next thing due? For a clock that jumps (the demo's)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Business time alone: machine time runs by itself while anything is busy.
_NEXT = text("""
SELECT min(due) FROM (
    SELECT min(greatest(a.due_at, c.held_until))
    FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
    WHERE a.state = 'planned'
      -- A completed campaign goes on by itself for what is planned in it.
      AND (c.status = 'running' OR (c.status = 'completed'
           AND (c.end_at IS NULL OR c.end_at > a.due_at)))
    UNION ALL SELECT min(reply_due_at) FROM conversations
    WHERE reply_due_at IS NOT NULL AND handler = 'agent' AND NOT closed
    UNION ALL SELECT min(no_reply_due_at) FROM conversations WHERE no_reply_due_at IS NOT NULL
    UNION ALL SELECT min(read_due_at) FROM conversations WHERE read_due_at IS NOT NULL
    UNION ALL SELECT min(l.recheck_at) FROM leads l JOIN campaigns c ON c.id = l.campaign_id
    WHERE l.recheck_at IS NOT NULL AND l.work = 'blocked' AND c.status = 'running'
    UNION ALL SELECT min(start_at) FROM campaigns WHERE status = 'scheduled'
    UNION ALL SELECT min(end_at) FROM campaigns WHERE status IN ('running', 'paused')
    UNION ALL SELECT min(recheck_at) FROM senders WHERE status = 'parked'
    UNION ALL SELECT min(started_at) + :message_ends FROM attempts
    WHERE channel = 'whatsapp' AND state = 'started'
    UNION ALL SELECT min(a.ended_at) + :settle FROM attempts a JOIN calls c ON c.id = a.id
    WHERE a.undecided AND a.outcome IS NULL AND c.reading_state = 'none'
) AS all_of_it(due)
""")

# A call under way, an order being given, a job, a delivery to be tried again, a reply on its way.
_BUSY = text("""
-- clock_timestamp() is machine time.
SELECT EXISTS (SELECT FROM attempts
               WHERE state IN ('claimed', 'starting', 'live')
                  -- What nobody asks about any more waits for a person.
                  OR (state = 'unsure' AND lease_until IS NOT NULL)
                  OR (state = 'started' AND channel = 'voice'))
    OR EXISTS (SELECT FROM attempts WHERE undecided AND state = 'ended'
               AND (outcome IS NOT NULL OR (token_spent_at IS NOT NULL AND EXISTS (
                    SELECT FROM calls c WHERE c.id = attempts.id AND c.ended_by IS NULL))))
    OR EXISTS (SELECT FROM conversations WHERE reply_lease_until > clock_timestamp())
    OR EXISTS (SELECT FROM messages WHERE state IN ('composed', 'sending')
               OR (state = 'unsure' AND attempt_id IS NULL
                   AND NOT coalesce((inquiry->>'given_up')::boolean, false)))
    OR EXISTS (SELECT FROM inbox WHERE status = 'pending')
    OR EXISTS (SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))
    OR EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'failed' AND NOT args ? 'given_up')
""")


async def next_due(
    tx: AsyncConnection,
    *,
    message_ends: timedelta = timedelta(hours=24),
    settle: timedelta = timedelta(seconds=15),
) -> datetime | None:
    """The earliest business time at which something becomes due; None when nothing ever will."""
    values = {"message_ends": message_ends, "settle": settle}
    found: datetime | None = (await tx.execute(_NEXT, values)).scalar_one()
    return found


async def busy(tx: AsyncConnection) -> bool:
    """Whether anything is under way that goes on by itself in real time."""
    return bool((await tx.execute(_BUSY)).scalar_one())
