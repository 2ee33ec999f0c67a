"""What people do with companies: make them, correct them, merge two, decide on their fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.companies.measuring import current_icp, measured, told_fits
from orchestrator.engine.context import Context
from outreach.accounts.company_identity import company_domain, name_key
from outreach.accounts.company_profile import (
    FIELDS,
    Known,
    Profile,
    Source,
    may_replace,
    parse_value,
)
from outreach.accounts.fit import Label
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, companies
from storage.companies import Choice, Company
from storage.events import Event, record

LONGEST_NAME = 200
MOST_DOMAINS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCompany:
    name: str
    domains: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """By the names of a profile's fields, as somebody wrote them."""


async def add_company(
    ctx: Context, tx: AsyncConnection, wanted: NewCompany, actor: Actor
) -> Company:
    """Make a company by hand; it is kept in sight whatever its fit.

    Raises Rejected for a name or domain that another company has.
    """
    require(actor, Role.REP)
    now = await clock.now(tx)
    await companies.hold_all(tx)
    name, domains = _name(wanted.name), _domains(wanted.domains)
    await _refuse_known(tx, name, domains, but=())
    made = Company(
        id=ctx.new_id(now),
        name=name,
        domains=domains,
        profile={},
        created_at=now,
        updated_at=now,
    )
    profile = _with_values({}, wanted.values, Source.PERSON, actor, made)
    kept = replace(made.fit, kept=Choice(by=actor.name, at=now))
    made = measured(replace(made, profile=profile, fit=kept), await current_icp(ctx, tx))
    await companies.add(tx, [made])
    data = {"source": Source.PERSON.value}
    told = Event(kind=Kind.COMPANY_ADDED, at=now, actor=actor.name, company_id=made.id, data=data)
    await record(tx, [told])
    return made


async def set_values(
    ctx: Context,
    tx: AsyncConnection,
    company_id: UUID,
    values: Mapping[str, str],
    actor: Actor,
    *,
    source: Source = Source.PERSON,
) -> list[str]:
    """Write these values, where empty ones take theirs away; its fit follows at once.

    Takes `name`, `domains` (with commas between them), `owner` and the fields of a profile; any
    source but a person leaves alone what a person wrote. Returns the names of what has changed.
    """
    require(actor, Role.REP)
    await companies.hold_all(tx)
    before = await hold_company(tx, company_id)
    name = _name(values["name"]) if "name" in values else before.name
    domains = _domains(values["domains"].split(",")) if "domains" in values else before.domains
    if (name, domains) != (before.name, before.domains):
        await _refuse_known(tx, name, domains, but=(company_id,))
    own = {"name", "domains", "owner"}
    profile = {key: text for key, text in values.items() if key not in own}
    after = replace(
        before,
        name=name,
        domains=domains,
        owner=(values["owner"].strip() or None) if "owner" in values else before.owner,
        profile=_with_values(before.profile, profile, source, actor, before),
    )
    now = await clock.now(tx)
    changed = _changed(before, after)
    if not changed:
        return []
    fresh = {key: replace(one, at=now) for key, one in after.profile.items() if key in changed}
    after = replace(after, profile={**after.profile, **fresh}, updated_at=now)
    after = measured(after, await current_icp(ctx, tx))
    await companies.write(tx, [after])
    told = Event(
        kind=Kind.COMPANY_EDITED,
        at=now,
        actor=actor.name,
        company_id=company_id,
        data={"fields": changed},
    )
    await record(tx, [told, *told_fits([(before, after)], now, actor.name)])
    return changed


async def merge_companies(
    ctx: Context, tx: AsyncConnection, gone: UUID, into: UUID, actor: Actor
) -> Company:
    """Let two be one: `into` keeps its own values and gets the domains, people and the rest.

    Raises Rejected where they are the same. There is no way back.
    """
    require(actor, Role.REP)
    if gone == into:
        raise Rejected("same_company", "This is the same company.", "Name two that differ.")
    await companies.lock_people(tx, gone)
    await companies.hold_all(tx)
    held = await companies.hold(tx, sorted((gone, into)))
    lost, before = _known(held, gone), _known(held, into)
    now = await clock.now(tx)
    after = replace(
        before,
        domains=tuple(dict.fromkeys((*before.domains, *lost.domains))),
        profile=_joined(before.profile, lost.profile),
        owner=before.owner or lost.owner,
        updated_at=now,
    )
    after = measured(after, await current_icp(ctx, tx))
    await companies.move_all(tx, gone, into)
    await companies.write(tx, [after])
    told = Event(
        kind=Kind.COMPANY_MERGED,
        at=now,
        actor=actor.name,
        company_id=into,
        data={"gone": str(gone)},
    )
    await record(tx, [told, *told_fits([(before, after)], now, actor.name)])
    return after


