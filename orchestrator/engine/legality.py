"""May a lead be contacted now, by which rules, and which of them moved what is planned?"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.library import Library
from orchestrator.engine.persons import consent_lacks, read_persons, read_rules
from outreach.law.explaining import Answer, ask
from outreach.law.law import Law
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks
from outreach.next_attempt import Asked, wish
from storage import clock, replanning
from storage.lead_facts import PlannedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Legality:
    law: Law
    now: Answer
    planned: PlannedRow | None
    consent_lacks: tuple[str, ...]
    """For each channel whose consent is not what the law asks for: that, and what there is."""
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
        moved=ask(question, planned.wanted_at).why_not if planned and is_moved else (),
    )
