"""Calls and what was said in them; facts only grow, whatever order they come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.outcome import AnsweredBy
from outreach.speech import Speaker, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    id: UUID
    attempt_id: UUID | None
    """None for a call that came in and that no agent has taken."""
    contact_id: UUID | None
    lead_id: UUID | None
    direction: str
    """outbound | inbound"""
    provider_ref: str | None
    from_phone: str
    to_phone: str
    status: str
    answered_by: AnsweredBy | None
    """What our own ears say; None when nothing was heard."""
    amd: str | None
    """What the provider says: a value of AnsweredBy, a colon, and its own word if it had one."""
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    ended_by: str | None
    """Set when our conversation is closed."""
    message_left_at: datetime | None
    """When a machine had been left the whole message; None: it was not."""
    reading_state: str

    @property
    def our_phone(self) -> str:
        return self.to_phone if self.direction == "inbound" else self.from_phone


_ENSURE = text("""
INSERT INTO calls (id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone,
                   to_phone, created_at, simulated)
SELECT a.id, a.id, a.contact_id, a.lead_id, 'outbound', a.provider_ref,
       coalesce(s.address, ''), a.phone, :now, a.simulated
FROM attempts a LEFT JOIN senders s ON s.id = a.sender_id
WHERE a.id = :attempt_id
ON CONFLICT (id) DO NOTHING
""")
_LOCK = text("""
SELECT id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone, to_phone, status,
       answered_by, amd, answered_at, ended_at, duration_s, ended_by,
       message_left_at, reading_state
FROM calls WHERE id = :id FOR NO KEY UPDATE
""")
_FIND = text("""
SELECT id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone, to_phone, status,
       answered_by, amd, answered_at, ended_at, duration_s, ended_by,
       message_left_at, reading_state
FROM calls WHERE id = :id
""")


def _call(row: object) -> Call:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    heard = values["answered_by"]
    return Call(**{**values, "answered_by": AnsweredBy(heard) if heard else None})


async def of_attempt(tx: AsyncConnection, attempt_id: UUID, now: datetime) -> Call:
    """The call of this attempt, locked; made when it is first spoken of."""
    await tx.execute(_ENSURE, {"attempt_id": attempt_id, "now": now})
    return _call((await tx.execute(_LOCK, {"id": attempt_id})).one())


async def lock(tx: AsyncConnection, call_id: UUID) -> Call | None:
    row = (await tx.execute(_LOCK, {"id": call_id})).first()
    return None if row is None else _call(row)


async def find(tx: AsyncConnection, call_id: UUID) -> Call | None:
    row = (await tx.execute(_FIND, {"id": call_id})).first()
    return None if row is None else _call(row)


_RECEIVE = text("""
INSERT INTO calls (id, contact_id, lead_id, direction, provider_ref, from_phone, to_phone, status,
                   created_at, simulated)
VALUES (:id, :contact_id, :lead_id, 'inbound', :provider_ref, :from_phone, :to_phone, 'ringing',
        :now, :simulated)
ON CONFLICT DO NOTHING
RETURNING id
""")


async def receive(tx: AsyncConnection, **values: object) -> bool:
    """Write down a call that a person makes to us; False when it is known."""
    return (await tx.execute(_RECEIVE, values)).first() is not None


# A moment that is learned late lies before what is known to have followed it.
_REPORT = text("""
UPDATE calls SET
    status = CASE WHEN :raises THEN :status ELSE status END,
    provider_ref = coalesce(provider_ref, cast(:provider_ref AS text)),
    duration_s = coalesce(cast(:duration_s AS integer), duration_s),
    ended_at = CASE WHEN :ended THEN coalesce(ended_at, :now) ELSE ended_at END,
    answered_at = CASE
        WHEN NOT :answered THEN answered_at
        WHEN :ended THEN coalesce(answered_at, greatest(ringing_at, coalesce(ended_at, :now)
            - make_interval(secs => coalesce(cast(:duration_s AS integer), 0))))
        ELSE coalesce(answered_at, least(:now, ended_at)) END,
    ringing_at = CASE WHEN :rings THEN coalesce(ringing_at, least(:now, answered_at, ended_at))
                      ELSE ringing_at END
WHERE id = :id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one report says about a call."""

    provider_ref: str | None
    status: str
    raises: bool
    """Whether its rank is above what is known."""
    rings: bool
    answered: bool
    ended: bool
    duration_s: int | None


async def report(tx: AsyncConnection, call_id: UUID, facts: Facts, now: datetime) -> None:
    """Add what a report says; nothing that is known is taken back."""
    await tx.execute(
        _REPORT,
        {
            "id": call_id,
            "now": now,
            "provider_ref": facts.provider_ref,
            "status": facts.status,
            "raises": facts.raises,
            "rings": facts.rings,
            "answered": facts.answered,
            "ended": facts.ended,
            "duration_s": facts.duration_s,
        },
    )


# Its own report is more exact than the word beside a status, whichever comes first.
_AMD = text("""
UPDATE calls SET amd = CASE WHEN :exact THEN :amd ELSE coalesce(amd, :amd) END WHERE id = :id
""")
_HEARD = text("UPDATE calls SET answered_by = :answered_by WHERE id = :id")
_DISCLOSED = text("""
UPDATE calls SET disclosed_ai_at = coalesce(disclosed_ai_at, :at),
                 recording_notice_at = coalesce(recording_notice_at, :at)
