"""The message that a WhatsApp attempt stands for, and the conversation that it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    attempt_id: UUID
    """Also the message's id."""
    conversation_id: UUID
    """Used where sender and person have no conversation yet."""
    sender_id: UUID
    contact_id: UUID
    lead_id: UUID
    phone: str
    body: str
    template_name: str
    template_version: int
    simulated: bool


# A person who answers is answered for the lead that wrote to them last.
_PREPARE = text("""
-- clock_timestamp() is machine time.
WITH wish AS (
  SELECT * FROM unnest(cast(:attempts AS uuid[]), cast(:conversations AS uuid[]),
                       cast(:senders AS uuid[]), cast(:contacts AS uuid[]),
                       cast(:leads AS uuid[]), cast(:phones AS text[]), cast(:bodies AS text[]),
                       cast(:names AS text[]), cast(:versions AS int[]),
                       cast(:simulated AS boolean[]))
    AS w(attempt_id, conversation_id, sender_id, contact_id, lead_id, phone, body, template_name,
         template_version, simulated)
), talk AS (
  INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at)
  SELECT conversation_id, sender_id, contact_id, phone, lead_id, :now FROM wish
  ORDER BY sender_id, phone
  ON CONFLICT (sender_id, phone) DO UPDATE SET lead_id = excluded.lead_id, closed = false
  RETURNING id, sender_id, phone
), written AS (
  INSERT INTO messages (id, conversation_id, attempt_id, direction, author, kind, body,
                        template_name, template_version, state, lease_until, created_at, simulated)
  SELECT wish.attempt_id, talk.id, wish.attempt_id, 'out', 'agent', 'template', wish.body,
         wish.template_name, wish.template_version, 'sending', clock_timestamp() + :lease, :now,
         wish.simulated
  FROM wish JOIN talk USING (sender_id, phone)
  ORDER BY talk.id
  ON CONFLICT DO NOTHING
  RETURNING id
)
SELECT id FROM written
""")

_TAKE_BACK = text("""
DELETE FROM messages WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'sending'
""")


async def prepare(
    tx: AsyncConnection, openings: Sequence[Opening], now: datetime, lease: timedelta
) -> frozenset[UUID]:
    """Store these messages as `sending`; returns those whose conversation was free.

    At most one opening per sender and phone, which the claim's lines see to.
    """
    if not openings:
        return frozenset()
    values = {
        "attempts": [one.attempt_id for one in openings],
        "conversations": [one.conversation_id for one in openings],
        "senders": [one.sender_id for one in openings],
        "contacts": [one.contact_id for one in openings],
        "leads": [one.lead_id for one in openings],
        "phones": [one.phone for one in openings],
        "bodies": [one.body for one in openings],
        "names": [one.template_name for one in openings],
        "versions": [one.template_version for one in openings],
        "simulated": [one.simulated for one in openings],
        "now": now,
        "lease": lease,
    }
    return frozenset((await tx.execute(_PREPARE, values)).scalars())


async def take_back(tx: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Forget messages that the provider never had, so that the attempt may be made again."""
    if ids:
        await tx.execute(_TAKE_BACK, {"ids": list(ids)})
