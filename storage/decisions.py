"""Attempts whose follow-up is still to be decided: each is taken once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName
from outreach.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An attempt that is over, with its outcome."""

    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    channel: ChannelName
    phone: str
    outcome: Outcome
    ended_at: datetime
    outcome_by: str | None
    outdated_by: UUID | None
    """The attempt whose result was changed when this one had begun."""
    reason: str
    """Why it was made; CALLED_US where the person has called."""


_COLUMNS = """id, campaign_id, lead_id, contact_id, channel, phone, outcome, ended_at, outcome_by,
outdated_by, reason"""
_TAKE = text(f"""
UPDATE attempts SET undecided = false
WHERE id = :id AND state = 'ended' AND undecided AND outcome IS NOT NULL
RETURNING {_COLUMNS}
""")
_LATEST = text(f"""
SELECT {_COLUMNS} FROM attempts
WHERE lead_id = :lead_id AND state = 'ended' AND outcome IS NOT NULL ORDER BY n DESC LIMIT 1
""")
# A call of which both sides have not yet been heard is settled first, and read.
_LEFT_OVER = text("""
SELECT id, lead_id FROM attempts
WHERE undecided AND outcome IS NOT NULL AND state = 'ended'
  AND NOT EXISTS (SELECT FROM calls k WHERE k.id = attempts.id AND k.reading_state = 'none')
ORDER BY ended_at, id LIMIT :limit
""")
_SET_OUTCOME = text("""
UPDATE attempts SET outcome = :outcome, outcome_by = :by, undecided = true,
    answered_by = coalesce(cast(:answered_by AS text), answered_by)
WHERE id = :id AND state = 'ended' AND outcome IS DISTINCT FROM :outcome
RETURNING id
""")
_AGAIN = text("""
UPDATE attempts SET undecided = true WHERE id = :id AND state = 'ended' AND outcome IS NOT NULL
""")
_FORESEE = text("""
UPDATE attempts SET outcome = :outcome, outcome_by = :by
WHERE id = :id AND outcome IS NULL AND state NOT IN ('planned', 'cancelled')
""")


# What is asked of the provider, is under way, or has ended and is still being read.
_BEGUN = text("""
SELECT later.id FROM attempts known JOIN attempts later
  ON later.lead_id = known.lead_id AND later.n > known.n
WHERE known.id = :id
  AND (later.state IN ('starting', 'started', 'live', 'unsure')
       OR (later.state = 'ended' AND later.outcome IS NULL))
ORDER BY later.n
""")
_OUTDATE = text("UPDATE attempts SET outdated_by = :by WHERE id = ANY(cast(:ids AS uuid[]))")


def _ended(values: dict[str, object]) -> Ended:
    channel, outcome = ChannelName(str(values["channel"])), Outcome(str(values["outcome"]))
    return Ended(**{**values, "channel": channel, "outcome": outcome})  # type: ignore[arg-type]


async def take(tx: AsyncConnection, attempt_id: UUID) -> Ended | None:
    """The attempt, to be decided by the caller alone; None when it is decided or not over."""
    row = (await tx.execute(_TAKE, {"id": attempt_id})).first()
    return None if row is None else _ended(dict(row._mapping))


async def latest(tx: AsyncConnection, lead_id: UUID) -> Ended | None:
    """The last attempt of this lead whose outcome is known."""
    row = (await tx.execute(_LATEST, {"lead_id": lead_id})).first()
    return None if row is None else _ended(dict(row._mapping))


async def list_left_over(tx: AsyncConnection, limit: int) -> list[tuple[UUID, UUID]]:
    """Attempts that ended with an outcome and wait for their decision, with their leads."""
    return [(row.id, row.lead_id) for row in await tx.execute(_LEFT_OVER, {"limit": limit})]


async def set_outcome(
    tx: AsyncConnection,
    attempt_id: UUID,
    outcome: Outcome,
    *,
    by: str,
    answered_by: str | None = None,
) -> bool:
    """Say what an attempt that has ended came to, to be decided next; False if it is known so."""
    values = {"id": attempt_id, "outcome": outcome.value, "by": by, "answered_by": answered_by}
    return (await tx.execute(_SET_OUTCOME, values)).first() is not None


async def decide_again(tx: AsyncConnection, attempt_id: UUID) -> None:
    """What an attempt came to is known and was decided on; it is to be decided on once more."""
    await tx.execute(_AGAIN, {"id": attempt_id})


async def foresee(tx: AsyncConnection, attempt_id: UUID, outcome: Outcome, *, by: str) -> None:
    """Say while it still runs what it will have come to."""
    await tx.execute(_FORESEE, {"id": attempt_id, "outcome": outcome.value, "by": by})


async def list_begun_after(tx: AsyncConnection, attempt_id: UUID) -> list[UUID]:
    """Later attempts of the same lead that have begun and of which nothing is known yet."""
    return list((await tx.execute(_BEGUN, {"id": attempt_id})).scalars())


async def outdate(tx: AsyncConnection, ids: Sequence[UUID], by: UUID) -> None:
    """These had begun when the result of attempt `by` was changed."""
    if ids:
        await tx.execute(_OUTDATE, {"ids": list(ids), "by": by})
