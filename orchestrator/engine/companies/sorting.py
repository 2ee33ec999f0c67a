"""Sorts people into companies by what their leads say: after imports, and when one is added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.companies.measuring import CurrentIcp, current_icp, measured, told_fits
from orchestrator.engine.context import Context
from orchestrator.engine.lead_quality import score
from outreach.accounts.company_identity import Place, Said, domain_of, name_key, sort_in
from outreach.accounts.company_profile import FIELDS, Known, Profile, Source, parse_value
from outreach.accounts.job_title import buying_role, department_of, seniority_of
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, companies, company_people
from storage.companies import Company
from storage.company_people import Sorted, Unsorted
from storage.database import transaction
from storage.events import Event, record

BATCH: Final = 500
"""Leads that one transaction sorts in."""
MOST_BATCHES: Final = 40
"""How many of them one run of the duty does at most."""
ALIASES: Final[Mapping[str, str]] = {
    "company_size": "employees",
    "headcount": "employees",
    "number_of_employees": "employees",
    "sector": "industry",
    "technologies": "tech",
    "tech_stack": "tech",
    "annual_revenue": "revenue",
}
"""Custom fields of leads that say something of their company, besides those of a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    before: Company | None
    """None: it is new."""
    after: Company
    people: int


async def sort_imported(ctx: Context) -> int:
    """Sort in the leads of imports that have ended; returns how many were looked at."""
    total = 0
    for _ in range(MOST_BATCHES):
        async with transaction(ctx.database) as tx:
            batch = await company_people.next_batch(tx, BATCH)
            if batch is None:
                break
            await sort_leads(ctx, tx, batch.leads)
            await score(tx, batch.leads)
        ctx.seam("sorted")
        total += len(batch.leads)
    return total


async def sort_leads(ctx: Context, tx: AsyncConnection, leads: Sequence[UUID]) -> None:
    """Let the people of these leads belong to the companies that their leads name.

    Who belongs to one already stays there; who names none belongs to none. Repeating it changes
    nothing. The caller holds no company.
    """
    unsorted = await company_people.hold(tx, leads)
    if not unsorted:
        return
    now = await clock.now(tx)
    places = await _places(tx, [one for one in unsorted if one.company_id is None])
    changed = await _write(ctx, tx, places, unsorted, now)
    homes = {
        person: one.after.id
        for place, one in zip(places, changed, strict=True)
        for person in place.people
    }
    people = {one.contact_id: _sorted(one, homes.get(one.contact_id)) for one in unsorted}
    await company_people.sort_in(tx, list(people.values()))


async def _places(tx: AsyncConnection, homeless: Sequence[Unsorted]) -> tuple[Place[UUID], ...]:
    said = {
        one.contact_id: Said(person=one.contact_id, company=one.company, email=one.email)
        for one in homeless
    }
    domains = {domain for one in said.values() if (domain := domain_of(one.email))}
    keys = {key for one in said.values() if (key := name_key(one.company))}
    if not domains and not keys:
        return ()
    await companies.hold_all(tx)
    known = await companies.whose(tx, domains, keys)
    return sort_in(
        said.values(),
        [Place(id=one.id, name=one.name, domains=[*one.domains], people=[]) for one in known],
    )


async def _write(
    ctx: Context,
    tx: AsyncConnection,
    places: Sequence[Place[UUID]],
    unsorted: Sequence[Unsorted],
    now: datetime,
) -> list[_Changed]:
    """The places as companies: new ones made, others with what was learnt of them."""
    icp = await current_icp(ctx, tx)
    held = await companies.hold(tx, [one.id for one in places if one.id is not None])
    said = {one.contact_id: one.fields for one in unsorted}
    changed = []
    for place in places:
        before = held[place.id] if place.id is not None else None
        told = [said[person] for person in place.people]
        after = _learnt(ctx, place, before, told, now, icp)
        changed.append(_Changed(before=before, after=after, people=len(place.people)))
    await companies.add(tx, [one.after for one in changed if one.before is None])
    await companies.write(
        tx, [one.after for one in changed if one.before is not None and one.before != one.after]
    )
    added = [_added(one, now) for one in changed if one.before is None]
    pairs = [(one.before, one.after) for one in changed if one.before is not None]
    await record(tx, [*added, *told_fits(pairs, now)])
    return changed


def _learnt(
    ctx: Context,
    place: Place[UUID],
    before: Company | None,
    told: Sequence[Mapping[str, object]],
    now: datetime,
    icp: CurrentIcp | None,
) -> Company:
    company = before or Company(
        id=ctx.new_id(now), name=place.name, domains=(), profile={}, created_at=now, updated_at=now
    )
    profile = _filled(company.profile, told, now)
    if before is not None and not place.changed and profile == before.profile:
        return before
    learnt = replace(
        company,
        name=place.name,
        domains=tuple(place.domains),
        profile=profile,
        updated_at=now,
    )
    return measured(learnt, icp)


def _filled(profile: Profile, told: Sequence[Mapping[str, object]], now: datetime) -> Profile:
    """A list fills what is empty, and never writes over anything."""
    filled = dict(profile)
    for fields in told:
        for key, said in fields.items():
            name = ALIASES.get(key, key)
            if name not in FIELDS or name in filled or said in (None, ""):
                continue
            try:
                value = parse_value(name, str(said))
            except Rejected:
                # What a list says in other words than we read is no mistake of the company.
                continue
            if value is not None:
                filled[name] = Known(value=value, source=Source.IMPORT, at=now)
    return filled


def _added(one: _Changed, now: datetime) -> Event:
    return Event(
        kind=Kind.COMPANY_ADDED,
        at=now,
        company_id=one.after.id,
        data={"source": Source.IMPORT.value, "people": one.people},
    )


def _sorted(person: Unsorted, home: UUID | None) -> Sorted:
    seniority, department = seniority_of(person.title), department_of(person.title)
    return Sorted(
        contact_id=person.contact_id,
        company_id=home,
        title=person.title or None,
        seniority=seniority,
        department=department,
        buying_role=buying_role(seniority, department),
    )
