"""Every message of every conversation; one of ours has a life like an attempt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: UUID
    conversation_id: UUID
    attempt_id: UUID | None
    """Set where the message is the one an attempt stands for; then it has the attempt's id."""
    direction: str
    author: str
    """person | agent | user:ID"""
    kind: str
    body: str
    button: str | None
    template_name: str | None
    template_version: int | None
    variables: dict[str, str]
    """What stands in the template's places, by number; empty where it is none."""
    answers_id: UUID | None
    state: str
    provider_ref: str | None
    provider_rank: int
    created_at: datetime
    sent_at: datetime | None


COLUMNS = """id, conversation_id, attempt_id, direction, author, kind, body, button, template_name,
template_version, variables, answers_id, state, provider_ref, provider_rank, created_at, sent_at"""

_RECEIVE = text("""
INSERT INTO messages (id, conversation_id, direction, author, kind, body, button, state,
                      provider_ref, created_at, simulated)
VALUES (:id, :conversation_id, 'in', 'person', :kind, :body, :button, 'received',
        :provider_ref, :created_at, :simulated)
ON CONFLICT (provider_ref) DO NOTHING
RETURNING id
""")


async def receive(tx: AsyncConnection, **values: object) -> bool:
    """Store what a person wrote; False when it is known."""
    return (await tx.execute(_RECEIVE, values)).first() is not None


