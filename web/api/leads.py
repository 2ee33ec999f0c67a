"""Bringing leads in, one or many, and finding them again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions.add_lead import add_lead
from orchestrator.engine.actions.lead_time import contact_now
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lead import Status, Work
from storage import campaigns, lead_rows
from storage.database import transaction
from storage.lead_rows import Wanted
from storage.search import parse_question
from web.api.door import OPERATOR, VIEWER, Caller
from web.api.lead_shapes import (
    AllTaken,
    Contact,
    Contacted,
    Lead,
    Leads,
    NewLead,
    NewLeads,
    Taken,
    shown,
)
from web.api.once import Sent, once
from web.api.problems import Problem, problem_of
from web.api.values import DEFAULT_LIMIT, After, Limit, Name, Text


class Asked(BaseModel):
    """Which leads; what is not given does not matter."""

    campaign: Name | None = None
    status: Status | None = None
    work: Work | None = None
    channel: ChannelName | None = Field(None, description="By which the next attempt is made.")
    owner: Text | None = None
    search: Text | None = Field(None, description="Beginnings of words, or the end of a number.")
    after: After = None
    limit: Limit = DEFAULT_LIMIT


def add(router: APIRouter, ctx: Context) -> None:
    @router.get("/leads", tags=["leads"], summary="List leads")
    async def listed(
        who: Annotated[Caller, Depends(VIEWER)], asked: Annotated[Asked, Query()]
    ) -> Leads:
        """Newest first. `after` goes on with the same filters."""
        async with transaction(ctx.database) as tx:
            wanted = Wanted(
                campaign_id=await campaign_id(tx, asked.campaign),
                status=asked.status,
                work=asked.work,
                channel=asked.channel,
                owner=asked.owner,
                question=parse_question(asked.search or ""),
            )
            page = await lead_rows.page(tx, wanted, after=asked.after, limit=asked.limit)
        return Leads(items=[shown(row) for row in page.rows], after=page.after)

    @router.post(
        "/leads", response_model=Lead, tags=["leads"], status_code=201, summary="Create a lead"
    )
    async def make(new: NewLead, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent) -> Response:
        """Checked and planned like a row of a list, with the consent that was given."""

        async def deed(tx: AsyncConnection) -> Lead:
            return await _add(ctx, tx, new, who.actor)

        return await once(ctx, sent, who, 201, deed)

    @router.post(
        "/leads/batch", response_model=AllTaken, tags=["leads"], summary="Create many leads"
    )
    async def make_many(
        new: NewLeads, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """Each is taken or refused by itself, in the order of the request."""

        async def deed(tx: AsyncConnection) -> AllTaken:
            items = [await _taken(ctx, tx, one, who.actor) for one in new.leads]
            return AllTaken(items=items, taken=sum(one.lead is not None for one in items))

        return await once(ctx, sent, who, 200, deed)

    @router.post(
        "/leads/contact",
        response_model=Contacted,
        tags=["leads"],
        summary="Create a lead and contact it now",
    )
    async def make_and_contact(
        new: NewLead, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """Speed to lead: whoever may be contacted just now goes before everybody else.

        Whoever may not be is planned for the nearest legal time, and the answer says when and why.
        """

        async def deed(tx: AsyncConnection) -> Contacted:
            made = await _add(ctx, tx, new, who.actor)
            contact = await _contact(ctx, tx, made.id, who.actor)
            return Contacted(lead=shown(await lead_rows.get(tx, made.id)), contact=contact)

        return await once(ctx, sent, who, 200, deed)


async def campaign_id(tx: AsyncConnection, name: str | None) -> UUID | None:
    if name is None:
        return None
    found = await campaigns.find(tx, name)
    if found is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name}.",
            fix="GET /campaigns lists those that there are.",
            where="campaign",
        )
    return found.id


async def _add(ctx: Context, tx: AsyncConnection, new: NewLead, actor: Actor) -> Lead:
    made = await add_lead(ctx, tx, new.campaign, new.person, actor)
    return shown(await lead_rows.get(tx, made))


async def _taken(ctx: Context, tx: AsyncConnection, new: NewLead, actor: Actor) -> Taken:
    try:
        async with tx.begin_nested():
            return Taken(lead=await _add(ctx, tx, new, actor), problem=None)
    except Rejected as rejected:
        return Taken(lead=None, problem=problem_of(rejected))


async def _contact(ctx: Context, tx: AsyncConnection, lead_id: UUID, actor: Actor) -> Contact:
    """The lead is kept whether or not it may be contacted now."""
    why: Problem | None = None
    try:
        async with tx.begin_nested():
            timed = await contact_now(ctx, tx, lead_id, actor)
            return Contact(now=True, due_at=timed.due_at, channel=timed.channel, problem=None)
    except Rejected as rejected:
        why = problem_of(rejected)
    row = await lead_rows.get(tx, lead_id)
    return Contact(now=False, due_at=row.due_at, channel=row.channel, problem=why)
