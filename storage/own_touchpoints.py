"""What our own calls, chats and meetings say of a person's interest: read from where they stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    id: UUID
    direction: str
    at: datetime
    company_id: UUID | None
    contact_id: UUID | None
    lead_id: UUID | None
    answered_by: str | None
    outcome: str | None
    talk_s: float
    expected_s: int | None
    """As the campaign says; None: it does not."""
    fields: tuple[str, ...]
    """Those that are known from what was said; false is no answer that anybody was after."""
    has_meeting: bool
    """A meeting of our calendar was agreed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    id: UUID
    at: datetime
    body: str
    button: str | None
    kind: str
    company_id: UUID | None
    contact_id: UUID
    lead_id: UUID | None
    was_asked: bool
    """We had written before."""
    outcome: str | None
    """What the attempt came to that it may answer."""
    fields: tuple[str, ...]
    """Those that it proves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFacts:
    id: UUID
    at: datetime
    company_id: UUID | None
    contact_id: UUID
    lead_id: UUID
    is_cancelled: bool


_SAID = "e.status IN ('read', 'confirmed', 'corrected') AND e.value NOT IN ('null', 'false')"
_CALLS = text(f"""
SELECT k.id, k.direction, coalesce(k.answered_at, k.created_at) AS at, p.company_id,
       k.contact_id, k.lead_id, coalesce(a.answered_by, k.answered_by) AS answered_by, a.outcome,
       cast(coalesce(k.duration_s, extract(epoch FROM k.ended_at - k.answered_at), 0)
            AS double precision) AS talk_s,
       (SELECT cast(d.body->>'expected_call_s' AS int) FROM campaigns c
        JOIN documents d ON d.kind = 'campaign' AND d.name = c.name
          AND d.version = coalesce(cast(a.versions->>'campaign' AS int), c.version)
        WHERE c.id = a.campaign_id) AS expected_s,
       (SELECT coalesce(array_agg(DISTINCT e.field ORDER BY e.field), '{{}}')
        FROM readings r JOIN extractions e ON e.reading_id = r.id
        WHERE r.call_id = k.id AND {_SAID}) AS fields,
       EXISTS (SELECT FROM meetings m
               WHERE m.lead_id = k.lead_id AND m.source = 'call:' || k.id) AS has_meeting
FROM calls k
LEFT JOIN attempts a ON a.id = k.attempt_id
LEFT JOIN contacts p ON p.id = k.contact_id
WHERE k.id = ANY(cast(:calls AS uuid[])) AND k.contact_id IS NOT NULL
  AND (k.direction = 'inbound' OR (a.state = 'ended' AND
       (k.answered_at IS NOT NULL OR k.duration_s > 0 OR a.outcome = 'meeting_booked')))
""")
_CONVERSATIONS = text("""
SELECT conversation_id FROM messages
WHERE id = ANY(cast(:messages AS uuid[])) OR attempt_id = ANY(cast(:attempts AS uuid[]))
UNION SELECT conversation_id FROM readings
WHERE id = ANY(cast(:readings AS uuid[])) AND conversation_id IS NOT NULL
""")
_MESSAGES = text(f"""
SELECT m.conversation_id, m.id, m.created_at AS at, m.body, m.button, m.kind, p.company_id,
       v.contact_id, v.lead_id,
       EXISTS (SELECT FROM messages o WHERE o.conversation_id = m.conversation_id
               AND o.direction = 'out' AND o.created_at <= m.created_at) AS was_asked,
       (SELECT a.outcome FROM messages o JOIN attempts a ON a.id = o.attempt_id
        WHERE o.conversation_id = m.conversation_id AND o.created_at <= m.created_at
        ORDER BY o.created_at DESC, o.id DESC LIMIT 1) AS outcome,
       (SELECT coalesce(array_agg(DISTINCT e.field ORDER BY e.field), '{{}}')
        FROM readings r JOIN extractions e ON e.reading_id = r.id
        WHERE r.conversation_id = m.conversation_id AND e.evidence_message_id = m.id
          AND {_SAID}) AS fields
FROM messages m
JOIN conversations v ON v.id = m.conversation_id
JOIN contacts p ON p.id = v.contact_id
WHERE m.conversation_id = ANY(cast(:conversations AS uuid[])) AND m.direction = 'in'
ORDER BY m.created_at, m.id
""")
_MEETINGS = text("""
SELECT m.id, m.booked_at AS at, p.company_id, m.contact_id, m.lead_id,
       m.cancelled_at IS NOT NULL AS is_cancelled
FROM meetings m JOIN contacts p ON p.id = m.contact_id
WHERE m.lead_id = ANY(cast(:leads AS uuid[]))
""")


async def calls(tx: AsyncConnection, call_ids: Collection[UUID]) -> list[CallFacts]:
    """Of these calls those that are over and reached something; one that came in always."""
    if not call_ids:
        return []
    rows = await tx.execute(_CALLS, {"calls": list(call_ids)})
    return [CallFacts(**{**row._mapping, "fields": tuple(row.fields)}) for row in rows]


async def conversations(
    tx: AsyncConnection,
    *,
    messages: Collection[UUID],
    attempts: Collection[UUID],
    readings: Collection[UUID],
) -> list[UUID]:
    """The conversations that these belong to."""
    if not (messages or attempts or readings):
        return []
    values = {
        "messages": list(messages),
        "attempts": list(attempts),
        "readings": list(readings),
    }
    return list((await tx.execute(_CONVERSATIONS, values)).scalars())


async def messages(
    tx: AsyncConnection, conversation_ids: Collection[UUID]
) -> dict[UUID, list[MessageFacts]]:
    """All that people wrote in these conversations, oldest first."""
    found: dict[UUID, list[MessageFacts]] = {id: [] for id in conversation_ids}
    if not found:
        return found
    for row in await tx.execute(_MESSAGES, {"conversations": list(found)}):
        values = dict(row._mapping)
        talk = values.pop("conversation_id")
        found[talk].append(MessageFacts(**{**values, "fields": tuple(row.fields)}))
    return found


async def meetings(tx: AsyncConnection, lead_ids: Collection[UUID]) -> list[MeetingFacts]:
    """All meetings of these leads, those that were cancelled too."""
    if not lead_ids:
        return []
    rows = await tx.execute(_MEETINGS, {"leads": list(lead_ids)})
    return [MeetingFacts(**row._mapping) for row in rows]