_COMPOSE = text("""
INSERT INTO messages (id, conversation_id, direction, author, kind, body, template_name,
                      template_version, variables, answers_id, state, created_at, simulated)
SELECT :id, c.id, 'out', :author, :kind, :body, cast(:template_name AS text),
       cast(:template_version AS integer), cast(:variables AS jsonb),
       cast(:answers_id AS uuid), 'composed', :created_at, s.simulated
FROM conversations c JOIN senders s ON s.id = c.sender_id WHERE c.id = :conversation_id
ON CONFLICT DO NOTHING
RETURNING id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Something that will be sent: free text, or a template with its places filled."""

    id: UUID
    conversation_id: UUID
    author: str
    body: str
    created_at: datetime
    answers_id: UUID | None = None
    template: tuple[str, int] | None = None
    """Its name and version; None where it is free text."""
    variables: Mapping[str, str] = field(default_factory=dict)


async def compose(tx: AsyncConnection, message: Composed) -> bool:
    """Store what will be sent; False where it is stored, or what it answers has an answer."""
    name, version = message.template or (None, None)
    values = {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "author": message.author,
        "kind": "text" if message.template is None else "template",
        "body": message.body,
        "template_name": name,
        "template_version": version,
        "variables": json.dumps(dict(message.variables)),
        "answers_id": message.answers_id,
        "created_at": message.created_at,
    }
    return (await tx.execute(_COMPOSE, values)).first() is not None


_LOCK = text(f"SELECT {COLUMNS} FROM messages WHERE id = :id FOR NO KEY UPDATE")
_FIND = text(f"SELECT {COLUMNS} FROM messages WHERE id = :id")
_BY_REF = text(f"SELECT {COLUMNS} FROM messages WHERE provider_ref = :ref")
_IN = text(f"""
SELECT {COLUMNS} FROM messages
WHERE conversation_id = :id AND state IN ('received', 'sending', 'sent', 'unsure')
ORDER BY created_at, id
""")


async def lock(tx: AsyncConnection, message_id: UUID) -> Message | None:
    row = (await tx.execute(_LOCK, {"id": message_id})).first()
    return None if row is None else Message(**row._mapping)


async def find(tx: AsyncConnection, message_id: UUID) -> Message | None:
    row = (await tx.execute(_FIND, {"id": message_id})).first()
    return None if row is None else Message(**row._mapping)


async def find_by_ref(tx: AsyncConnection, ref: str) -> Message | None:
    row = (await tx.execute(_BY_REF, {"ref": ref})).first()
    return None if row is None else Message(**row._mapping)


async def said_in(tx: AsyncConnection, conversation_id: UUID) -> list[Message]:
    """What was said by both sides, in order; nothing that never left."""
    return [Message(**row._mapping) for row in await tx.execute(_IN, {"id": conversation_id})]


# What is not yet due again after a refusal of service waits by its lease.
_NEXT = text("""
-- clock_timestamp() is machine time.
SELECT m.id FROM messages m
WHERE m.state = 'composed' AND (m.lease_until IS NULL OR m.lease_until < clock_timestamp())
  AND NOT EXISTS (SELECT FROM messages o WHERE o.conversation_id = m.conversation_id
                  AND (o.state IN ('sending', 'unsure')
                       OR o.state = 'composed' AND (o.created_at, o.id) < (m.created_at, m.id)))
ORDER BY m.id LIMIT :limit
""")


async def list_composed(tx: AsyncConnection, limit: int) -> list[UUID]:
    """Messages that may leave now: none of their conversation is under way, none is older."""
    return list((await tx.execute(_NEXT, {"limit": limit})).scalars())


_SENDING = text("""
-- clock_timestamp() is machine time.
UPDATE messages SET state = 'sending', lease_until = clock_timestamp() + :lease,
                    inquiry = jsonb_build_object('asked_after', cast(:asked_after AS text))
WHERE id = :id AND state = 'composed'
  AND NOT EXISTS (SELECT FROM messages o WHERE o.conversation_id = messages.conversation_id
                  AND (o.state IN ('sending', 'unsure') OR o.state = 'composed'
                       AND (o.created_at, o.id) < (messages.created_at, messages.id)))
RETURNING id
""")


async def start_sending(
    tx: AsyncConnection, message_id: UUID, *, lease: timedelta, asked_after: datetime
) -> bool:
    """Say that the provider is about to be told; False when it may not leave now.

    The caller holds the conversation, so that two of its messages cannot both go.
    """
    values = {"id": message_id, "lease": lease, "asked_after": asked_after.isoformat()}
    return (await tx.execute(_SENDING, values)).first() is not None


_MOVE = text("""
-- clock_timestamp() is machine time.
UPDATE messages SET state = :to,
    lease_until = CASE WHEN cast(:wait AS interval) IS NULL THEN NULL
                       ELSE clock_timestamp() + cast(:wait AS interval) END,
    provider_ref = coalesce(provider_ref, :provider_ref),
    sent_at = CASE WHEN :to = 'sent' THEN coalesce(sent_at, :now) ELSE sent_at END,
    error_code = coalesce(:error_code, error_code)
WHERE id = :id AND state = ANY(:expected)
RETURNING id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How the life of a message goes on."""

    expected: tuple[str, ...]
    to: str
    provider_ref: str | None = None
    error_code: str | None = None
    wait: timedelta | None = None
    """Machine time until it is looked at again; None where it is not."""


async def move(tx: AsyncConnection, message_id: UUID, step: Move, now: datetime) -> bool:
    """Go on if the state is one of those expected; False when it is not."""
    values = {
        "id": message_id,
        "expected": list(step.expected),
        "to": step.to,
        "wait": step.wait,
        "provider_ref": step.provider_ref,
        "error_code": step.error_code,
        "now": now,
    }
    return (await tx.execute(_MOVE, values)).first() is not None


_STATUS = text("""
UPDATE messages SET
    provider_rank = greatest(provider_rank, :rank),
    provider_status = CASE WHEN :rank > provider_rank THEN :status ELSE provider_status END,
    provider_ref = coalesce(provider_ref, :provider_ref),
    error_code = coalesce(error_code, :error_code)
WHERE id = :id
""")


async def report(
    tx: AsyncConnection,
    message_id: UUID,
    *,
    provider_ref: str,
    status: str,
    rank: int,
    error_code: str | None,
) -> None:
    """Add what the provider says; a rank never falls."""
    values = {
        "id": message_id,
        "provider_ref": provider_ref,
        "status": status,
        "rank": rank,
        "error_code": error_code,
    }
    await tx.execute(_STATUS, values)


_CANCEL = text("""
UPDATE messages m SET state = 'cancelled', lease_until = NULL
FROM conversations c
WHERE m.conversation_id = c.id AND m.state = 'composed'
  AND (c.id = cast(:conversation_id AS uuid) OR c.contact_id = ANY(:contacts))
  AND (:all_authors OR m.author = 'agent')
RETURNING m.id, m.conversation_id, c.lead_id, c.contact_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    id: UUID
    conversation_id: UUID
    lead_id: UUID | None
    contact_id: UUID


async def cancel_composed(
    tx: AsyncConnection,
    *,
    conversation_id: UUID | None = None,
    contact_ids: list[UUID] | None = None,
    all_authors: bool = False,
) -> list[Cancelled]:
    """Take back what has not left: the agent's, or everybody's words."""
    values = {
        "conversation_id": conversation_id,
        "contacts": contact_ids or [],
        "all_authors": all_authors,
    }
    found = [Cancelled(**row._mapping) for row in await tx.execute(_CANCEL, values)]
    return sorted(found, key=lambda one: one.id)


_LOST = text("""
-- clock_timestamp() is machine time.
SELECT id FROM messages
WHERE attempt_id IS NULL AND (
    (state = 'sending' AND lease_until < clock_timestamp())
    OR (state = 'unsure' AND (lease_until IS NULL OR lease_until < clock_timestamp())
        AND NOT coalesce((inquiry->>'given_up')::boolean, false)))
ORDER BY id LIMIT :limit
""")


async def list_lost(tx: AsyncConnection, limit: int) -> list[UUID]:
    """Messages of a conversation of which nobody knows whether they left."""
    return list((await tx.execute(_LOST, {"limit": limit})).scalars())
