"""Corrects what is known of somebody; what is planned for them follows at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting
from orchestrator.engine.actions.known_lead import hold_lead
from orchestrator.engine.actions.person_row import Person, read_as_row
from orchestrator.engine.actions.refuse_erased import refuse_erased
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.companies.sorting import sort_leads
from orchestrator.engine.context import Context
from orchestrator.engine.imports.first_attempts import FirstAttempts
from orchestrator.engine.imports.staging import searched
from orchestrator.engine.persons import read_persons, rules_of
from orchestrator.engine.plans import Plans, write
from outreach.channel import ChannelName
from outreach.csv_rows import LeadRow
from outreach.daypart import Daypart
from outreach.errors import Rejected
from outreach.lifting import Lifter
from outreach.next_attempt import Asked, Nowhere, place
from outreach.phone import Phone
from outreach.zones import Zones
from storage import campaigns, clock, import_stage, lead_edits, lead_membership, people_points
from storage.lead_edits import COLUMNS, Known, NowKnown
from storage.replanning import Move
from storage.worked_leads import WorkedLead

EDITED: Final = "edited"
NUMBERS: Final = frozenset({"phone", "whatsapp"})
OF_COMPANY: Final = frozenset({"company", "email", "title"})
OF_CONSENT: Final = frozenset({"consent", "consent_source", "consent_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """A lead as it is known and as it is to be known."""

    lead_id: UUID
    known: Known
    row: LeadRow
    zones: Zones
    values: Mapping[str, str | datetime | None]
    """By the names of COLUMNS."""
    changed: list[str]
    at: datetime

    @property
    def numbers(self) -> list[tuple[str, ChannelName, Phone]]:
        phone, whatsapp = self.row.phone, self.row.whatsapp
        found = [("phone", ChannelName.VOICE, phone), ("whatsapp", ChannelName.WHATSAPP, whatsapp)]
        return [(kind, channel, one) for kind, channel, one in found if one is not None]


async def edit_lead(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, values: Mapping[str, str], actor: Actor
) -> list[str]:
    """Write these values, by the names of a list's columns, where empty ones take theirs away.

    Returns the names of what has changed. A number that is given, even the same again, counts as
    one that works. Whoever was blocked for want of it is looked at again, and what is planned is
    planned anew. Raises Rejected for what a list's row would be refused for, for a number that is
    another person's, and for consent, which is recorded with a proof and not edited.
    """
    require(actor, Role.REP)
    held = await hold_for_edit(tx, lead_id, values)
    edit = await _read(ctx, tx, lead_id, values)
    await _keep_apart(tx, edit)
    given_points = (edit.values[name] for name in ("phone", "whatsapp", "email"))
    await refuse_erased(ctx, tx, [_text(one) for one in given_points])
    if edit.changed:
        now_known = NowKnown(
            values=edit.values,
            fields=edit.row.fields,
            zones=edit.zones,
            search=searched(edit.row),
        )
        await lead_edits.write(tx, lead_id, now_known, edit.changed, by=actor.name, at=edit.at)
    if OF_COMPANY & set(edit.changed):
        await sort_leads(ctx, tx, [lead_id])
    given = values.keys() & NUMBERS
    await _reach(tx, edit, given)
    await _plan_anew(ctx, tx, edit, actor)
    for lifter in (Lifter.VALUE_SUPPLIED, *((Lifter.POINT_MENDED,) if given else ())):
        await lifting.lift_people(tx, lifter, [held.contact_id])
    return edit.changed


async def hold_for_edit(
    tx: AsyncConnection, lead_id: UUID, values: Mapping[str, str]
) -> WorkedLead:
    """The lead as it stands until the transaction ends, for whoever decides by that.

    Raises Rejected for an unknown one.
    """
    if values.keys() & NUMBERS:
        # Before any lead: no list brings in the same number meanwhile.
        await import_stage.take_turn(tx)
    return await hold_lead(tx, lead_id)


async def _read(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, values: Mapping[str, str]
) -> _Edit:
    consent = sorted(values.keys() & OF_CONSENT)
    if consent:
        raise Rejected(
            code="consent_is_not_edited",
            message="What somebody agreed to is recorded, not edited.",
            fix="Import a list with their consent, or `outreach leads add` them with --consent.",
            where=consent[0],
        )
    known = await lead_edits.read(tx, lead_id)
    campaign = await campaigns.get(tx, known.campaign_id)
    assert campaign is not None, "a lead is of a campaign"
    texts = {**known.texts, **_implied(known, values), **_texts(known.fields), **values}
    terms, row = await read_as_row(ctx, tx, campaign, Person(values=texts))
    if row.phone_problem is not None and "phone" in values:
        problem = row.phone_problem
        raise Rejected(problem.code, problem.message, problem.suggestion, "phone")
    first, to_be = FirstAttempts(terms), _values(row)
    before = {**known.texts, **_texts(known.fields)}
    after = {name: _text(value) for name, value in to_be.items()} | _texts(row.fields)
    return _Edit(
        lead_id=lead_id,
        known=known,
        row=row,
        zones=first.zones(row),
        values=to_be,
        changed=sorted(n for n in before | after if before.get(n, "") != after.get(n, "")),
        at=terms.now,
    )


def _implied(known: Known, values: Mapping[str, str]) -> dict[str, str]:
    """What goes with a new phone unless it is given: its country, and the same on WhatsApp."""
    if "phone" not in values:
        return {}
    same = known.texts["whatsapp"] in ("", known.texts["phone"]) and known.texts["whatsapp"]
    return {"country": "", **({"whatsapp": "yes"} if same else {})}


def _values(row: LeadRow) -> dict[str, str | datetime | None]:
    phone, whatsapp = row.phone, row.whatsapp
    point = phone or whatsapp
    found: dict[str, str | datetime | None] = {
        "phone": phone.e164 if phone else None,
        "whatsapp": whatsapp.e164 if whatsapp else None,
        "email": row.email.lower() or None,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "company": row.company or None,
        "title": row.title or None,
        "country": row.country or (point.country if point else None),
        "time_zone": row.time_zone,
        "language": row.language or None,
        "not_before": row.not_before,
        "owner": row.owner or None,
    }
    assert tuple(found) == COLUMNS
    return found


async def _keep_apart(tx: AsyncConnection, edit: _Edit) -> None:
    """A number belongs to one person, and stands once in a campaign."""
    for kind, _, number in edit.numbers:
        if number.e164 != edit.known.texts[kind] and await lead_edits.belongs_to_another(
            tx, number.e164, edit.known.contact_id
        ):
            raise Rejected(
                code="number_of_another",
                message=f"{number.e164} is another person's number.",
                fix="`outreach leads list --search` finds them; one number is one person.",
                where=kind,
            )
    phone, whatsapp = edit.values["phone"], edit.values["whatsapp"]
    key = "phone" if phone else "whatsapp"
    if _text(phone or whatsapp) == edit.known.texts[key] or not (phone or whatsapp):
        return
    if await lead_membership.is_in(
        tx,
        edit.known.campaign_id,
        phone=_text(phone) or None,
        whatsapp=_text(whatsapp) or None,
    ):
        raise Rejected(
            code="already_in_campaign",
            message="The campaign has another lead with this number.",
            fix="Remove one of the two with `outreach leads remove`.",
            where=key,
        )


async def _reach(tx: AsyncConnection, edit: _Edit, given: frozenset[str] | set[str]) -> None:
    """They are reached by these numbers and this address; what is given anew may be used."""
    contact = edit.known.contact_id
    for kind, channel, number in edit.numbers:
        zones = edit.zones if kind == "phone" and not edit.row.time_zone else frozenset[str]()
        await lead_edits.add_point(tx, contact, kind, number.e164, zones, edit.at)
        if kind in given:
            await people_points.mend(tx, contact, channel, number.e164)
    if edit.row.email:
        email = edit.row.email.lower()
        await lead_edits.add_point(tx, contact, "email", email, frozenset(), edit.at)


async def _plan_anew(ctx: Context, tx: AsyncConnection, edit: _Edit, actor: Actor) -> None:
    """What is planned goes to the number and the hours of now; or is taken back with the reason."""
    rules = await rules_of(ctx, tx, edit.known.campaign_id)
    assert rules is not None, "a lead is of a campaign"
    now = await clock.now(tx)
    ((lead, person),) = await read_persons(tx, [edit.lead_id], rules, now)
    planned = lead.planned
    if planned is None:
        return
    asked = Asked(
        wanted_at=planned.wanted_at,
        channel=planned.channel,
        exempt_from_caps=planned.exempt_from_caps,
        avoid=Daypart(planned.avoid) if planned.avoid else None,
    )
    found = place(person, rules.terms(now), asked)
    plans = Plans(now=now, actor=actor.name, reason=EDITED)
    if isinstance(found, Nowhere):
        plans.cancels[found.blocked.reason.value].append(planned.id)
        if not lead.in_flight:
            plans.hold(lead, found.blocked)
    else:
        plans.skip(lead, found.skipped)
        plans.moves.append(
            Move(
                id=planned.id,
                channel=found.step.channel,
                phone=found.step.point.address,
                due_at=found.planned.due_at,
                window_end_at=found.planned.window_end_at,
                wanted_at=planned.wanted_at,
                moved_by=found.planned.moved_by,
            )
        )
    await write(tx, plans)


def _texts(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in fields.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else str(value)
