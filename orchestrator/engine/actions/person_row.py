"""One person as a row of a list: read and checked by the same rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.imports.request import FileConsent, refuse_unknown_basis
from orchestrator.engine.imports.terms import Terms
from orchestrator.engine.persons import rules_of
from outreach.csv_rows import LeadRow, RowRejected, map_header, parse_row
from outreach.errors import Rejected
from storage import clock
from storage.campaigns import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who it is: values by the names of a list's columns, and how consent is known."""

    values: Mapping[str, str]
    consent: FileConsent | None = None


async def read_as_row(
    ctx: Context, tx: AsyncConnection, row: Campaign, person: Person
) -> tuple[Terms, LeadRow]:
    """What a campaign makes of them. Raises Rejected for what a list's row is refused for."""
    refuse_unknown_basis(person.consent)
    terms = await _terms(ctx, tx, row, person)
    lead = parse_row(terms.columns, list(person.values.values()))
    if isinstance(lead, RowRejected):
        raise Rejected(lead.code, lead.message, lead.suggestion, lead.column)
    return terms, lead


async def _terms(ctx: Context, tx: AsyncConnection, row: Campaign, person: Person) -> Terms:
    rules = await rules_of(ctx, tx, row.id)
    assert rules is not None, "the campaign was just found"
    columns = map_header(list(person.values), rules.campaign.fields, rules.campaign.channels)
    if isinstance(columns, Rejected):
        raise columns
    if columns.unknown:
        known = ", ".join(sorted(rules.campaign.field_keys)) or "none of its own"
        raise Rejected(
            code="unknown_field",
            message=f"A lead of {row.name} has no {', '.join(columns.unknown)}.",
            fix=f"Its fields: {known}.",
            where="field",
        )
    return Terms(
        campaign=rules.campaign,
        columns=columns,
        needed=rules.needed,
        consent=person.consent,
        now=await clock.now(tx),
        rulebook=ctx.rulebook,
    )
