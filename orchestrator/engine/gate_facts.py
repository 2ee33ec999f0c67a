"""Everything the gate looks at, for many attempts at once and in the transaction that decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.lead_values import lead_values
from orchestrator.engine.materials import Materials, named_numbers
from outreach.channel import ChannelName
from outreach.gate import CampaignIs, ConsentIs, Facts, SenderIs, TemplateIs
from outreach.hours import WeeklyHours
from outreach.lead import Status
from outreach.message_template import Missing
from outreach.phone import Phone, parse_phone
from outreach.whatsapp_template_document import content_variables
from storage import gating
from storage.gating import Claimed, Person

LONGEST_CAP: Final = timedelta(days=30)

CAMPAIGN_IS: Final = {
    "running": CampaignIs.RUNNING,
    "draft": CampaignIs.PAUSED,
    "scheduled": CampaignIs.PAUSED,
    "paused": CampaignIs.PAUSED,
    "completed": CampaignIs.OVER,
    "cancelled": CampaignIs.OVER,
    "archived": CampaignIs.OVER,
}

CONSENT_IS: Final = {
    "granted": ConsentIs.GIVEN,
    "revoked": ConsentIs.REVOKED,
    None: ConsentIs.MISSING,
}

SENDER_IS: Final = {
    "active": SenderIs.READY,
    "parked": SenderIs.PAUSED,
    "stopped": SenderIs.PAUSED,
}

CLOSED: Final = frozenset({Status.UNSUBSCRIBED, Status.WRONG_NUMBER})
"""A rule may plan another attempt after any other status; what ends a lead cancels its plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one gate has read for all its attempts."""

    now: datetime
    hours: Sequence[WeeklyHours]
    """The deployment's, beside each campaign's."""
    stopped: bool
    materials: Mapping[UUID, Materials]
    persons: Mapping[UUID, Person]
    contacts: dict[UUID, list[datetime]]
    """By contact; the gate adds each contact that it allows."""
    spent_up: frozenset[UUID]
    """Campaigns whose money is used up."""
    attempts_left: dict[UUID, int]
    """Of campaigns with a budget of attempts; the gate takes away each that it allows."""
    known_numbers: Mapping[tuple[UUID, ChannelName], bool]
    """Whether a campaign has a number on a channel at all, where an attempt came without one."""


async def read(
    tx: AsyncConnection,
    attempts: Sequence[Claimed],
    materials: Mapping[UUID, Materials],
    now: datetime,
    hours: Sequence[WeeklyHours],
) -> Seen:
    """Read what the claimed attempts' rows do not say themselves, by set-based queries."""
    spent_up, attempts_left = await _budgets(tx, materials)
    purposes = {one.id: materials[one.campaign_id].campaign.purpose for one in attempts}
    return Seen(
        now=now,
        hours=hours,
        stopped=await gating.is_stopped(tx),
        materials=materials,
        persons=await gating.persons(tx, {id: str(purpose) for id, purpose in purposes.items()}),
        contacts=await gating.contacts_since(
            tx, [one.contact_id for one in attempts], now - LONGEST_CAP
        ),
        spent_up=spent_up,
        attempts_left=attempts_left,
        known_numbers=await _known_numbers(tx, attempts, materials),
    )


async def _budgets(
    tx: AsyncConnection, materials: Mapping[UUID, Materials]
) -> tuple[frozenset[UUID], dict[UUID, int]]:
    """Whose money is used up, and how many attempts are left; the caller holds these budgets."""
    budgets = {id: one.campaign.budget for id, one in materials.items() if one.campaign.budget}
    spent_up: set[UUID] = set()
    left: dict[UUID, int] = {}
    for id, budget in budgets.items():
        attempts, micros = await gating.spent(tx, id)
        if budget.attempts is not None:
            left[id] = budget.attempts - attempts
        if budget.amount_micros is not None and micros >= budget.amount_micros:
            spent_up.add(id)
    return frozenset(spent_up), left


async def _known_numbers(
    tx: AsyncConnection, attempts: Sequence[Claimed], materials: Mapping[UUID, Materials]
) -> dict[tuple[UUID, ChannelName], bool]:
    bare = {(one.campaign_id, one.channel) for one in attempts if one.sender_id is None}
    return {
        (campaign, channel): await gating.has_number(
            tx, channel, named_numbers(materials, campaign, channel)
        )
        for campaign, channel in sorted(bare)
    }


def facts_of(attempt: Claimed, seen: Seen) -> Facts:
    """The facts of one attempt."""
    materials = seen.materials[attempt.campaign_id]
    campaign, row = materials.campaign, materials.row
    person = seen.persons[attempt.id]
    return Facts(
        now=seen.now,
        stopped=seen.stopped,
        campaign=CAMPAIGN_IS[row.status],
        starts_at=row.start_at,
        ends_at=row.end_at,
        lead_closed=attempt.lead_status in CLOSED,
        human_owns=person.human_owns,
        do_not_contact=attempt.lead_status == Status.DO_NOT_CONTACT,
        suppressed=person.suppressed,
        consent=CONSENT_IS[person.consent],
        has_contact_point=bool(attempt.phone),
        zones=attempt.zones,
        not_before=attempt.not_before,
        hours=(*campaign.hours, *seen.hours),
        contacts=tuple(seen.contacts.get(attempt.contact_id, ())),
        caps=() if attempt.exempt_from_caps else campaign.caps.effective,
        budget_left=attempt.campaign_id not in seen.spent_up
        and seen.attempts_left.get(attempt.campaign_id, 1) > 0,
        sender=_sender_is(attempt, seen),
        template=_template_is(attempt, materials),
        us_whatsapp_marketing=_is_american_marketing(attempt, materials),
        missing_variables=_missing(attempt, materials, seen.now),
    )


def _sender_is(attempt: Claimed, seen: Seen) -> SenderIs:
    if attempt.sender_status is not None:
        return SENDER_IS[attempt.sender_status]
    known = seen.known_numbers[attempt.campaign_id, attempt.channel]
    return SenderIs.PAUSED if known else SenderIs.ABSENT


def _template_is(attempt: Claimed, materials: Materials) -> TemplateIs:
    if attempt.channel is not ChannelName.WHATSAPP:
        return TemplateIs.NOT_NEEDED
    approved = materials.template is not None and materials.template.content_sid is not None
    return TemplateIs.APPROVED if approved else TemplateIs.NOT_APPROVED


def _is_american_marketing(attempt: Claimed, materials: Materials) -> bool:
    if attempt.channel is not ChannelName.WHATSAPP or not attempt.phone.startswith("+1"):
        return False
    if materials.campaign.purpose != "marketing":
        return False
    phone = parse_phone(attempt.phone)
    return isinstance(phone, Phone) and phone.country == "US"


def _missing(attempt: Claimed, materials: Materials, now: datetime) -> tuple[str, ...]:
    """Names without which agent or template cannot say what they are to say to this person."""
    values = lead_values(attempt, materials, now)
    missing = set(materials.needed - values.keys())
    if attempt.channel is ChannelName.WHATSAPP and materials.template is not None:
        filled = content_variables(materials.template, values)
        missing |= set(filled.names) if isinstance(filled, Missing) else set()
    return tuple(sorted(missing))
