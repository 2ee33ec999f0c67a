"""WhatsApp conversations: who speaks for us, until when, and what is due in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    id: UUID
    sender_id: UUID
    contact_id: UUID
    phone: str
    lead_id: UUID | None
    handler: str
    """agent | human"""
    assignee: str | None
    """`user:ID` of the colleague who handles it; None: nobody does, or the agent."""
    closed: bool
    """Resolved; their next word opens it again."""
    returns_at: datetime | None
    snoozed_until: datetime | None
    window_expires_at: datetime | None
    reply_due_at: datetime | None
    reply_tries: int
    no_reply_due_at: datetime | None
    last_inbound_id: UUID | None
    last_inbound_at: datetime | None
    last_outbound_at: datetime | None
    reading_state: str


COLUMNS = """id, sender_id, contact_id, phone, lead_id, handler, assignee, closed, returns_at,
snoozed_until, window_expires_at, reply_due_at, reply_tries, no_reply_due_at, last_inbound_id,
last_inbound_at, last_outbound_at, reading_state"""

_OPEN = text(f"""
INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at)
VALUES (:id, :sender_id, :contact_id, :phone, :lead_id, :now)
ON CONFLICT (sender_id, phone) DO UPDATE
SET lead_id = coalesce(excluded.lead_id, conversations.lead_id)
RETURNING {COLUMNS}
""")
_LOCK = text(f"SELECT {COLUMNS} FROM conversations WHERE id = :id FOR NO KEY UPDATE")
_FIND = text(f"SELECT {COLUMNS} FROM conversations WHERE id = :id")
_BETWEEN = text(f"""
SELECT {COLUMNS} FROM conversations WHERE sender_id = :sender_id AND phone = :phone
""")


async def open_between(tx: AsyncConnection, **values: object) -> Conversation:
    """The conversation of `sender_id` with `phone`, made or found, locked.

    A `lead_id` makes it speak for that lead from now on.
    """
    return Conversation(**(await tx.execute(_OPEN, values)).one()._mapping)


async def lock(tx: AsyncConnection, conversation_id: UUID) -> Conversation | None:
    row = (await tx.execute(_LOCK, {"id": conversation_id})).first()
    return None if row is None else Conversation(**row._mapping)


async def find(tx: AsyncConnection, conversation_id: UUID) -> Conversation | None:
    row = (await tx.execute(_FIND, {"id": conversation_id})).first()
    return None if row is None else Conversation(**row._mapping)


async def find_between(tx: AsyncConnection, *, sender_id: UUID, phone: str) -> Conversation | None:
    row = (await tx.execute(_BETWEEN, {"sender_id": sender_id, "phone": phone})).first()
    return None if row is None else Conversation(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom a number belongs to, and for which lead it would speak; None where nobody knows."""

    contact_id: UUID | None
    lead_id: UUID | None


# The lead that we wrote to last, else the one that anything was tried for last, else the newest.
_KNOWN = text("""
WITH person AS (
    SELECT contact_id FROM contact_points
    WHERE value = :phone AND kind IN ('whatsapp', 'phone')
    ORDER BY kind = 'whatsapp' DESC, contact_id LIMIT 1)
SELECT (SELECT contact_id FROM person) AS contact_id, (
    SELECT l.id FROM leads l
    LEFT JOIN LATERAL (
        SELECT a.channel = :channel AND a.phone = :phone AS this_way, a.starting_at FROM attempts a
        WHERE a.lead_id = l.id AND a.starting_at IS NOT NULL
        ORDER BY 1 DESC, a.starting_at DESC, a.id DESC LIMIT 1) a ON true
    WHERE l.contact_id = (SELECT contact_id FROM person)
    ORDER BY a.this_way DESC NULLS LAST, a.starting_at DESC NULLS LAST, l.id DESC LIMIT 1
) AS lead_id
""")


async def who_is(tx: AsyncConnection, *, phone: str, channel: str) -> Known:
    """The person behind a number, and the lead that a word of theirs belongs to."""
    return Known(**(await tx.execute(_KNOWN, {"phone": phone, "channel": channel})).one()._mapping)


_MEET = text("""
WITH stranger AS (
    INSERT INTO contacts (id, source, created_at)
    SELECT :contact_id, :source, :now
    WHERE NOT EXISTS (SELECT FROM contact_points WHERE kind = :kind AND value = :phone)
    RETURNING id),
point AS (
    INSERT INTO contact_points (contact_id, kind, value, status, created_at)
    SELECT id, :kind, :phone, 'valid', :now FROM stranger
    ON CONFLICT (value, kind) DO NOTHING
    RETURNING contact_id)
SELECT contact_id FROM point
""")


async def meet(tx: AsyncConnection, **values: object) -> UUID | None:
    """Make a contact of a stranger's number; None when somebody has just done so."""
    found: UUID | None = (await tx.execute(_MEET, values)).scalar_one_or_none()
    return found


