"""The inbox as people see it: conversations by queue, how many in each, and one with its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SHOWN: Final = 100
"""Conversations that a list shows at most."""
COUNTED: Final = 999
"""Counts are exact up to here."""
_OPEN: Final = "NOT v.closed AND v.snoozed_until IS NULL"
# Each part by its own index, because most conversations are the agent's and wait for nobody.
_ASKED: Final = """v.assignee IS NULL AND v.id IN (
  SELECT id FROM conversations WHERE handler = 'human' AND assignee IS NULL
  UNION ALL SELECT id FROM conversations WHERE lead_id IS NULL
  UNION ALL
  SELECT o.id FROM tasks t JOIN conversations o ON o.lead_id = t.lead_id
  WHERE t.kind = 'answer_message' AND t.done_at IS NULL)"""
_UNANSWERED: Final = "(v.last_outbound_at IS NULL OR v.last_outbound_at < v.last_inbound_at)"
_MINE: Final = f"v.handler = 'human' AND v.assignee = :me AND {_OPEN}"
_UNASSIGNED: Final = f"v.last_inbound_at IS NOT NULL AND {_OPEN} AND {_ASKED}"
QUEUES: Final[Mapping[str, str]] = {
    "unassigned": _UNASSIGNED,
    "mine": _MINE,
    "agent": f"""v.last_inbound_at IS NOT NULL AND {_OPEN} AND v.handler = 'agent'
      AND NOT ({_ASKED})""",
    "expiring": f"""v.last_inbound_at IS NOT NULL AND {_OPEN}
      AND v.window_expires_at > cast(:now AS timestamptz)
      AND v.window_expires_at <= cast(:soon AS timestamptz)
      AND (v.handler = 'human' OR {_UNANSWERED})""",
    "all": "v.last_inbound_at IS NOT NULL",
}
"""What is in each: what waits for anybody, what is mine, what the agent does, whose window closes
soon without our answer or while a colleague has it, and everything that a person wrote in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation in a list."""

    id: UUID
    phone: str
    contact_id: UUID
    lead_id: UUID | None
    name: str
    """Empty where nobody knows it."""
    campaign: str | None
    status: str | None
    zones: list[str] | None
    handler: str
    assignee: str | None
    closed: bool
    snoozed_until: datetime | None
    returns_at: datetime | None
    window_expires_at: datetime | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    last_words: str | None
    last_kind: str | None
    last_author: str | None
    """person | agent | user:ID"""
    simulated: bool

    @property
    def at(self) -> datetime | None:
        """When something was said last."""
        known = [at for at in (self.last_inbound_at, self.last_outbound_at) if at is not None]
        return max(known, default=None)

    @property
    def unanswered(self) -> bool:
        if self.last_inbound_at is None:
            return False
        return self.last_outbound_at is None or self.last_outbound_at < self.last_inbound_at


_TALK: Final = """
SELECT v.id, v.phone, v.contact_id, v.lead_id, v.handler, v.assignee, v.closed, v.snoozed_until,
       v.returns_at, v.window_expires_at, v.last_inbound_at, v.last_outbound_at,
       trim(coalesce(l.first_name, '') || ' ' || coalesce(l.last_name, '')) AS name,
       l.status, l.zones, k.name AS campaign, s.simulated,
       m.body AS last_words, m.kind AS last_kind, m.author AS last_author
FROM conversations v
JOIN senders s ON s.id = v.sender_id
LEFT JOIN leads l ON l.id = v.lead_id
LEFT JOIN campaigns k ON k.id = l.campaign_id
LEFT JOIN LATERAL (
  SELECT left(coalesce(nullif(body, ''), button, ''), 160) AS body, kind, author
  FROM messages WHERE conversation_id = v.id AND state <> 'cancelled'
  ORDER BY created_at DESC, id DESC LIMIT 1) m ON true
"""
_ONE = text(f"{_TALK} WHERE v.id = :id")
_ORDER: Final[Mapping[str, str]] = {"expiring": "v.window_expires_at, v.id"}
_NEWEST: Final = "v.last_inbound_at DESC, v.id DESC"
_LISTS = {
    queue: text(f"{_TALK} WHERE {where} ORDER BY {_ORDER.get(queue, _NEWEST)} LIMIT {SHOWN}")
    for queue, where in QUEUES.items()
}
_COUNT: Final = "(SELECT count(*) FROM (SELECT FROM conversations v WHERE {} LIMIT {}) AS found)"
_COUNTS = text(
    "SELECT "
    + ", ".join(f"{_COUNT.format(where, COUNTED + 1)} AS {name}_" for name, where in QUEUES.items())
)
_WAITING = text(f"""
SELECT {_COUNT.format(_UNASSIGNED, COUNTED + 1)}
     + (SELECT count(*) FROM conversations v WHERE {_MINE} AND {_UNANSWERED})
""")


async def listed(
    tx: AsyncConnection, queue: str, me: str, now: datetime, soon: timedelta
) -> list[Talk]:
    """The conversations of a queue, the newest word first; of expiring ones, the first to close.

    `me` is `user:ID`; `soon` is how long before its window closes a conversation expires.
    """
    values = {"me": me, "now": now, "soon": now + soon}
    wanted = {key: value for key, value in values.items() if f":{key}" in QUEUES[queue]}
    return [Talk(**row._mapping) for row in await tx.execute(_LISTS[queue], wanted)]


async def counts(tx: AsyncConnection, me: str, now: datetime, soon: timedelta) -> Mapping[str, int]:
    """How many stand in each queue; COUNTED + 1 means more than that."""
    row = (await tx.execute(_COUNTS, {"me": me, "now": now, "soon": now + soon})).one()
    return {queue: getattr(row, f"{queue}_") for queue in QUEUES}


async def waiting(tx: AsyncConnection, me: str) -> int:
    """Conversations that wait for somebody: nobody's, and mine in which the person spoke last."""
    return int((await tx.execute(_WAITING, {"me": me})).scalar_one())


async def find(tx: AsyncConnection, conversation_id: UUID) -> Talk | None:
    row = (await tx.execute(_ONE, {"id": conversation_id})).one_or_none()
    return None if row is None else Talk(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A message of a conversation."""

    id: UUID
    at: datetime
    direction: str
    author: str
    kind: str
    body: str
    button: str | None
    state: str
    provider_status: str | None
    error_code: str | None


_WORDS = text("""
SELECT id, created_at AS at, direction, author, kind, body, button, state, provider_status,
       error_code
FROM messages WHERE conversation_id = :id ORDER BY created_at DESC, messages.id DESC LIMIT 200
""")


async def words(tx: AsyncConnection, conversation_id: UUID) -> list[Word]:
    """The last 200 messages, the oldest of them first; those that were taken back, too."""
    rows = [Word(**row._mapping) for row in await tx.execute(_WORDS, {"id": conversation_id})]
    return rows[::-1]


_WHY = text("""
SELECT reason FROM suppressions
WHERE lifted_at IS NULL AND kind = 'phone' AND value = :phone AND scope IN ('all', 'whatsapp')
  AND campaign_id IS NULL
ORDER BY created_at, id LIMIT 1
""")


async def why_left_alone(tx: AsyncConnection, phone: str) -> str | None:
    """The code of why nobody may write to this number; None where its own row does not say."""
    found: str | None = (await tx.execute(_WHY, {"phone": phone})).scalar_one_or_none()
    return found
