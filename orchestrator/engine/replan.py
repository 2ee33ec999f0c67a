"""Plans leads anew: when a block is lifted, and wherever a lead has nothing planned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.calendar import reopen
from orchestrator.engine.context import Context
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.hours import WindowsMemo
from outreach.lead import Work
from outreach.phone import Phone, parse_phone
from outreach.planning import Blocked, Planned, Wish, plan
from outreach.reason import Reason
from outreach.steps import Chosen, NoStep, Point, Skipped, first_step, step_of_channel
from storage import attempts, campaigns, clock, gating, leads, replanning
from storage.attempts import NewAttempt, Priority
from storage.database import transaction
from storage.documents import Version
from storage.events import Event, record
from storage.leads import WorkChange
from storage.replanning import Unplanned

LONGEST_CAP: Final = timedelta(days=30)
PRIORITIES: Final = frozenset(Priority)
OVER: Final = frozenset({"completed", "cancelled", "archived"})


async def unblock(ctx: Context) -> int:
    """Look again at the blocked leads whose time has come; returns how many."""
    await reopen(ctx)
    async with transaction(ctx.database) as tx:
        due = await replanning.lock_due(tx, await clock.now(tx), ctx.limits.unblock_batch)
        if due:
            await replan_leads(ctx, tx, due)
    ctx.seam("unblocked")
    return len(due)


@dataclass(slots=True, kw_only=True)
class Plans:
    """What one transaction will write."""

    now: datetime
    memo: WindowsMemo = field(default_factory=dict)
    attempts: list[NewAttempt] = field(default_factory=list)
    work: list[WorkChange] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


async def replan_leads(ctx: Context, tx: AsyncConnection, lead_ids: Collection[UUID]) -> int:
    """Give each of these leads its next attempt, or the reason why there is none.

    A lead whose last attempt was taken back by the gate gets the same again, another one the
    first step that it can be reached by. What is planned or under way stays. Returns how many
    were planned.
    """
    await leads.lock(tx, lead_ids)
    unplanned = await replanning.list_unplanned(tx, lead_ids)
    now = await clock.now(tx)
    documents = await _campaigns(ctx, tx, {one.campaign_id for one in unplanned})
    contacts = await gating.contacts_since(
        tx, [one.contact_id for one in unplanned], now - LONGEST_CAP
    )
    plans = Plans(now=now)
    for lead in unplanned:
        campaign = documents.get(lead.campaign_id)
        if campaign is None:
            ended = WorkChange(lead_id=lead.id, work=Work.ENDED, reason=Reason.CAMPAIGN_ENDED)
            plans.work.append(ended)
            continue
        _plan(ctx, lead, campaign, contacts.get(lead.contact_id, ()), plans)
    await record(tx, plans.events)
    await attempts.plan(tx, plans.attempts, now)
    await leads.set_each_work(tx, plans.work)
    return len(plans.attempts)


async def _campaigns(
    ctx: Context, tx: AsyncConnection, ids: Collection[UUID]
) -> dict[UUID, Campaign]:
    """What the campaigns say that are not over."""
    rows = [row for id in sorted(ids) if (row := await campaigns.get(tx, id)) is not None]
    keys = {
        row.id: Version("campaign", row.name, row.version) for row in rows if row.status not in OVER
    }
    found = await ctx.library.fetch(tx, list(keys.values()))
    return {
        id: document for id, key in keys.items() if isinstance(document := found[key], Campaign)
    }


def _plan(
    ctx: Context, lead: Unplanned, campaign: Campaign, contacts: Sequence[datetime], plans: Plans
) -> None:
    step = _step(lead, campaign)
    plans.events += [_skipped(lead, one, plans.now) for one in step.skipped]
    if isinstance(step, NoStep):
        plans.work.append(_blocked(lead, step.reason, None))
        return
    wish = Wish(
        now=plans.now,
        wanted_at=plans.now,
        zones=lead.zones,
        hours=(*campaign.hours, *ctx.hours),
        contacts=contacts,
        caps=() if lead.exempt_from_caps else campaign.caps.effective,
        not_before=lead.not_before,
        starts_at=campaign.schedule.start_at,
        ends_at=campaign.schedule.end_at,
    )
    found = plan(wish, plans.memo)
    match found:
        case Planned():
            plans.attempts.append(_attempt(ctx, lead, step, found, plans.now))
        case Blocked(reason=Reason.CAMPAIGN_ENDED):
            ended = WorkChange(lead_id=lead.id, work=Work.ENDED, reason=found.reason)
            plans.work.append(ended)
        case Blocked():
            plans.work.append(_blocked(lead, found.reason, found.recheck_at))
        case _:
            assert_never(found)


def _step(lead: Unplanned, campaign: Campaign) -> Chosen | NoStep:
    points = {
        ChannelName.VOICE: _point(lead, "phone", lead.phone),
        ChannelName.WHATSAPP: _point(lead, "whatsapp", lead.whatsapp),
    }
    if lead.taken_back_channel is not None:
        again = step_of_channel(campaign, ChannelName(lead.taken_back_channel), points)
        if isinstance(again, Chosen):
            return again
    return first_step(campaign, points)


def _point(lead: Unplanned, kind: str, address: str | None) -> Point | Reason:
    if address is None:
        return Reason.NO_CONTACT_POINT
    phone = parse_phone(address)
    if f"{kind}:{address}" in lead.bad_points or not isinstance(phone, Phone):
        return Reason.INVALID_NUMBER
    return Point(address=address, country=phone.country)


def _attempt(
    ctx: Context, lead: Unplanned, step: Chosen, planned: Planned, now: datetime
) -> NewAttempt:
    return NewAttempt(
        id=ctx.new_id(now),
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        contact_id=lead.contact_id,
        channel=step.channel,
        phone=step.point.address,
        due_at=planned.due_at,
        window_end_at=planned.window_end_at,
        reason=lead.taken_back_reason or "first_step",
        rule_id=lead.rule_id,
        priority=Priority(lead.priority) if lead.priority in PRIORITIES else Priority.NORMAL,
        exempt_from_caps=lead.exempt_from_caps,
        moved_by=planned.moved_by,
    )


def _skipped(lead: Unplanned, skipped: Skipped, now: datetime) -> Event:
    return Event(
        kind=Kind.STEP_SKIPPED,
        at=now,
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        contact_id=lead.contact_id,
        data={
            "step": skipped.position,
            "channel": skipped.channel.value,
            "reason": skipped.reason.value,
        },
    )


def _blocked(lead: Unplanned, reason: Reason, recheck_at: datetime | None) -> WorkChange:
    return WorkChange(lead_id=lead.id, work=Work.BLOCKED, reason=reason, recheck_at=recheck_at)
