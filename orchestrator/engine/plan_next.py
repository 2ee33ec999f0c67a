"""One lead's next attempt: the step, the legal hour, the row; or why there is none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.worked import Worked
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.events import Kind
from outreach.lead import Work
from outreach.phone import Phone, parse_phone
from outreach.planning import Blocked, Planned, Wish, plan
from outreach.reason import Reason
from outreach.steps import NoStep, Point, Points, Skipped, step_of_channel
from storage import attempts, campaigns, leads, suppressions, worked_leads
from storage.attempts import NewAttempt, Priority
from storage.campaigns import StatusChange
from storage.events import ENGINE, Event, record
from storage.worked_leads import WorkedLead

CAPS_LOOK_BACK: Final = timedelta(days=30)
ENDS_LEAD: Final = frozenset({Reason.CAMPAIGN_ENDED})
"""Reasons after which nothing more can come of a lead in its campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What should be tried next for a lead."""

    channel: ChannelName
    wanted_at: datetime
    reason: str
    rule_id: str | None = None
    created_by: str = ENGINE
    priority: Priority = Priority.NORMAL
    exempt_from_caps: bool = False
    """A time the person asked for: our own policy gives way, the law does not."""
    avoid: Daypart | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The lead and the documents it is worked by, read in the caller's transaction."""

    lead: WorkedLead
    worked: Worked
    now: datetime


async def plan_next(
    ctx: Context, tx: AsyncConnection, where: Where, wanted: Next
) -> Planned | Blocked:
    """Plan the attempt in the first legal moment, or block or end the lead with the reason.

    The caller holds the lead and has made room: a lead has one planned attempt.
    """
    chosen = step_of_channel(where.worked.campaign, wanted.channel, points_of(where.lead))
    await _tell_skipped(tx, where, chosen.skipped)
    if isinstance(chosen, NoStep):
        return await _block(tx, where, Blocked(reason=chosen.reason, recheck_at=None))
    if await _is_suppressed(tx, where, wanted.channel, chosen.point.address):
        return await _block(tx, where, Blocked(reason=Reason.SUPPRESSED, recheck_at=None))
    found = await when(ctx, tx, where, wanted)
    if isinstance(found, Blocked):
        return await _block(tx, where, found)
    new = NewAttempt(
        id=ctx.new_id(where.now),
        campaign_id=where.lead.campaign_id,
        lead_id=where.lead.id,
        contact_id=where.lead.contact_id,
        channel=wanted.channel,
        phone=chosen.point.address,
        due_at=found.due_at,
        window_end_at=found.window_end_at,
        reason=wanted.reason,
        rule_id=wanted.rule_id,
        created_by=wanted.created_by,
        priority=wanted.priority,
        exempt_from_caps=wanted.exempt_from_caps,
        moved_by=found.moved_by,
    )
    await attempts.plan(tx, [new], where.now)
    if where.worked.status == "completed":
        await _reopen(tx, where)
    return found


async def _reopen(tx: AsyncConnection, where: Where) -> None:
    """A completed campaign goes on when somebody in it is to be contacted again."""
    campaign = await campaigns.lock(tx, where.worked.id)
    if campaign is not None and campaign.status == "completed":
        change = StatusChange(
            campaign_id=campaign.id, before="completed", status="running", reason="follow_up"
        )
        await campaigns.set_status(tx, change, where.now)


async def _is_suppressed(
    tx: AsyncConnection, where: Where, channel: ChannelName, address: str
) -> bool:
    campaign_id = where.lead.campaign_id
    return await suppressions.holds(tx, phone=address, channel=channel, campaign_id=campaign_id)


async def when(ctx: Context, tx: AsyncConnection, where: Where, wanted: Next) -> Planned | Blocked:
    """The first moment from the wanted one on that hours, caps and campaign allow."""
    lead, campaign = where.lead, where.worked.campaign
    since = where.now - CAPS_LOOK_BACK
    contacts = await worked_leads.contacts_since(tx, lead.contact_id, since)
    return plan(
        Wish(
            now=where.now,
            wanted_at=wanted.wanted_at,
            zones=frozenset(lead.zones),
            hours=(*campaign.hours, *ctx.hours),
            contacts=contacts,
            caps=() if wanted.exempt_from_caps else campaign.caps.effective,
            not_before=lead.not_before,
            starts_at=campaign.schedule.start_at,
            ends_at=campaign.schedule.end_at,
            jitter=_draw(ctx) if wanted.jitter else 0.0,
            avoid=wanted.avoid,
        )
    )


def points_of(lead: WorkedLead) -> Points:
    """What each channel has for this person."""
    return {
        ChannelName.VOICE: _point(lead, "phone", lead.phone),
        ChannelName.WHATSAPP: _point(lead, "whatsapp", lead.whatsapp),
    }


def _point(lead: WorkedLead, kind: str, address: str | None) -> Point | Reason:
    if address is None:
        return Reason.NO_CONTACT_POINT
    if (kind, address) in lead.bad_points:
        return Reason.INVALID_NUMBER
    phone = parse_phone(address)
    if not isinstance(phone, Phone):
        return Reason.INVALID_NUMBER
    return Point(address=address, country=phone.country)


def _draw(ctx: Context) -> float:
    return int.from_bytes(ctx.random_bytes(2), "big") / 0xFFFF


async def _block(tx: AsyncConnection, where: Where, blocked: Blocked) -> Blocked:
    work = Work.ENDED if blocked.reason in ENDS_LEAD else Work.BLOCKED
    recheck_at = blocked.recheck_at if work is Work.BLOCKED else None
    await leads.set_work(tx, [where.lead.id], work, blocked.reason, recheck_at)
    return blocked


async def _tell_skipped(tx: AsyncConnection, where: Where, skipped: tuple[Skipped, ...]) -> None:
    await record(
        tx,
        [
            Event(
                kind=Kind.STEP_SKIPPED,
                at=where.now,
                campaign_id=where.lead.campaign_id,
                lead_id=where.lead.id,
                contact_id=where.lead.contact_id,
                data={"step": one.position, "channel": one.channel, "reason": one.reason},
            )
            for one in skipped
        ],
    )


async def read_where(tx: AsyncConnection, lead_id: UUID, worked: Worked, now: datetime) -> Where:
    return Where(lead=await worked_leads.get(tx, lead_id), worked=worked, now=now)
