"""May a lead be contacted now, by which rules, and which of them moved what is planned?"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.library import Library
from orchestrator.engine.persons import (
    Rules,
    consent_lacks,
    consent_of,
    read_persons,
    read_rules,
)
from outreach.law import do_not_call as lists
from outreach.law.do_not_call import Listing
from outreach.law.explaining import Answer, ask
from outreach.law.law import Law
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks
from outreach.next_attempt import Asked, wish
from storage import clock, do_not_call, replanning
from storage.lead_facts import LeadFacts, PlannedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Legality:
    law: Law
    now: Answer
    planned: PlannedRow | None
    consent_lacks: tuple[str, ...]
    """For each channel whose consent is not what the law asks for: that, and what there is."""
    listings: tuple[str, ...]
    """The do-not-call lists on which their numbers stand, with what comes of it."""
    moved: tuple[str, ...]
    """The rules that closed the moment for which the planned attempt was wanted."""


async def legality(
    tx: AsyncConnection, rulebook: Rulebook, marks: Marks, lead_id: UUID
) -> Legality:
    """What hours and caps say of this lead, by the functions that planning and the gate ask."""
    (campaign_id,) = await replanning.campaigns_of(tx, [lead_id])
    rules = await read_rules(rulebook, marks, tx, campaign_id, Library())
    assert rules is not None, "a lead is of a campaign"
    now = await clock.now(tx)
    ((lead, person),) = await read_persons(tx, [lead_id], rules, now)
    planned = lead.planned
    asked = Asked(wanted_at=now, exempt_from_caps=planned is not None and planned.exempt_from_caps)
    terms = rules.terms(now)
    law = rulebook.law(person.places, rules.campaign.purpose)
    question = wish(person, terms, asked)
    is_moved = planned is not None and planned.moved_by and planned.due_at != planned.wanted_at
    return Legality(
        law=law,
        now=ask(question, now),
        planned=planned,
        consent_lacks=consent_lacks(lead, person, rules),
        listings=await _listings(tx, lead, rules),
        moved=ask(question, planned.wanted_at).why_not if planned and is_moved else (),
    )


async def _listings(tx: AsyncConnection, lead: LeadFacts, rules: Rules) -> tuple[str, ...]:
    purpose = rules.campaign.purpose
    found = await do_not_call.find(tx, lead.phones)
    told = []
    for one in sorted({one for listings in found.values() for one in listings}, key=_by_name):
        binds = any(
            lists.binding([one], consent_of(lead, channel), rules.rulebook, purpose)
            for channel in rules.campaign.channels
        )
        told.append(f"{lists.words(one, rules.rulebook)}{'' if binds else '; it does not bind'}")
    return tuple(told)


def _by_name(listing: Listing) -> str:
    return listing.name
