"""What people see of companies: which stand in the list, and one with all that belongs to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.companies.measuring import CurrentIcp, current_icp
from orchestrator.engine.context import Context
from orchestrator.engine.journeys.viewing import journey_of
from outreach.accounts.committee import CHAMPION_WITHIN, Interest, interest
from outreach.accounts.fit import Label
from outreach.accounts.job_title import POWER
from outreach.accounts.journey import Journey
from outreach.accounts.persona import Person, Relevance, relevance
from outreach.accounts.ranking import LABELS, LISTED, STAGES
from outreach.errors import Rejected
from storage import clock, committee, companies, company_contacts, company_lists
from storage.companies import Company
from storage.company_contacts import LeadOfCompany, PersonRow
from storage.company_lists import Wanted

SHOWS: Final = ("listed", "all", *(one.value for one in LABELS))
"""What a list of companies may be asked for."""


def wanted_of(fit: str, stage: str | None, search: str, *, has_icp: bool) -> Wanted:
    """The list that is asked for. Where there is no profile nothing can be left out by it.

    Raises Rejected for a fit or stage that there is not.
    """
    if fit not in SHOWS:
        raise Rejected("unknown_fit", f"There is no fit {fit}.", f"One of {', '.join(SHOWS)}.")
    if stage and stage not in STAGES:
        raise Rejected(
            "unknown_stage", f"There is no stage {stage}.", f"One of {', '.join(STAGES)}."
        )
    labels = frozenset(LABELS) if fit in ("listed", "all") else frozenset({Label(fit)})
    if fit == "listed" and has_icp:
        labels = LISTED
    return Wanted(labels=labels, with_kept=fit == "listed", stage=stage or None, search=search)


NOTHING: Final = Interest()
"""Of somebody who did nothing, or of whom nobody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the buying committee."""

    person: PersonRow
    relevance: Relevance
    interest: Interest = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """A company as its page shows it."""

    company: Company
    journey: Journey
    outreach: str
    """not_contacted_yet | contacted | outreach_in_progress | meeting_booked"""
    committee: tuple[Member, ...]
    """By power to decide, then by relevance."""
    leads: tuple[LeadOfCompany, ...]
    icp_version: int | None
    """Of the profile that counts; None where there is none."""


async def view(ctx: Context, tx: AsyncConnection, company_id: UUID) -> Viewed:
    """Raises Rejected where there is no such company."""
    company = await companies.find(tx, company_id)
    if company is None:
        raise Rejected(
            "unknown_company", "There is no such company.", "Look for it in the list of companies."
        )
    icp = await current_icp(ctx, tx)
    now = await clock.now(tx)
    return Viewed(
        company=company,
        journey=await journey_of(tx, company_id, now),
        outreach=await company_lists.outreach_state(tx, company_id, now),
        committee=await committee_of(tx, company_id, icp, now),
        leads=tuple(await company_contacts.leads_of(tx, company_id)),
        icp_version=icp.version if icp else None,
    )


async def committee_of(
    tx: AsyncConnection, company_id: UUID, icp: CurrentIcp | None, now: datetime
) -> tuple[Member, ...]:
    """Its people with what they have done lately; by power to decide, then by relevance."""
    members = members_of(await company_contacts.people_of(tx, company_id), icp)
    touches = await committee.touches_of(tx, company_id, now - CHAMPION_WITHIN)
    seen = (replace(one, interest=interest(touches.get(one.person.id, ()), now)) for one in members)
    return tuple(sorted(seen, key=_by_power))


def members_of(people: list[PersonRow], icp: CurrentIcp | None) -> list[Member]:
    """People with how relevant they are by the profile's personas, in the same order."""
    personas = icp.document.personas if icp else ()
    return [
        Member(
            person=one,
            relevance=relevance(
                Person(title=one.title or "", seniority=one.seniority, department=one.department),
                personas,
            ),
        )
        for one in people
    ]


def _by_power(member: Member) -> tuple[int, int]:
    return (POWER.index(member.person.buying_role), -member.relevance.percent)
