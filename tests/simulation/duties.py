"""Which duty has something to do, and from when on: only so that a play needs not ask them all.

The play never relies on it: at the end of each day every duty is done, and everything checked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.simulation.steering import SHIFT, Steered


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    name: str
    at: datetime
    """Business time."""


LOOK: Final = """
SELECT 'tick', min(a.due_at) FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
WHERE a.state = 'planned' AND c.status = 'running' AND NOT (SELECT stopped FROM operator_stop)
UNION ALL SELECT 'recover', min(lease_until) + %(shift)s FROM attempts
WHERE state IN ('claimed', 'starting', 'started', 'live', 'unsure')
UNION ALL SELECT 'unblock', min(recheck_at) FROM leads WHERE work = 'blocked'
UNION ALL SELECT 'calendar', min(start_at) FROM campaigns WHERE status = 'scheduled'
UNION ALL SELECT 'calendar', min(coalesce(ended_at, end_at)) FROM campaigns c
WHERE status IN ('running', 'paused', 'cancelled') AND EXISTS (
  SELECT FROM leads l WHERE l.campaign_id = c.id AND l.work IN ('planned', 'blocked'))
UNION ALL SELECT 'calendar', min(recheck_at) FROM senders WHERE status = 'parked'
UNION ALL SELECT 'inbox', min(retry_at) + %(shift)s FROM inbox WHERE status = 'pending'
UNION ALL SELECT 'settle_calls', min(a.ended_at) + interval '15 s' FROM attempts a
JOIN calls k ON k.id = a.id WHERE a.undecided AND k.reading_state = 'none'
UNION ALL SELECT 'left_over', min(ended_at) FROM attempts
WHERE undecided AND outcome IS NOT NULL AND state = 'ended'
UNION ALL SELECT 'end_messages', min(started_at) + interval '24 h' FROM attempts
WHERE channel = 'whatsapp' AND state = 'started'
UNION ALL SELECT 'silence', min(no_reply_due_at) FROM conversations
UNION ALL SELECT 'silence', min(recheck_at) FROM leads l WHERE work = 'waiting'
AND NOT EXISTS (SELECT FROM conversations v WHERE v.lead_id = l.id
  AND (v.handler = 'human' OR v.no_reply_due_at IS NOT NULL OR v.read_due_at IS NOT NULL
       OR v.reading_state IN ('due', 'running')))
UNION ALL SELECT 'replies', min(greatest(reply_due_at, reply_lease_until + %(shift)s))
FROM conversations WHERE handler = 'agent' AND NOT (SELECT stopped FROM operator_stop)
UNION ALL SELECT 'sending', min(coalesce(lease_until + %(shift)s, created_at)) FROM messages
WHERE state = 'composed' AND NOT (SELECT stopped FROM operator_stop)
UNION ALL SELECT 'lost_messages', min(coalesce(lease_until + %(shift)s, created_at)) FROM messages
WHERE attempt_id IS NULL AND state IN ('sending', 'unsure')
  AND NOT coalesce((inquiry->>'given_up')::boolean, false)
UNION ALL SELECT 'read_chats', min(read_due_at) FROM conversations
UNION ALL SELECT 'edits', min(asked_at) FROM replanning_jobs WHERE done_at IS NULL
UNION ALL SELECT 'breakers', min(until) + %(shift)s FROM breakers WHERE state <> 'closed'
UNION ALL SELECT 'job', min(due_at) FROM steered.jobs
"""


async def look(steered: Steered) -> list[Due]:
    rows = await steered.run(LOOK, shift=SHIFT)
    return [Due(name=name, at=at) for name, at in rows if at is not None]
