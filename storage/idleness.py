"""Is anything under way, and when is the next thing due? For a clock that jumps (the demo's)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.attempts import Priority

# Business time alone: machine time runs by itself while anything is busy.
_DUE = text("""
SELECT duty, min(due) AS at FROM (
    SELECT CASE WHEN a.priority = :promised THEN 'promised' ELSE 'planned' END,
           min(greatest(a.due_at, c.held_until))
    FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
    WHERE a.state = 'planned'
      -- A completed campaign goes on by itself for what is planned in it.
      AND (c.status = 'running' OR (c.status = 'completed'
           AND (c.end_at IS NULL OR c.end_at > a.due_at)))
    GROUP BY 1
    UNION ALL SELECT 'replies', min(reply_due_at) FROM conversations
    WHERE reply_due_at IS NOT NULL AND handler = 'agent' AND NOT closed
    UNION ALL SELECT 'silence', min(no_reply_due_at) FROM conversations
    WHERE no_reply_due_at IS NOT NULL
    UNION ALL SELECT 'read_chats', min(read_due_at) FROM conversations
    WHERE read_due_at IS NOT NULL
    UNION ALL SELECT 'unblock', min(l.recheck_at) FROM leads l
    JOIN campaigns c ON c.id = l.campaign_id
    WHERE l.recheck_at IS NOT NULL AND l.work = 'blocked' AND c.status = 'running'
    UNION ALL SELECT 'calendar', min(start_at) FROM campaigns WHERE status = 'scheduled'
    UNION ALL SELECT 'calendar', min(end_at) FROM campaigns WHERE status IN ('running', 'paused')
    UNION ALL SELECT 'calendar', min(recheck_at) FROM senders WHERE status = 'parked'
    UNION ALL SELECT 'end_messages', min(started_at) + :message_ends FROM attempts
    WHERE channel = 'whatsapp' AND state = 'started'
    UNION ALL SELECT 'settle_calls', min(a.ended_at) + :settle
    FROM attempts a JOIN calls c ON c.id = a.id
    WHERE a.undecided AND a.outcome IS NULL AND c.reading_state = 'none'
) AS all_of_it(duty, due)
WHERE due IS NOT NULL GROUP BY duty ORDER BY at, duty
""")
DUTIES: Final[Mapping[str, tuple[str, ...]]] = {
    # A completed campaign is reopened before its attempts are claimed.
    "planned": ("tick", "calendar", "unblock"),
    "promised": ("tick", "calendar", "unblock"),
    "replies": ("replies",),
    "silence": ("silence",),
    "read_chats": ("read_chats",),
    "unblock": ("unblock",),
    "calendar": ("calendar",),
    "end_messages": ("end_messages",),
    "settle_calls": ("settle_calls",),
}
"""The engine's duties, by name, that do what is due."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The next thing to happen by business time."""

    at: datetime
    kind: str
    """A key of DUTIES; `promised` is a call at the hour the person named."""
    duties: tuple[str, ...]
    """The engine's duties, by name, that do it."""


async def due(
    tx: AsyncConnection,
    *,
    message_ends: timedelta = timedelta(hours=24),
    settle: timedelta = timedelta(seconds=15),
) -> list[Due]:
    """What will be done at which business time, earliest first; one of each kind."""
    values = {"message_ends": message_ends, "settle": settle, "promised": Priority.PROMISED}
    rows = await tx.execute(_DUE, values)
    return [Due(at=row.at, kind=row.duty, duties=DUTIES[row.duty]) for row in rows]


async def next_due(tx: AsyncConnection) -> datetime | None:
    """The earliest business time at which something becomes due; None when nothing ever will."""
    found = await due(tx)
    return found[0].at if found else None


async def busy(tx: AsyncConnection) -> bool:
    """Whether anything is under way that goes on by itself in real time."""
    return bool((await tx.execute(_BUSY)).scalar_one())
