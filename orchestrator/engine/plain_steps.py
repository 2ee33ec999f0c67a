"""The next step of many leads whose calls nobody answered, planned or ended together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import asked, points_of
from orchestrator.engine.plans import Next, Plans, write
from outreach.campaign import Campaign
from outreach.caps import LOOK_BACK
from outreach.law.places import places_of
from outreach.law.rests import NO_TALKS
from outreach.lead import Status, Work
from outreach.next_attempt import Nowhere, Person, Placed, Terms, place
from outreach.outcome import Outcome
from outreach.reason import Reason
from storage import gating, leads, left_alone
from storage.leads import WorkChange
from storage.talks import talks_of
from storage.worked_leads import WorkedLead


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What the rules want for a lead, and where it can be done."""

    campaign: Campaign
    lead: WorkedLead
    wanted: Next | None
    """None: nothing more."""
    status: Status | None
    """Of a lead that ends."""
    found: Placed | Nowhere | None = None


async def read_person(
    ctx: Context, tx: AsyncConnection, steps: Sequence[tuple[WorkedLead, Onward]], now: datetime
) -> list[Person]:
    """Contacts, talks and suppression of these leads, in their order."""
    planning = [lead for lead, step in steps if step.wanted is not None]
    since = now - LOOK_BACK
    contacts = (
        await gating.contacts_since(tx, [lead.contact_id for lead in planning], since)
        if planning
        else {}
    )
    laws = {
        lead.id: ctx.rulebook.law(
            places_of((lead.phone, lead.whatsapp), lead.country), step.campaign.purpose
        )
        for lead, step in steps
    }
    talks = await talks_of(tx, {lead.contact_id for lead in planning if laws[lead.id].rests})
    closed = await _held(ctx, tx, steps)
    return [
        Person(
            points=points_of(lead),
            zones=frozenset(lead.zones),
            places=laws[lead.id].places,
            not_before=lead.not_before,
            contacts=sorted(contacts.get(lead.contact_id, ())),
            talks=talks.get(lead.contact_id, NO_TALKS),
            closed=(
                {step.wanted.channel: Reason.SUPPRESSED}
                if step.wanted is not None and lead.id in closed
                else {}
            ),
        )
        for lead, step in steps
    ]


async def _held(
    ctx: Context, tx: AsyncConnection, steps: Sequence[tuple[WorkedLead, Onward]]
) -> frozenset[UUID]:
    """Leads whose number must not be reached on the channel that is wanted."""
    questions: list[tuple[str, str, UUID | None]] = []
    whose: list[UUID] = []
    for lead, step in steps:
        point = points_of(lead).get(step.wanted.channel) if step.wanted is not None else None
        if step.wanted is not None and point is not None and not isinstance(point, Reason):
            questions.append((point.address, step.wanted.channel, lead.campaign_id))
            whose.append(lead.id)
    answers = await left_alone.held(tx, ctx.marks, questions)
    return frozenset(id for id, is_held in zip(whose, answers, strict=True) if is_held)


def onward(ctx: Context, step: Onward, person: Person, now: datetime) -> Onward:
    """The step with its place in time, or with why there is none."""
    if step.wanted is None:
        return step
    terms = Terms(campaign=step.campaign, rulebook=ctx.rulebook, now=now)
    return replace(step, found=place(person, terms, asked(ctx, step.wanted)))


async def write_onward(
    ctx: Context,
    tx: AsyncConnection,
    steps: Sequence[tuple[Onward, Outcome]],
    work: Sequence[WorkChange],
    now: datetime,
) -> None:
    """Make rows of these steps, and of what else the engine owes leads; they are locked."""
    plans = Plans(now=now, work=list(work))
    for status in sorted({step.status for step, _ in steps if step.status is not None}):
        theirs = [step.lead.id for step, _ in steps if step.status is status]
        await leads.set_status(tx, theirs, status, now=now)
    for step, outcome in steps:
        match step.found:
            case None:
                ended = WorkChange(lead_id=step.lead.id, work=Work.ENDED, reason=outcome)
                plans.work.append(ended)
            case Nowhere(blocked=blocked, skipped=skipped):
                plans.skip(step.lead, skipped)
                plans.hold(step.lead, blocked)
            case Placed() as placed:
                assert step.wanted is not None
                plans.plan(ctx, step.lead, placed, step.wanted)
    await write(tx, plans)
