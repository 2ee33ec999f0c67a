"""Attempts as reports see them: found by id, locked after their lead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.outcome import AnsweredBy, Outcome
from storage import worked_leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    channel: ChannelName
    phone: str
    state: State
    sender_id: UUID | None
    provider_ref: str | None
    provider_status: str | None
    provider_rank: int
    answered_by: AnsweredBy | None
    outcome: Outcome | None
    outcome_by: str | None
    undecided: bool
    starting_at: datetime | None
    started_at: datetime | None
    withdrawn: bool
    """We have asked the provider to take it back before it rings."""


_LEAD = text("SELECT lead_id FROM attempts WHERE id = :id")
_LOCK = text("""
SELECT id, campaign_id, lead_id, contact_id, channel, phone, state, sender_id, provider_ref,
       provider_status, provider_rank, answered_by, outcome, outcome_by, undecided, starting_at,
       started_at, inquiry ? 'withdrawn' AS withdrawn
FROM attempts WHERE id = :id FOR NO KEY UPDATE
""")


async def lock(tx: AsyncConnection, attempt_id: UUID) -> Reported | None:
    """Hold the attempt after its lead; None when there is no such attempt."""
    lead_id = (await tx.execute(_LEAD, {"id": attempt_id})).scalar_one_or_none()
    if lead_id is None:
        return None
    await worked_leads.lock(tx, lead_id)
    row = (await tx.execute(_LOCK, {"id": attempt_id})).one()
    values = dict(row._mapping)
    values["channel"], values["state"] = ChannelName(row.channel), State(row.state)
    values["answered_by"] = AnsweredBy(row.answered_by) if row.answered_by else None
    values["outcome"] = Outcome(row.outcome) if row.outcome else None
    return Reported(**values)


_RANK = text("""
UPDATE attempts SET
    provider_rank = greatest(provider_rank, :rank),
    provider_status = CASE WHEN :rank > provider_rank OR provider_status IS NULL THEN :status
                           ELSE provider_status END,
    provider_ref = coalesce(provider_ref, cast(:provider_ref AS text)),
    error_code = coalesce(error_code, :error_code)
WHERE id = :id
""")
_ADOPT = text("""
UPDATE attempts SET provider_ref = :ref WHERE id = :id AND provider_ref IS NULL
""")
_ANSWERED_BY = text("UPDATE attempts SET answered_by = :answered_by WHERE id = :id")


async def raise_rank(
    tx: AsyncConnection,
    attempt_id: UUID,
    *,
    provider_ref: str | None,
    status: str,
    rank: int,
    error_code: str | None,
) -> None:
    """Add what the provider says; a rank never falls and the first reference stands."""
    values = {
        "id": attempt_id,
        "provider_ref": provider_ref,
        "status": status,
        "rank": rank,
        "error_code": error_code,
    }
    await tx.execute(_RANK, values)


async def adopt(tx: AsyncConnection, attempt_id: UUID, ref: str) -> None:
    """The provider calls it so; what is known stands."""
    await tx.execute(_ADOPT, {"id": attempt_id, "ref": ref})


async def set_answered_by(tx: AsyncConnection, attempt_id: UUID, answered_by: AnsweredBy) -> None:
    await tx.execute(_ANSWERED_BY, {"id": attempt_id, "answered_by": answered_by.value})


_SILENT_MESSAGES = text("""
SELECT id FROM attempts
WHERE channel = 'whatsapp' AND state = 'started' AND started_at <= cast(:before AS timestamptz)
ORDER BY started_at, id LIMIT :limit
""")


async def list_silent_messages(tx: AsyncConnection, before: datetime, limit: int) -> list[UUID]:
    """Opening messages that were taken before then and have not ended."""
    rows = await tx.execute(_SILENT_MESSAGES, {"before": before, "limit": limit})
    return list(rows.scalars())


_ASK_SOON = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET lease_until = least(lease_until, clock_timestamp() + :wait)
WHERE id = :id AND state IN ('starting', 'unsure', 'started', 'live')
""")


async def ask_soon(tx: AsyncConnection, attempt_id: UUID, wait: timedelta) -> None:
    """If the provider has not reported the end by then (machine time), it is asked."""
    await tx.execute(_ASK_SOON, {"id": attempt_id, "wait": wait})
