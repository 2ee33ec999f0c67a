"""One lead's next attempt: the step, the legal hour, the row; or why there is none."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.persons import point
from orchestrator.engine.plans import Next, Plans, write
from orchestrator.engine.worked import Worked
from outreach.caps import LOOK_BACK
from outreach.channel import ChannelName
from outreach.law.places import places_of
from outreach.law.rests import NO_TALKS
from outreach.lead import Work
from outreach.next_attempt import Asked, Nowhere, Person, Terms, place, wish
from outreach.planning import Blocked, Planned, plan
from outreach.reason import Reason
from outreach.steps import Points
from storage import leads, left_alone, worked_leads
from storage.talks import talks_of
from storage.worked_leads import WorkedLead

# `Next` is part of this door: who plans says what is wanted.
__all__ = ["Next", "Where", "plan_next", "points_of", "read_where", "when"]


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

    The caller holds the lead and has made room: a lead has one planned attempt. Consent and
    values may still come before the hour; the gate asks for them then.
    """
    lead = where.lead
    if lead.closed_reason is not None:
        await leads.set_work(tx, [lead.id], Work.ENDED, lead.closed_reason, now=where.now)
        return Blocked(reason=Reason.LEAD_CLOSED, recheck_at=None)
    plans = Plans(now=where.now)
    found = place(
        await _person(ctx, tx, where, wanted.channel), _terms(ctx, where), asked(ctx, wanted)
    )
    if isinstance(found, Nowhere):
        plans.skip(lead, found.skipped)
        plans.hold(lead, found.blocked)
        await write(tx, plans)
        return found.blocked
    plans.plan(ctx, lead, found, wanted)
    await write(tx, plans)
    return found.planned


async def when(ctx: Context, tx: AsyncConnection, where: Where, wanted: Next) -> Planned | Blocked:
    """The first moment from the wanted one on that hours, caps and campaign allow."""
    person = await _person(ctx, tx, where, None)
    return plan(wish(person, _terms(ctx, where), asked(ctx, wanted)))


async def read_where(tx: AsyncConnection, lead_id: UUID, worked: Worked, now: datetime) -> Where:
    return Where(lead=await worked_leads.get(tx, lead_id), worked=worked, now=now)


def points_of(lead: WorkedLead) -> Points:
    """What each channel has for this person."""
    bad = frozenset(f"{kind}:{value}" for kind, value in lead.bad_points)
    return {
        ChannelName.VOICE: point("phone", lead.phone, bad),
        ChannelName.WHATSAPP: point("whatsapp", lead.whatsapp, bad),
    }


async def _person(
    ctx: Context, tx: AsyncConnection, where: Where, channel: ChannelName | None
) -> Person:
    """`channel` is the one to be used, of which suppression is asked; None asks for the time."""
    lead = where.lead
    points = points_of(lead)
    closed: dict[ChannelName, Reason] = {}
    used = points.get(channel) if channel is not None else None
    if channel is not None and used is not None and not isinstance(used, Reason):
        is_held = await left_alone.holds(
            tx, ctx.marks, phone=used.address, channel=channel, campaign_id=lead.campaign_id
        )
        closed = {channel: Reason.SUPPRESSED} if is_held else {}
    since = where.now - LOOK_BACK
    law = ctx.rulebook.law(
        places_of((lead.phone, lead.whatsapp), lead.country), where.worked.campaign.purpose
    )
    talks = await talks_of(tx, [lead.contact_id] if law.rests else [])
    return Person(
        points=points,
        zones=frozenset(lead.zones),
        places=law.places,
        not_before=lead.not_before,
        contacts=await worked_leads.contacts_since(tx, lead.contact_id, since),
        talks=talks.get(lead.contact_id, NO_TALKS),
        closed=closed,
    )


def _terms(ctx: Context, where: Where) -> Terms:
    return Terms(campaign=where.worked.campaign, rulebook=ctx.rulebook, now=where.now)


def asked(ctx: Context, wanted: Next) -> Asked:
    """The wish as the rules know it; its jitter is drawn here."""
    return Asked(
        wanted_at=wanted.wanted_at,
        channel=wanted.channel,
        only_channel=True,
        exempt_from_caps=wanted.exempt_from_caps,
        avoid=wanted.avoid,
        jitter=_draw(ctx) if wanted.jitter else 0.0,
    )


def _draw(ctx: Context) -> float:
    return int.from_bytes(ctx.random_bytes(2), "big") / 0xFFFF