WHERE id = :id
""")
_MESSAGE_LEFT = text("""
UPDATE calls SET message_left_at = coalesce(message_left_at, :at) WHERE id = :id
""")
_CLOSE = text("""
UPDATE calls SET ended_by = coalesce(ended_by, :by), ended_at = coalesce(ended_at, :now)
WHERE id = :id
""")


async def set_amd(
    tx: AsyncConnection, call_id: UUID, said: AnsweredBy, word: str | None = None
) -> None:
    """Keep who answered by the provider's machine detection, and its own `word` if it has one."""
    values = {"id": call_id, "amd": f"{said.value}:{word or ''}", "exact": word is not None}
    await tx.execute(_AMD, values)


async def set_heard(tx: AsyncConnection, call_id: UUID, answered_by: AnsweredBy) -> None:
    await tx.execute(_HEARD, {"id": call_id, "answered_by": answered_by.value})


async def set_disclosed(tx: AsyncConnection, call_id: UUID, at: datetime) -> None:
    await tx.execute(_DISCLOSED, {"id": call_id, "at": at})


async def set_message_left(tx: AsyncConnection, call_id: UUID, at: datetime) -> None:
    await tx.execute(_MESSAGE_LEFT, {"id": call_id, "at": at})


async def close(tx: AsyncConnection, call_id: UUID, *, by: str, now: datetime) -> None:
    """Our conversation is over; the first word about who ended it stands."""
    await tx.execute(_CLOSE, {"id": call_id, "by": by, "now": now})


_TURN = text("""
INSERT INTO turns (call_id, number, speaker, text, start_ms, end_ms, interrupted)
VALUES (:call_id, :number, :speaker, :text, :start_ms, :end_ms, :interrupted)
ON CONFLICT (call_id, number) DO UPDATE
SET speaker = excluded.speaker, text = excluded.text, start_ms = excluded.start_ms,
    end_ms = excluded.end_ms, interrupted = excluded.interrupted
""")


async def write_turn(tx: AsyncConnection, call_id: UUID, turn: Turn) -> None:
    """Store one turn; the same number again replaces it."""
    await tx.execute(
        _TURN,
        {
            "call_id": call_id,
            "number": turn.number,
            "speaker": turn.speaker.value,
            "text": turn.text,
            "start_ms": turn.start_ms,
            "end_ms": turn.end_ms,
            "interrupted": turn.interrupted,
        },
    )


_TURNS = text("""
SELECT number, speaker, text, start_ms, end_ms, interrupted FROM turns
WHERE call_id = :call_id ORDER BY number
""")


async def turns_of(tx: AsyncConnection, call_id: UUID) -> list[Turn]:
    """What was said, in order."""
    return [
        Turn(**{**row._mapping, "speaker": Speaker(row.speaker)})
        for row in await tx.execute(_TURNS, {"call_id": call_id})
    ]


_READING = text("""
UPDATE calls SET reading_state = :to
WHERE id = :id AND reading_state = ANY(:expected) RETURNING id
""")


async def move_reading(
    tx: AsyncConnection, call_id: UUID, expected: Sequence[str], to: str
) -> bool:
    """Compare and set the fence of the reading; False when somebody else moved it."""
    values = {"id": call_id, "expected": list(expected), "to": to}
    return (await tx.execute(_READING, values)).first() is not None


# Ended at the provider, or closed by us; both, or one of them long enough ago.
_UNSETTLED = text("""
SELECT c.id FROM attempts a JOIN calls c ON c.id = a.id LEFT JOIN senders s ON s.id = a.sender_id
WHERE a.undecided AND a.channel = 'voice' AND c.reading_state = 'none'
  AND a.ended_at <= CASE WHEN s.provider LIKE 'hosted:%' THEN cast(:hosted_before AS timestamptz)
                         ELSE cast(:before AS timestamptz) END
ORDER BY a.ended_at, a.id LIMIT :limit
""")


async def list_unsettled(
    tx: AsyncConnection, now: datetime, *, settle: timedelta, hosted: timedelta, limit: int
) -> list[UUID]:
    """Calls that ended `settle` ago and still wait for the other side's word.

    `hosted` is how long those wait that another platform runs: its transcript comes later.
    """
    values = {"before": now - settle, "hosted_before": now - hosted, "limit": limit}
    return list((await tx.execute(_UNSETTLED, values)).scalars())
