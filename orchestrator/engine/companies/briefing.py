"""Briefs are written again when what they say has changed, and read with what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.companies.measuring import current_icp
from orchestrator.engine.companies.viewing import Member, committee_of
from orchestrator.engine.context import Context
from orchestrator.engine.journeys.viewing import journey_of
from outreach.accounts import brief
from outreach.accounts.brief import Change, Claim, Did, Facts, changes, engagement, render
from outreach.accounts.brief_for_agent import for_agent
from outreach.accounts.job_title import in_words
from outreach.events import Kind
from outreach.telling.touchpoints import what_was_done
from storage import brief_facts, briefs, clock, companies, news, touchpoint_lists
from storage.briefs import Brief
from storage.companies import Company
from storage.database import transaction
from storage.news import News

READER: Final = "briefs"
BATCH: Final = 1_000
"""Events in one transaction."""
WRITTEN: Final = 50
"""Briefs in one transaction."""
LATELY: Final = timedelta(days=30)
SHOWN: Final = 8
"""So many of the latest touchpoints are told."""
OF_COMPANIES: Final = {
    Kind.COMPANY_EDITED: "field",
    Kind.COMPANY_FIT: "field",
    Kind.COMPANY_MERGED: "field",
}
OF_PEOPLE: Final = {
    Kind.READING_STORED: "reading",
    Kind.SUPPRESSED: "person",
    Kind.UNSUPPRESSED: "person",
    Kind.CONSENT_REVOKED: "person",
}


async def follow_briefs(ctx: Context) -> int:
    """Order what has become out of date, and write what is due; returns how many. A duty."""
    looked_at = BATCH
    while looked_at == BATCH:
        async with transaction(ctx.database) as tx:
            batch = await news.read(tx, READER, OF_COMPANIES.keys() | OF_PEOPLE.keys(), BATCH)
            await _order(tx, batch.news)
        looked_at = batch.looked_at
    total, found = 0, WRITTEN
    while found == WRITTEN:
        async with transaction(ctx.database) as tx:
            now = await clock.now(tx)
            due = await _take(tx, now)
            for company_id, why in due:
                await write(ctx, tx, company_id, why, now)
        ctx.seam("briefs written")
        found = len(due)
        total += found
    return total


async def _take(tx: AsyncConnection, now: datetime) -> list[tuple[UUID, str]]:
    # The companies first, as everybody who orders for one that they hold.
    held = await companies.hold(tx, await briefs.list_due(tx, now, WRITTEN))
    return await briefs.take_due(tx, held, now)


async def write(
    ctx: Context, tx: AsyncConnection, company_id: UUID, why: str, now: datetime
) -> Brief | None:
    """Another version where it says something else; None where the company has none."""
    company = (await companies.hold(tx, [company_id])).get(company_id)
    if company is None:
        return None
    sections = render(await _facts(ctx, tx, company, now))
    if sections is None:
        return None
    known = next(iter(await briefs.latest(tx, company_id)), None)
    if known is not None and known.sections == sections:
        return known
    version = await briefs.write(tx, company_id, sections, why, now)
    return Brief(company_id=company_id, version=version, sections=sections, why=why, created_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A brief as somebody reads it now."""

    brief: Brief
    lately: tuple[Claim, ...]
    """What was done in the last thirty days, the newest first."""
    changes: tuple[Change, ...]
    """Since the version before; empty where this is the first."""


async def read(tx: AsyncConnection, company: Company, now: datetime) -> Read | None:
    """None where there is none yet, and for a company that does not fit."""
    if company.fit.shown == "not_a_fit":
        return None
    found = await briefs.latest(tx, company.id, 2)
    if not found:
        return None
    older = found[1].sections if len(found) > 1 else None
    return Read(
        brief=found[0],
        lately=await _lately(tx, company.id, now),
        changes=changes(older, found[0].sections) if older is not None else (),
    )


async def of_contact(tx: AsyncConnection, contact_id: UUID, now: datetime) -> Read | None:
    """The brief of somebody's company."""
    company_id = await briefs.company_of(tx, contact_id)
    company = await companies.find(tx, company_id) if company_id else None
    return await read(tx, company, now) if company else None


async def known_of(tx: AsyncConnection, contact_id: UUID, now: datetime) -> str:
    """What an agent is told of somebody's company; empty where there is no brief."""
    found = await of_contact(tx, contact_id, now)
    return for_agent(found.brief.sections, found.lately) if found else ""


async def _order(tx: AsyncConnection, batch: Sequence[News]) -> None:
    now = await clock.now(tx)
    for kind, why in OF_COMPANIES.items():
        own = {one.company_id for one in batch if one.kind is kind and one.company_id}
        await briefs.order(tx, own, why, now)
    for kind, why in OF_PEOPLE.items():
        mine = [one for one in batch if one.kind is kind]
        contacts = {one.contact_id for one in mine if one.contact_id}
        leads = {one.lead_id for one in mine if one.lead_id}
        await briefs.order(tx, await briefs.companies_of(tx, contacts, leads), why, now)


async def _facts(ctx: Context, tx: AsyncConnection, company: Company, now: datetime) -> Facts:
    journey = await journey_of(tx, company.id, now)
    committee = await committee_of(tx, company.id, await current_icp(ctx, tx), now)
    said, unknown = await brief_facts.said_by(tx, company.id)
    change = journey.last_change
    return Facts(
        id=company.id,
        name=company.name,
        domains=company.domains,
        profile=company.profile,
        label=company.fit.shown,
        icp_version=company.fit.version,
        reasons=company.fit.reasons,
        stage=journey.stage,
        needs_attention=journey.needs_attention,
        moved_by=change.touchpoint_id if change else None,
        committee=[_member(one) for one in committee],
        said=said,
        unknown=unknown,
        objections=await brief_facts.objections_of(tx, company.id),
        barred=await brief_facts.barred_of(tx, company.id),
    )


def _member(one: Member) -> brief.Member:
    who = one.person
    return brief.Member(
        id=who.id,
        name=who.name,
        title=who.title or "",
        role=in_words(who.buying_role, who.department),
        interest=one.interest,
    )


async def _lately(tx: AsyncConnection, company_id: UUID, now: datetime) -> tuple[Claim, ...]:
    did = await touchpoint_lists.of_company(tx, company_id, limit=SHOWN)
    names = await touchpoint_lists.names_of(tx, [one.contact_id for one in did if one.contact_id])
    return engagement(
        [
            Did(
                id=one.id,
                at=one.at,
                who=names.get(one.contact_id, "Somebody") if one.contact_id else "Somebody",
                what=what_was_done(one.act, one.data),
                score=one.score,
            )
            for one in did
            if one.score is not None and now - LATELY < one.at <= now
        ]
    )
