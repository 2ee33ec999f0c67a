"""Book a meeting with a colleague: a free time of our calendar, or the nearest ones to offer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Where
from orchestrator.engine.superseding import MOVABLE
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lead import Status, Work
from outreach.meetings import Availability, is_free, nearest_free
from outreach.outcome import Outcome
from outreach.when import parse_when
from storage import attempts, decisions, leads, meetings, worked_leads
from storage.events import Event, record
from storage.meetings import Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The conversation in which it was agreed."""

    source: str
    """call:ID | conversation:ID"""
    attempt_id: UUID | None = None
    """The call that runs; its outcome is then known."""


async def book_meeting(
    ctx: Context, tx: AsyncConnection, where: Where, words: str, occasion: Occasion, by: Actor
) -> Meeting:
    """Book the time that `words` mean; another one of theirs that is still to come is given back.

    Everything else that is planned for the lead stops. The caller holds the lead. Raises Rejected
    with the times that are free instead, on the person's clock.
    """
    require(by, Role.REP)
    if ctx.availability is None:
        raise Rejected(
            code="no_calendar",
            message="No calendar is set up; a colleague arranges the meeting with them.",
            fix="Set `calendar` in the configuration.",
        )
    zone, now = where.lead.zone or ctx.availability.zone, where.now
    wanted = parse_when(words, now, zone)
    if wanted is None:
        raise Rejected(
            code="unclear_time",
            message="That names no time that lies ahead.",
            fix="Ask for a day and an hour.",
        )
    await meetings.hold(tx)
    await meetings.cancel_coming(tx, where.lead.id, now)
    await _insist_on_free(tx, ctx.availability, wanted, zone, now)
    meeting = Meeting(
        id=ctx.new_id(now),
        lead_id=where.lead.id,
        contact_id=where.lead.contact_id,
        source=occasion.source,
        starts_at=wanted,
        ends_at=wanted + ctx.availability.length,
        booked_by=by.name,
        booked_at=now,
    )
    await meetings.add(tx, meeting)
    await _stop_the_rest(tx, where, occasion, by)
    await _tell(tx, where, meeting, by)
    return meeting


def on_their_clock(at: datetime, zone: str) -> str:
    """A moment as one says it to somebody who lives in this zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%A, %-d %B at %H:%M}"


async def _insist_on_free(
    tx: AsyncConnection, availability: Availability, wanted: datetime, zone: str, now: datetime
) -> None:
    held = await meetings.taken(tx, now, now + availability.horizon + availability.length)
    if is_free(availability, wanted, now, held):
        return
    free = nearest_free(availability, wanted, now, held)
    offered = "; ".join(on_their_clock(at, zone) for at in free)
    raise Rejected(
        code="meeting_taken",
        message=f"{on_their_clock(wanted, zone)} is not free.",
        fix=f"Free are, on their clock: {offered}." if free else "Nothing is free.",
    )


async def _stop_the_rest(tx: AsyncConnection, where: Where, occasion: Occasion, by: Actor) -> None:
    """A booking always stops what else was planned; what runs ends by itself."""
    outcome = Outcome.MEETING_BOOKED
    if occasion.attempt_id is not None:
        await decisions.foresee(tx, occasion.attempt_id, outcome, by=by.name)
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    waiting = [one.id for one in open_now if one.state in MOVABLE]
    await attempts.cancel(tx, waiting, by=by.name, reason=outcome, now=where.now)
    await leads.set_status(tx, [where.lead.id], Status.QUALIFIED, actor=by.name)
    resting = await worked_leads.not_in_flight(tx, [where.lead.id])
    await leads.set_work(tx, resting, Work.ENDED, outcome)


async def _tell(tx: AsyncConnection, where: Where, meeting: Meeting, by: Actor) -> None:
    event = Event(
        kind=Kind.MEETING_BOOKED,
        at=where.now,
        actor=by.name,
        campaign_id=where.lead.campaign_id,
        lead_id=meeting.lead_id,
        contact_id=meeting.contact_id,
        data={"meeting_id": str(meeting.id), "starts_at": meeting.starts_at.isoformat()},
    )
    await record(tx, [event])
