"""`outreach leads add|edit|remove|move|reschedule|now`: what people do with one lead."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from orchestrator.commands.find_leads import LeadArgument, find_lead
from orchestrator.commands.lead_page import Shown, tell_lead
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.add_lead import add_lead
from orchestrator.engine.actions.edit_lead import edit_lead
from orchestrator.engine.actions.lead_time import Timed, contact_now, reschedule
from orchestrator.engine.actions.move_lead import move_lead
from orchestrator.engine.actions.person_row import Person
from orchestrator.engine.actions.remove_lead import remove_lead
from orchestrator.engine.imports.request import FileConsent
from outreach.errors import Rejected
from storage import lead_rows
from storage.lead_rows import LeadRow


def add_command(
    campaign: Annotated[str, typer.Option("--campaign", metavar="NAME", help="Into which.")],
    phone: Annotated[str, typer.Option("--phone", help="As +12025550123.")],
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="KEY=VALUE",
            help="Any other column of a list, such as first_name=Ada; may be repeated.",
        ),
    ] = None,
    consent: Annotated[
        str | None, typer.Option("--consent", metavar="BASIS", help="What they agreed to.")
    ] = None,
    proof: Annotated[
        str | None, typer.Option("--proof", metavar="TEXT", help="Where that can be looked up.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring one person into a campaign; checked and planned like a row of a list."""
    values = {"phone": phone, **_fields(fields or ())}
    person = Person(values=values, consent=_consent(consent, proof))
    _show(run(_add(read_config(config), campaign, person)), Output(as_json))


def edit_command(
    lead: LeadArgument,
    fields: Annotated[
        list[str],
        typer.Option(
            "--field",
            metavar="KEY=VALUE",
            help="A column of a list, such as phone=+12025550123 or plan=team; may be repeated."
            " KEY= empties it.",
        ),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what is known of somebody: checked like a row of a list, planned anew."""
    _show(run(_edit(read_config(config), lead, _fields(fields))), Output(as_json))


def remove_command(
    lead: LeadArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Take somebody out of their campaign; a running call goes on, and nothing follows it."""
    lead_id, removed = run(_remove(read_config(config), lead))
    output = Output(as_json)
    if as_json:
        output.data({"lead": lead_id, "removed": removed})
    else:
        output.say("The lead is removed." if removed else "It was removed before.")


def move_command(
    lead: LeadArgument,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="The other campaign.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin anew with somebody in another campaign; prints the new lead."""
    _show(run(_move(read_config(config), lead, to)), Output(as_json))


def reschedule_command(
    lead: LeadArgument,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="TIME",
            help="On their clock, within a year: an ISO time, or words like tomorrow at 14:30.",
        ),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Contact somebody at another time; refused with the nearest ones where it is not allowed."""
    lead_id, timed = run(_reschedule(read_config(config), lead, at))
    _tell(timed, lead_id, Output(as_json))


def now_command(
    lead: LeadArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Contact somebody before everybody else; refused with the next time where it is not now."""
    lead_id, timed = run(_now(read_config(config), lead))
    _tell(timed, lead_id, Output(as_json))


def _fields(given: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise Rejected(
                code="bad_field",
                message=f"{text!r} is no KEY=VALUE.",
                fix="Write it like --field first_name=Ada.",
                where="--field",
            )
        values[key.strip()] = value.strip()
    return values


def _consent(basis: str | None, proof: str | None) -> FileConsent | None:
    if basis is None and proof is None:
        return None
    if not basis or not proof:
        raise Rejected(
            code="consent_incomplete",
            message="Consent needs both --consent and --proof.",
            fix="Say what they agreed to and where that can be looked up.",
            where="--consent",
        )
    return FileConsent(basis=basis, proof=proof)


def _show(row: LeadRow, output: Output) -> None:
    if output.as_json:
        output.data(asdict(row))
    else:
        tell_lead(output, Shown(row=row))


def _tell(timed: Timed, lead_id: UUID, output: Output) -> None:
    if output.as_json:
        output.data({"lead": lead_id, **asdict(timed)})
        return
    here = timed.due_at.astimezone(ZoneInfo(timed.zone))
    output.say(
        f"Next: {timed.channel} on {here:%a %d %b %Y %H:%M} {timed.zone}"
        f" ({timed.due_at:%Y-%m-%dT%H:%MZ})."
    )


async def _add(config: Config, campaign: str, person: Person) -> LeadRow:
    async with opened(config) as (ctx, tx):
        made = await add_lead(ctx, tx, campaign, person, OPERATOR)
        return await lead_rows.get(tx, made)


async def _edit(config: Config, lead: str, values: dict[str, str]) -> LeadRow:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        await edit_lead(ctx, tx, found.id, values, OPERATOR)
        return await lead_rows.get(tx, found.id)


async def _remove(config: Config, lead: str) -> tuple[UUID, bool]:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        return found.id, await remove_lead(ctx, tx, found.id, OPERATOR)


async def _move(config: Config, lead: str, to: str) -> LeadRow:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        made = await move_lead(ctx, tx, found.id, to, OPERATOR)
        return await lead_rows.get(tx, made)


async def _reschedule(config: Config, lead: str, at: str) -> tuple[UUID, Timed]:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        return found.id, await reschedule(ctx, tx, found.id, at, OPERATOR)


async def _now(config: Config, lead: str) -> tuple[UUID, Timed]:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        return found.id, await contact_now(ctx, tx, found.id, OPERATOR)
