"""Everything the gate looks at, for many attempts at once and in the transaction that decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.lead_values import lead_values
from orchestrator.engine.limits import Limits
from orchestrator.engine.materials import Materials, named_numbers
from outreach.budget import Estimate, Purse
from outreach.caps import LOOK_BACK
from outreach.channel import ChannelName
from outreach.day import Day, day_of
from outreach.gate import CampaignIs, CheckIs, Facts, SenderIs, TemplateIs
from outreach.law import do_not_call as lists
from outreach.law.consent import OnRecord, lacking, on_record, standing
from outreach.law.do_not_call import Listing
from outreach.law.law import Law
from outreach.law.places import places_of
from outreach.law.rests import NO_TALKS, Talks, resting
from outreach.law.rulebook import Rulebook
from outreach.lead import Status
from outreach.marks import Marks
from outreach.message_template import Missing
from outreach.phone import Phone, parse_phone
from outreach.whatsapp_template_document import content_variables
from storage import do_not_call, erased, gating, overlaps, pre_dial
from storage.gating import Claimed, Person
from storage.pre_dial import Said
from storage.talks import talks_of

EVER: Final = datetime.min.replace(tzinfo=UTC)

CAMPAIGN_IS: Final = {
    "running": CampaignIs.RUNNING,
    "draft": CampaignIs.PAUSED,
    "scheduled": CampaignIs.PAUSED,
    "paused": CampaignIs.PAUSED,
    "completed": CampaignIs.OVER,
    "cancelled": CampaignIs.OVER,
    "archived": CampaignIs.OVER,
}

SENDER_IS: Final = {
    "active": SenderIs.READY,
    "parked": SenderIs.PAUSED,
    "stopped": SenderIs.PAUSED,
}

CLOSED: Final = frozenset({Status.UNSUBSCRIBED, Status.WRONG_NUMBER})
"""A rule may plan another attempt after any other status; what ends a lead cancels its plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What holds for every campaign."""

    rulebook: Rulebook
    limits: Limits
    marks: Marks
    answers_hold: timedelta | None = None
    """How long the answer of a pre-dial check holds; None: nobody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one gate has read for all its attempts."""

    now: datetime
    stopped: bool
    materials: Mapping[UUID, Materials]
    persons: Mapping[UUID, Person]
    erased: frozenset[str]
    """Their numbers and addresses that were an erased person's."""
    listings: Mapping[str, Sequence[Listing]]
    """By number: the do-not-call lists on which it stands."""
    rulebook: Rulebook
    said: Mapping[str, Said] | None
    """By number: what was said before dialling; None: nobody is asked."""
    contacts: dict[UUID, list[datetime]]
    """By contact; the gate adds each contact that it allows."""
    laws: Mapping[UUID, Law]
    """By attempt: what binds us towards the person."""
    talks: Mapping[UUID, Talks]
    """By contact; only of those whom a law lets rest after a talk."""
    elsewhere: Mapping[UUID, str]
    """By attempt: the campaign that has to be let finish with the person first."""
    purses: Mapping[UUID, Purse]
    """Of campaigns with a budget; the gate takes out each attempt that it allows."""
    day: Day
    """Of the daily budgets."""
    known_numbers: Mapping[tuple[UUID, ChannelName], bool]
    """Whether a campaign has a number on a channel at all, where an attempt came without one."""


async def read(
    tx: AsyncConnection,
    attempts: Sequence[Claimed],
    materials: Mapping[UUID, Materials],
    now: datetime,
    deployment: Deployment,
) -> Seen:
    """Read what the claimed attempts' rows do not say themselves, by set-based queries."""
    laws = {one.id: _law(one, materials[one.campaign_id], deployment.rulebook) for one in attempts}
    day = day_of(now, deployment.limits.day_zone)
    purposes = {one.id: materials[one.campaign_id].campaign.purpose for one in attempts}
    return Seen(
        now=now,
        stopped=await gating.is_stopped(tx),
        materials=materials,
        persons=await gating.persons(tx, {id: str(purpose) for id, purpose in purposes.items()}),
        erased=await erased.find(
            tx, deployment.marks, {point for one in attempts for point in _points(one)}
        ),
        listings=await do_not_call.find(tx, {phone for one in attempts for phone in _phones(one)}),
        rulebook=deployment.rulebook,
        said=await _said(tx, attempts, now, deployment.answers_hold),
        contacts=await gating.contacts_since(
            tx, [one.contact_id for one in attempts], now - LOOK_BACK
        ),
        laws=laws,
        talks=await talks_of(tx, {one.contact_id for one in attempts if laws[one.id].rests}),
        elsewhere=await overlaps.find(
            tx, [one.id for one in attempts if _gives_way(one, materials)], now
        ),
        purses=await _purses(tx, materials, day, deployment.limits.estimate),
        day=day,
        known_numbers=await _known_numbers(tx, attempts, materials),
    )


def _gives_way(attempt: Claimed, materials: Mapping[UUID, Materials]) -> bool:
    """A time that the person asked for is kept."""
    overlap = materials[attempt.campaign_id].campaign.overlap
    return overlap == "one_at_a_time" and not attempt.exempt_from_caps


