"""Numbers over campaigns: what came of the attempts, and where the leads stand."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import IN_FLIGHT, State
from outreach.lead import Work
from storage.tables import attempts, leads


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """Attempts after a lead's first, whoever planned them."""

    planned: int
    """Wait for their hour."""
    fired: int
    """Went out, or are going out now."""
    cancelled: int


async def count_outcomes(
    tx: AsyncConnection, campaign_id: UUID | None = None
) -> dict[str, dict[str, int]]:
    """Ended attempts by channel and outcome; `undecided` where the reading is still to come."""
    outcome = func.coalesce(attempts.c.outcome, "undecided")
    query = (
        select(attempts.c.channel, outcome, func.count())
        .where(attempts.c.state == State.ENDED, _of(attempts.c.campaign_id, campaign_id))
        .group_by(attempts.c.channel, outcome)
        .order_by(attempts.c.channel, outcome)
    )
    counted: dict[str, dict[str, int]] = {}
    for channel, word, count in await tx.execute(query):
        counted.setdefault(channel, {})[word] = count
    return counted


async def count_statuses(tx: AsyncConnection, campaign_id: UUID | None = None) -> dict[str, int]:
    """Leads by status."""
    return await _count(tx, leads.c.status, _of(leads.c.campaign_id, campaign_id))


async def count_work(tx: AsyncConnection, campaign_id: UUID | None = None) -> dict[str, int]:
    """Leads by what the engine owes them."""
    return await _count(tx, leads.c.work, _of(leads.c.campaign_id, campaign_id))


async def count_blocked(tx: AsyncConnection, campaign_id: UUID | None = None) -> dict[str, int]:
    """Blocked leads by reason."""
    blocked = and_(leads.c.work == Work.BLOCKED, _of(leads.c.campaign_id, campaign_id))
    return await _count(tx, func.coalesce(leads.c.work_reason, "unknown"), blocked)


async def count_follow_ups(tx: AsyncConnection, campaign_id: UUID | None = None) -> FollowUps:
    fired = attempts.c.state.in_([*IN_FLIGHT - {State.CLAIMED}, State.ENDED])
    query = select(
        func.count(case((attempts.c.state == State.PLANNED, 1))),
        func.count(case((fired, 1))),
        func.count(case((attempts.c.state == State.CANCELLED, 1))),
    ).where(attempts.c.n > 1, _of(attempts.c.campaign_id, campaign_id))
    planned, gone, cancelled = (await tx.execute(query)).one()
    return FollowUps(planned=planned, fired=gone, cancelled=cancelled)


async def _count(
    tx: AsyncConnection, by: ColumnElement[str], where: ColumnElement[bool]
) -> dict[str, int]:
    query = select(by, func.count()).where(where).group_by(by).order_by(by)
    return {word: count for word, count in await tx.execute(query)}


def _of(column: ColumnElement[UUID], campaign_id: UUID | None) -> ColumnElement[bool]:
    return true() if campaign_id is None else column == campaign_id