def read_label(text: str) -> Label | None:
    """A fit as people name it; `computed` is no word of theirs. Raises Rejected for any other."""
    if text == "computed":
        return None
    if text not in set(Label):
        known = ", ".join((*Label, "computed"))
        raise Rejected("unknown_fit", f"There is no fit {text}.", f"One of {known}.", "fit")
    return Label(text)


async def override_fit(
    ctx: Context, tx: AsyncConnection, company_id: UUID, label: Label | None, actor: Actor
) -> Company:
    """Let a person's word on its fit count over what is computed; None goes back to that."""
    require(actor, Role.REP)
    before = await hold_company(tx, company_id)
    now = await clock.now(tx)
    choice = None if label is None else Choice(by=actor.name, at=now, label=label)
    given = before.fit.override.label if before.fit.override else None
    if given is label:
        return before
    after = replace(before, fit=replace(before.fit, override=choice), updated_at=now)
    await companies.write(tx, [after])
    await record(tx, told_fits([(before, after)], now, actor.name))
    return after


async def keep(tx: AsyncConnection, company_id: UUID, *, kept: bool, actor: Actor) -> Company:
    """Keep a company in the list whatever its fit, or leave it to its fit again."""
    require(actor, Role.REP)
    before = await hold_company(tx, company_id)
    now = await clock.now(tx)
    if kept is (before.fit.kept is not None):
        return before
    choice = Choice(by=actor.name, at=now) if kept else None
    after = replace(before, fit=replace(before.fit, kept=choice), updated_at=now)
    await companies.write(tx, [after])
    told = Event(
        kind=Kind.COMPANY_KEPT,
        at=now,
        actor=actor.name,
        company_id=company_id,
        data={"kept": kept},
    )
    await record(tx, [told])
    return after


async def hold_company(tx: AsyncConnection, company_id: UUID) -> Company:
    """The company, locked. Raises Rejected where there is none."""
    return _known(await companies.hold(tx, [company_id]), company_id)


def _known(held: Mapping[UUID, Company], company_id: UUID) -> Company:
    found = held.get(company_id)
    if found is None:
        raise Rejected(
            "unknown_company",
            "There is no such company.",
            "Look for it in the list of companies.",
        )
    return found


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME:
        raise Rejected(
            "bad_name",
            f"A company's name has 1 to {LONGEST_NAME} characters.",
            "Write its name.",
            "name",
        )
    return name


def _domains(texts: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    found = []
    for text in filter(None, map(str.strip, texts)):
        domain = company_domain(text)
        if domain is None:
            raise Rejected(
                "bad_domain",
                f"{text} is no domain of a company.",
                "Write it like northwind.com; domains of free mail belong to nobody.",
                "domains",
            )
        found.append(domain)
    if len(found) > MOST_DOMAINS:
        raise Rejected("bad_domain", f"More than {MOST_DOMAINS} domains.", "Name fewer.", "domains")
    return tuple(dict.fromkeys(found))


async def _refuse_known(
    tx: AsyncConnection, name: str, domains: tuple[str, ...], *, but: tuple[UUID, ...]
) -> None:
    """One domain is of one company, and so is one name."""
    key = name_key(name)
    for one in await companies.whose(tx, domains, [key] if key else []):
        if one.id not in but:
            raise Rejected(
                "known_company",
                f"{one.name} has this name or domain already.",
                "Correct that one, or merge the two.",
                "name",
                (f"{one.id}  {one.name}",),
            )


def _with_values(
    profile: Profile, texts: Mapping[str, str], source: Source, actor: Actor, company: Company
) -> Profile:
    found = dict(profile)
    for name, text in texts.items():
        value = parse_value(name, text)
        known = found.get(name)
        # A person who says the same makes it theirs.
        same = known is not None and known.value == value
        if not may_replace(known, source) or (same and source is not Source.PERSON):
            continue
        if same and known is not None and known.source is Source.PERSON:
            continue
        if value is None:
            found.pop(name, None)
        else:
            by = actor.name if source is Source.PERSON else ""
            found[name] = Known(value=value, source=source, at=company.updated_at, by=by)
    return {name: found[name] for name in FIELDS if name in found}


def _changed(before: Company, after: Company) -> list[str]:
    own = [
        name
        for name in ("name", "domains", "owner")
        if getattr(before, name) != getattr(after, name)
    ]
    fields = [one for one in FIELDS if before.profile.get(one) != after.profile.get(one)]
    return [*own, *fields]


def _joined(kept: Profile, other: Profile) -> Profile:
    """What both know, where a person's word goes before anybody's, and else the one that stays."""
    joined = dict(kept)
    for name, known in other.items():
        mine = kept.get(name)
        if mine is None or (known.source is Source.PERSON and mine.source is not Source.PERSON):
            joined[name] = known
    return {name: joined[name] for name in FIELDS if name in joined}