async def _said(
    tx: AsyncConnection, attempts: Sequence[Claimed], now: datetime, hold: timedelta | None
) -> dict[str, Said] | None:
    if hold is None:
        return None
    calls = {one.phone for one in attempts if one.channel is ChannelName.VOICE}
    return await pre_dial.find(tx, calls, now - hold)


async def _purses(
    tx: AsyncConnection, materials: Mapping[UUID, Materials], day: Day, estimate: Estimate
) -> dict[UUID, Purse]:
    """What the campaigns with a budget have left; the caller holds these budgets."""
    purses: dict[UUID, Purse] = {}
    for id, one in materials.items():
        if (budget := one.campaign.budget) is not None:
            total = await gating.spent(tx, id, EVER)
            purses[id] = Purse(
                budget=budget,
                total=total,
                today=await gating.spent(tx, id, day.begins_at),
                estimate=estimate.learned_from(total),
            )
    return purses


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


def _law(attempt: Claimed, materials: Materials, rulebook: Rulebook) -> Law:
    numbers = (attempt.phone, attempt.lead_phone, attempt.lead_whatsapp)
    return rulebook.law(places_of(numbers, attempt.country), materials.campaign.purpose)


def facts_of(attempt: Claimed, seen: Seen) -> Facts:
    """The facts of one attempt."""
    materials = seen.materials[attempt.campaign_id]
    campaign, row = materials.campaign, materials.row
    person, purse = seen.persons[attempt.id], seen.purses.get(attempt.campaign_id)
    law = seen.laws[attempt.id]
    said = on_record(person.words)
    return Facts(
        now=seen.now,
        stopped=seen.stopped,
        campaign=CAMPAIGN_IS[row.status],
        starts_at=row.start_at,
        ends_at=row.end_at,
        lead_closed=attempt.lead_status in CLOSED,
        human_owns=person.human_owns,
        do_not_contact=attempt.lead_status == Status.DO_NOT_CONTACT,
        suppressed=person.suppressed or not seen.erased.isdisjoint(_points(attempt)),
        listed=_listed(attempt, seen, said),
        consent=standing(said, law),
        consent_lacks=lacking(said, law),
        has_contact_point=bool(attempt.phone),
        zones=attempt.zones,
        not_before=attempt.not_before,
        hours=(*campaign.hours, *law.hours),
        contacts=tuple(seen.contacts.get(attempt.contact_id, ())),
        caps=law.caps_with(campaign.caps.effective, attempt.exempt_from_caps),
        rest=resting(law.rests, seen.talks.get(attempt.contact_id, NO_TALKS), seen.now),
        works_elsewhere=seen.elsewhere.get(attempt.id, ""),
        budget_left=purse is None or purse.allows(attempt.channel),
        budget_left_today=purse is None or purse.allows_today(attempt.channel),
        day_ends_at=seen.day.ends_at,
        sender=_sender_is(attempt, seen),
        check=_check_is(attempt, seen),
        check_says=_check_says(attempt, seen),
        template=_template_is(attempt, materials),
        us_whatsapp_marketing=_is_american_marketing(attempt, materials),
        missing_variables=_missing(attempt, materials, seen.now),
    )


def _points(attempt: Claimed) -> frozenset[str]:
    """Every number and address by which the attempt's person could be known."""
    return _phones(attempt) | ({attempt.email.lower()} if attempt.email else set())


def _phones(attempt: Claimed) -> frozenset[str]:
    phones = (attempt.phone, attempt.lead_phone, attempt.lead_whatsapp)
    return frozenset(phone for phone in phones if phone)


def _listed(attempt: Claimed, seen: Seen, said: OnRecord) -> str:
    """The do-not-call list that forbids it, in words; empty: none does."""
    listings = [one for phone in _phones(attempt) for one in seen.listings.get(phone, ())]
    purpose = seen.materials[attempt.campaign_id].campaign.purpose
    found = lists.binding(listings, said, seen.rulebook, purpose)
    return "" if found is None else lists.words(found, seen.rulebook)


def _sender_is(attempt: Claimed, seen: Seen) -> SenderIs:
    if attempt.sender_failing:
        return SenderIs.FAILING
    if attempt.sender_status is not None:
        return SENDER_IS[attempt.sender_status]
    known = seen.known_numbers[attempt.campaign_id, attempt.channel]
    return SenderIs.PAUSED if known else SenderIs.ABSENT


def _check_is(attempt: Claimed, seen: Seen) -> CheckIs:
    if seen.said is None or attempt.channel is not ChannelName.VOICE:
        return CheckIs.NOT_ASKED
    found = seen.said.get(attempt.phone)
    if found is None:
        return CheckIs.UNANSWERED
    return CheckIs.ALLOWED if found.allowed else CheckIs.REFUSED


def _check_says(attempt: Claimed, seen: Seen) -> str:
    found = None if seen.said is None else seen.said.get(attempt.phone)
    return "" if found is None else found.reason.replace("_", " ")


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
