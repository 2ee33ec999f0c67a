"""What was tried with one lead and what was said: attempts with their calls, and messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt, with its call where there is one."""

    id: UUID
    n: int
    channel: str
    state: str
    reason: str
    rule_id: str | None
    created_by: str
    due_at: datetime
    starting_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    answered_by: str | None
    cancel_reason: str | None
    cancelled_by: str | None
    moved_by: str | None
    simulated: bool
    call_id: UUID | None
    duration_s: int | None
    summary: str | None
    has_recording: bool
    values: Mapping[str, object]
    """What was read from the call, by field."""

    @property
    def at(self) -> datetime:
        return self.ended_at or self.starting_at or self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A WhatsApp message."""

    id: UUID
    at: datetime
    direction: str
    author: str
    kind: str
    body: str
    state: str
    provider_status: str | None
    error_code: str | None


_TRIED = text("""
SELECT a.id, a.n, a.channel, a.state, a.reason, a.rule_id, a.created_by, a.due_at, a.starting_at,
       a.ended_at, a.outcome, a.answered_by, a.cancel_reason, a.cancelled_by, a.moved_by,
       a.simulated, k.id AS call_id, k.duration_s, r.summary,
       EXISTS (SELECT FROM recordings o WHERE o.call_id = k.id AND o.status = 'stored')
         AS has_recording,
       coalesce((SELECT jsonb_object_agg(e.field, e.value) FROM extractions e
                 WHERE e.reading_id = r.id AND e.value IS NOT NULL AND e.value <> 'null'),
                '{}') AS values
FROM attempts a
LEFT JOIN calls k ON k.id = a.id
LEFT JOIN LATERAL (
  SELECT id, summary FROM readings WHERE call_id = k.id AND made_by <> 'provider'
  ORDER BY created_at DESC, id DESC LIMIT 1) r ON true
WHERE a.lead_id = :lead ORDER BY a.n DESC LIMIT 200
""")
_SAID = text("""
SELECT m.id, m.created_at AS at, m.direction, m.author, m.kind, m.body, m.state,
       m.provider_status, m.error_code
FROM conversations v JOIN messages m ON m.conversation_id = v.id
WHERE v.contact_id = :contact ORDER BY m.created_at DESC, m.id DESC LIMIT 200
""")


async def tried(tx: AsyncConnection, lead_id: UUID) -> list[Tried]:
    """Attempts, the last first."""
    return [Tried(**row._mapping) for row in await tx.execute(_TRIED, {"lead": lead_id})]


async def said(tx: AsyncConnection, contact_id: UUID) -> list[Said]:
    """Messages with the person, the newest first."""
    return [Said(**row._mapping) for row in await tx.execute(_SAID, {"contact": contact_id})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    attempts: int
    last_at: datetime | None


_WORKED = text("""
SELECT lead_id, count(*) FILTER (WHERE starting_at IS NOT NULL) AS attempts,
       max(starting_at) AS last_at
FROM attempts WHERE lead_id = ANY(cast(:leads AS uuid[])) GROUP BY lead_id
""")


async def worked(tx: AsyncConnection, lead_ids: list[UUID]) -> dict[UUID, Worked]:
    """How often these leads were tried, and when last."""
    rows = await tx.execute(_WORKED, {"leads": lead_ids})
    return {row.lead_id: Worked(attempts=row.attempts, last_at=row.last_at) for row in rows}
