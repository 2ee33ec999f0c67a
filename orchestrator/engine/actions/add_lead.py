"""Brings one person into a campaign: read, checked and planned like a row of a list."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import open_campaign
from orchestrator.engine.actions.person_row import Person, read_as_row
from orchestrator.engine.actions.refuse_erased import refuse_erased
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.companies.sorting import sort_leads
from orchestrator.engine.context import Context
from orchestrator.engine.imports.first_attempts import FirstAttempts
from orchestrator.engine.imports.loading import load
from orchestrator.engine.imports.parsing import Chunk
from orchestrator.engine.imports.staging import Stage, ids_of_chunk
from orchestrator.engine.imports.terms import Terms
from orchestrator.engine.replan import replan_leads
from outreach.csv_rows import LeadRow
from outreach.errors import Rejected
from storage import import_stage, lead_membership
from storage.campaigns import Campaign
from storage.import_stage import Into


async def add_lead(
    ctx: Context, tx: AsyncConnection, campaign: str, person: Person, actor: Actor
) -> UUID:
    """Make a lead of somebody and plan its first attempt, or block it with the reason.

    Who was removed from this campaign comes back. Raises Rejected for whatever a list's row would
    be refused for.
    """
    require(actor, Role.OPERATOR)
    row = await open_campaign(tx, campaign)
    terms, lead = await read_as_row(ctx, tx, row, person)
    phone = lead.phone.e164 if lead.phone else None
    whatsapp = lead.whatsapp.e164 if lead.whatsapp else None
    await refuse_erased(ctx, tx, (phone, whatsapp, lead.email.lower()))
    back = await lead_membership.bring_back(
        tx, row.id, phone=phone, whatsapp=whatsapp, now=terms.now
    )
    if back is not None:
        await replan_leads(ctx, tx, [back])
        return back
    # From here on no list brings in the same person.
    await import_stage.begin(tx)
    await import_stage.take_turn(tx)
    if await lead_membership.is_in(tx, row.id, phone=phone, whatsapp=whatsapp):
        raise Rejected(
            code="already_in_campaign",
            message=f"The campaign {campaign} already has a lead with this number.",
            fix="See it with `outreach leads show` and the number.",
            where="phone",
        )
    lead_id = await _load(tx, terms, lead, _into(ctx, row, terms, actor))
    await sort_leads(ctx, tx, [lead_id])
    return lead_id


def _into(ctx: Context, row: Campaign, terms: Terms, actor: Actor) -> Into:
    return Into(
        import_id=ctx.new_id(terms.now),
        campaign_id=row.id,
        purpose=terms.campaign.purpose,
        actor=actor.name,
        now=terms.now,
        marks=ctx.marks,
    )


async def _load(tx: AsyncConnection, terms: Terms, lead: LeadRow, into: Into) -> UUID:
    """A chunk of one row, through the same statements."""
    ids = ids_of_chunk(terms.now, 0).of(0)
    line = Stage(FirstAttempts(terms)).line(1, lead, ids, repeats=False)
    chunk = Chunk(
        rows_read=1,
        staged=1,
        stage=f"{line}\n".encode(errors="replace"),
        texts={1: ""},
        rejections=(),
        bytes_done=0,
    )
    await import_stage.copy(tx, chunk.stage)
    loaded = await load(tx, chunk, terms, into, delimiter=",", dry_run=False)
    assert not loaded.rejections, "who is in the campaign already was asked under the same lock"
    lead_id = UUID(ids[0])
    await lead_membership.came_by_hand(tx, lead_id, by=into.actor, now=into.now)
    return lead_id