_HEARD = text("""
UPDATE conversations SET
    last_inbound_id = CASE WHEN newest THEN :message_id ELSE last_inbound_id END,
    last_inbound_at = greatest(last_inbound_at, cast(:at AS timestamptz)),
    window_expires_at = greatest(window_expires_at, cast(:window AS timestamptz)),
    reply_due_at = cast(:reply_due_at AS timestamptz),
    reply_tries = 0,
    no_reply_due_at = NULL,
    read_due_at = cast(:read_due_at AS timestamptz),
    snoozed_until = NULL,
    closed = false
FROM (SELECT coalesce((last_inbound_at, last_inbound_id)
                      < (cast(:at AS timestamptz), cast(:message_id AS uuid)), true) AS newest
      FROM conversations WHERE id = :id) AS known
WHERE id = :id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a person's message changes."""

    message_id: UUID
    at: datetime
    window_expires_at: datetime
    reply_due_at: datetime | None
    read_due_at: datetime | None


async def hear(tx: AsyncConnection, conversation_id: UUID, heard: Heard) -> None:
    """A person wrote: the window opens, an answer is due, and silence is over."""
    await tx.execute(
        _HEARD,
        {
            "id": conversation_id,
            "message_id": heard.message_id,
            "at": heard.at,
            "window": heard.window_expires_at,
            "reply_due_at": heard.reply_due_at,
            "read_due_at": heard.read_due_at,
        },
    )


# What was claimed and not given back is due again when its lease has run out.
_CLAIM = text(f"""
-- clock_timestamp() is machine time.
UPDATE conversations SET reply_claimed_by = :process, reply_lease_until = clock_timestamp() + :lease
WHERE id IN (
    SELECT id FROM conversations
    WHERE reply_due_at <= cast(:now AS timestamptz) AND handler = 'agent' AND NOT closed
      AND (reply_lease_until IS NULL OR reply_lease_until < clock_timestamp())
    ORDER BY reply_due_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)
RETURNING {COLUMNS}
""")


async def claim_replies(
    tx: AsyncConnection, now: datetime, *, process: UUID, lease: timedelta, limit: int
) -> list[Conversation]:
    """Take conversations in which an answer is due, each for the length of a lease."""
    values = {"now": now, "process": process, "lease": lease, "limit": limit}
    found = [Conversation(**row._mapping) for row in await tx.execute(_CLAIM, values)]
    return sorted(found, key=lambda talk: talk.id)


_STILL_OURS = text("""
-- clock_timestamp() is machine time.
SELECT EXISTS (
    SELECT FROM conversations
    WHERE id = :id AND reply_claimed_by = :process AND reply_lease_until > clock_timestamp()
      AND handler = 'agent' AND reply_due_at IS NOT NULL AND last_inbound_id = :last_inbound_id)
""")


async def is_still_ours(
    tx: AsyncConnection, conversation_id: UUID, *, process: UUID, last_inbound_id: UUID
) -> bool:
    """Whether what was prepared may still be said: lease, handler and last word are unchanged."""
    values = {"id": conversation_id, "process": process, "last_inbound_id": last_inbound_id}
    return bool((await tx.execute(_STILL_OURS, values)).scalar_one())


_ANSWERED = text("""
UPDATE conversations SET reply_due_at = NULL, reply_claimed_by = NULL, reply_lease_until = NULL,
                         reply_tries = 0
WHERE id = :id
""")
_RELEASE = text("""
UPDATE conversations SET reply_claimed_by = NULL, reply_lease_until = NULL,
    reply_tries = CASE WHEN :failed THEN reply_tries + 1 ELSE reply_tries END,
    reply_due_at = CASE WHEN reply_due_at IS NULL THEN NULL
                        ELSE greatest(reply_due_at, cast(:due_at AS timestamptz)) END
WHERE id = :id AND reply_claimed_by = :process
""")


async def clear_reply(tx: AsyncConnection, conversation_id: UUID) -> None:
    """Nothing has to be answered any more."""
    await tx.execute(_ANSWERED, {"id": conversation_id})


async def release(
    tx: AsyncConnection,
    conversation_id: UUID,
    *,
    process: UUID,
    due_at: datetime | None = None,
    failed: bool = False,
) -> None:
    """Give a claim back; what is due stays due, not before `due_at`."""
    values = {"id": conversation_id, "process": process, "due_at": due_at, "failed": failed}
    await tx.execute(_RELEASE, values)


_SPOKE = text("""
UPDATE conversations SET last_outbound_at = greatest(last_outbound_at, cast(:at AS timestamptz))
WHERE id = :id
""")


async def spoke(tx: AsyncConnection, conversation_id: UUID, at: datetime) -> None:
    """A message of ours went out at `at`."""
    await tx.execute(_SPOKE, {"id": conversation_id, "at": at})


_HANDLER = text("""
UPDATE conversations SET handler = :handler, assignee = cast(:assignee AS text),
    returns_at = cast(:returns_at AS timestamptz), reply_due_at = NULL,
    reply_claimed_by = NULL, reply_lease_until = NULL, no_reply_due_at = NULL
WHERE id = :id AND (handler <> :handler OR assignee IS DISTINCT FROM cast(:assignee AS text))
RETURNING id
""")


async def set_handler(
    tx: AsyncConnection,
    conversation_id: UUID,
    *,
    handler: str,
    assignee: str | None,
    returns_at: datetime | None = None,
) -> bool:
    """Who speaks for us from now on; what the one before had due is gone. False if it was so.

    At `returns_at` the agent speaks again by itself.
    """
    values = {
        "id": conversation_id,
        "handler": handler,
        "assignee": assignee,
        "returns_at": returns_at,
    }
    return (await tx.execute(_HANDLER, values)).first() is not None


_SILENCE = text("""
UPDATE conversations
SET reply_due_at = NULL, no_reply_due_at = NULL, reply_claimed_by = NULL, reply_lease_until = NULL
WHERE contact_id = ANY(:contacts)
""")


async def fall_silent(tx: AsyncConnection, contact_ids: list[UUID]) -> None:
    """Nothing is due any more in any conversation with these people."""
    await tx.execute(_SILENCE, {"contacts": contact_ids})


_NO_REPLY = text("""
SELECT id, lead_id FROM conversations
WHERE no_reply_due_at <= cast(:now AS timestamptz) ORDER BY no_reply_due_at, id LIMIT :limit
""")
_TAKE_NO_REPLY = text("""
UPDATE conversations SET no_reply_due_at = NULL
WHERE id = :id AND no_reply_due_at <= cast(:now AS timestamptz) RETURNING id
""")
_READ_DUE = text("""
SELECT id FROM conversations
WHERE read_due_at <= cast(:now AS timestamptz) ORDER BY read_due_at, id LIMIT :limit
""")
_TAKE_READ = text("""
UPDATE conversations SET read_due_at = NULL, reading_state = 'due'
WHERE id = :id AND read_due_at <= cast(:now AS timestamptz) RETURNING id
""")


async def list_silent(
    tx: AsyncConnection, now: datetime, limit: int
) -> list[tuple[UUID, UUID | None]]:
    """Conversations whose person has been silent for too long, with the lead they speak for."""
    rows = await tx.execute(_NO_REPLY, {"now": now, "limit": limit})
    return [(row.id, row.lead_id) for row in rows]


async def take_silence(tx: AsyncConnection, conversation_id: UUID, now: datetime) -> bool:
    """Count the silence once; False when somebody else did or the person wrote."""
    found = await tx.execute(_TAKE_NO_REPLY, {"id": conversation_id, "now": now})
    return found.first() is not None


async def list_paused(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Conversations that have paused long enough to be read."""
    return list((await tx.execute(_READ_DUE, {"now": now, "limit": limit})).scalars())


async def take_pause(tx: AsyncConnection, conversation_id: UUID, now: datetime) -> bool:
    """Make the reading due, once."""
    return (await tx.execute(_TAKE_READ, {"id": conversation_id, "now": now})).first() is not None


_READING = text("""
UPDATE conversations SET reading_state = :to
WHERE id = :id AND reading_state = ANY(:expected) RETURNING id
""")


async def move_reading(
    tx: AsyncConnection, conversation_id: UUID, expected: list[str], to: str
) -> bool:
    """Compare and set the fence of the reading; False when somebody else moved it."""
    values = {"id": conversation_id, "expected": expected, "to": to}
    return (await tx.execute(_READING, values)).first() is not None


_AWAIT = text("""
UPDATE conversations SET no_reply_due_at = cast(:until AS timestamptz)
WHERE lead_id = :lead_id AND handler = 'agent'
  AND (last_inbound_at IS NULL OR last_inbound_at < last_outbound_at)
""")


async def await_reply(tx: AsyncConnection, lead_id: UUID, until: datetime) -> None:
    """Count the silence of this lead's person from `until` on, unless they spoke last."""
    await tx.execute(_AWAIT, {"lead_id": lead_id, "until": until})


_COUNT_SILENCE = text("""
UPDATE conversations SET no_reply_due_at = cast(:until AS timestamptz) WHERE id = :id
""")


async def count_silence(tx: AsyncConnection, conversation_id: UUID, until: datetime) -> None:
    """Look at this conversation again then, unless the person writes before, whoever spoke last."""
    await tx.execute(_COUNT_SILENCE, {"id": conversation_id, "until": until})


_STOP_WAITING = text("""
UPDATE conversations SET no_reply_due_at = NULL WHERE lead_id = :lead_id
""")


async def stop_waiting(tx: AsyncConnection, lead_id: UUID) -> None:
    """The silence of this lead's person is no longer counted."""
    await tx.execute(_STOP_WAITING, {"lead_id": lead_id})


_WAIT_LONGER = text("""
UPDATE conversations SET no_reply_due_at = greatest(no_reply_due_at, cast(:until AS timestamptz))
WHERE lead_id = :lead_id AND no_reply_due_at IS NOT NULL
""")


async def wait_longer(tx: AsyncConnection, lead_id: UUID, until: datetime) -> None:
    """Where the silence of this lead's person is counted, it is not before `until`."""
    await tx.execute(_WAIT_LONGER, {"lead_id": lead_id, "until": until})
