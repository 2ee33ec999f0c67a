"""Many leads as the rules see them: their numbers, their hours, what is closed to us and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.imports.needs import needed_variables
from orchestrator.engine.library import Library
from orchestrator.engine.materials import Materials, gather
from outreach.campaign import Campaign
from outreach.caps import LOOK_BACK
from outreach.channel import ChannelName
from outreach.gate import ConsentIs
from outreach.law import do_not_call as lists
from outreach.law.consent import OnRecord, lacking, on_record, standing
from outreach.law.do_not_call import Listing
from outreach.law.law import Law
from outreach.law.places import places_of
from outreach.law.rests import NO_TALKS, Talks
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks
from outreach.next_attempt import Person, Terms
from outreach.phone import Phone, parse_phone
from outreach.reason import Reason
from outreach.steps import Point
from storage import campaigns, do_not_call, erased, gating, lead_facts
from storage.campaigns import Campaign as CampaignRow
from storage.gating import CampaignRow as GateRow
from storage.lead_facts import LeadFacts
from storage.talks import talks_of

EVERYWHERE: Final = "all"
CHANNEL_WORDS: Final[Mapping[ChannelName, str]] = {
    ChannelName.VOICE: "calls",
    ChannelName.WHATSAPP: "messages",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one campaign asks of its leads by its documents of now."""

    row: CampaignRow
    campaign: Campaign
    rulebook: Rulebook
    marks: Marks
    needed: Mapping[ChannelName, frozenset[str]]
    """Values that the texts of a channel use without a default."""

    def terms(self, now: datetime) -> Terms:
        return Terms(campaign=self.campaign, rulebook=self.rulebook, now=now)


async def rules_of(ctx: Context, tx: AsyncConnection, campaign_id: UUID) -> Rules | None:
    """The documents that a campaign follows now; None where there is no such campaign."""
    return await read_rules(ctx.rulebook, ctx.marks, tx, campaign_id, ctx.library)


async def read_rules(
    rulebook: Rulebook,
    marks: Marks,
    tx: AsyncConnection,
    campaign_id: UUID,
    library: Library,
) -> Rules | None:
    """The same for whoever works without a process of the engine."""
    row = await campaigns.get(tx, campaign_id)
    if row is None:
        return None
    plain = GateRow(**{name: getattr(row, name) for name in GateRow.__dataclass_fields__})
    materials: Materials = (await gather(tx, library, [plain]))[row.id]
    return Rules(
        row=row,
        campaign=materials.campaign,
        rulebook=rulebook,
        marks=marks,
        needed=needed_variables(materials),
    )


async def read_persons(
    tx: AsyncConnection, lead_ids: Sequence[UUID], rules: Rules, now: datetime
) -> list[tuple[LeadFacts, Person]]:
    """These leads of one campaign, in the order of their ids, in a few statements."""
    read = await lead_facts.read(tx, lead_ids, rules.campaign.purpose)
    rows = await _with_erased(tx, rules.marks, read)
    contacts = await gating.contacts_since(tx, [row.contact_id for row in rows], now - LOOK_BACK)
    listings = await do_not_call.find(tx, {phone for row in rows for phone in row.phones})
    talks = await talks_of(tx, {one.contact_id for one in rows if _law(one, rules).rests})
    return [
        (
            row,
            person_of(
                row,
                contacts.get(row.contact_id, ()),
                talks.get(row.contact_id, NO_TALKS),
                rules,
                [one for phone in row.phones for one in listings.get(phone, ())],
            ),
        )
        for row in rows
    ]


async def _with_erased(
    tx: AsyncConnection, marks: Marks, rows: Sequence[LeadFacts]
) -> list[LeadFacts]:
    """Who was erased is suppressed everywhere."""
    found = await erased.find(tx, marks, {point for row in rows for point in row.addresses})
    return [
        row
        if found.isdisjoint(row.addresses)
        else replace(row, suppressed=row.suppressed | {EVERYWHERE})
        for row in rows
    ]


def _law(lead: LeadFacts, rules: Rules) -> Law:
    where = places_of((lead.phone, lead.whatsapp), lead.country)
    return rules.rulebook.law(where, rules.campaign.purpose)


def person_of(
    lead: LeadFacts,
    contacts: Sequence[datetime],
    talks: Talks,
    rules: Rules,
    listings: Sequence[Listing] = (),
) -> Person:
    """What the gate would ask of them, asked now."""
    law = _law(lead, rules)
    closed = {
        channel: reason
        for channel in rules.campaign.channels
        if (reason := _closed(lead, channel, rules, law, listings)) is not None
    }
    return Person(
        points={
            ChannelName.VOICE: point("phone", lead.phone, lead.bad_points),
            ChannelName.WHATSAPP: point("whatsapp", lead.whatsapp, lead.bad_points),
        },
        zones=lead.zones,
        places=law.places,
        not_before=lead.not_before,
        contacts=contacts,
        talks=talks,
        closed=closed,
    )


def consent_of(lead: LeadFacts, channel: ChannelName) -> OnRecord:
    """What they said about the channel, for the campaign's purpose."""
    return on_record(lead.consents[channel])


def consent_lacks(lead: LeadFacts, person: Person, rules: Rules) -> tuple[str, ...]:
    """For each channel whose consent is not what the law asks for: that, and what there is."""
    law = rules.rulebook.law(person.places, rules.campaign.purpose)
    return tuple(
        f"{CHANNEL_WORDS[channel]}: {lacks}"
        for channel in sorted(rules.campaign.channels)
        if (lacks := lacking(consent_of(lead, channel), law))
    )


def _closed(
    lead: LeadFacts, channel: ChannelName, rules: Rules, law: Law, listings: Sequence[Listing]
) -> Reason | None:
    """The first of the gate's reasons, in its order."""
    if lead.suppressed & {EVERYWHERE, channel.value}:
        return Reason.SUPPRESSED
    said = consent_of(lead, channel)
    if lists.binding(listings, said, rules.rulebook, rules.campaign.purpose) is not None:
        return Reason.DO_NOT_CALL_LIST
    match standing(said, law):
        case ConsentIs.MISSING | ConsentIs.WEAK:
            return Reason.NO_CONSENT
        case ConsentIs.REVOKED:
            return Reason.CONSENT_REVOKED
    missing = rules.needed[channel] - lead.said
    return Reason.MISSING_VARIABLE if missing else None


def point(kind: str, address: str | None, bad: frozenset[str]) -> Point | Reason:
    """A number that may be used, or what is wrong with it; `bad` holds `kind:value`."""
    if address is None:
        return Reason.NO_CONTACT_POINT
    phone = parse_phone(address)
    if f"{kind}:{address}" in bad or not isinstance(phone, Phone):
        return Reason.INVALID_NUMBER
    return Point(address=address, country=phone.country)
