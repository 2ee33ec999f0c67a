"""One lead: who it is, what was tried and said, what comes next, and what a rep does about it."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from orchestrator.engine.actions.lead_time import Timed, contact_now, reschedule
from orchestrator.engine.actions.notes import add_note
from orchestrator.engine.companies.briefing import of_contact
from orchestrator.engine.reachable import reachable
from outreach.errors import Rejected
from outreach.telling.briefs import PARTS as BRIEF_WORDS
from outreach.telling.setting import Setting, place
from storage import (
    accounts,
    campaigns,
    clock,
    company_contacts,
    lead_history,
    lead_quality,
    lead_rows,
    notes,
    timelines,
    touchpoint_lists,
)
from storage.database import transaction
from storage.lead_rows import LeadRow
from web.console import Console
from web.telling import told_of_interest, told_of_lead
from web.timeline import VIEWS, days
from web.toast import done, go_on
from web.visitor import REP, VIEWER, Visitor

CHANNELS: Final = {"voice": "A call", "whatsapp": "A WhatsApp message"}


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    def back(id: UUID, text: str) -> Response:
        return go_on(f"/leads/{id}", done(text), secure=console.secure)

    @router.get("/leads/{id}")
    async def lead(
        request: Request, id: str, who: Annotated[Visitor, Depends(VIEWER)], show: str = "all"
    ) -> Response:
        async with transaction(ctx.database) as tx:
            row = await _lead(tx, id)
            now = await clock.now(tx)
            return await console.page(
                request, who, tx, "lead.html", **await _values(console, tx, row, show, now)
            )

    @router.post("/leads/{id}/cancel-follow-up")
    async def cancel(request: Request, id: UUID, who: Annotated[Visitor, Depends(REP)]) -> Response:
        async with transaction(ctx.database) as tx:
            cancelled = await cancel_follow_up(ctx, tx, id, who.actor)
        text = "The follow-up is cancelled." if cancelled else "There was nothing left to cancel."
        return back(id, text)

    @router.post("/leads/{id}/reschedule")
    async def move(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        at: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            timed = await reschedule(ctx, tx, id, at, who.actor)
        return back(id, f"{_what(timed)} is planned for {_when(timed)}.")

    @router.post("/leads/{id}/call-now")
    async def now(request: Request, id: UUID, who: Annotated[Visitor, Depends(REP)]) -> Response:
        async with transaction(ctx.database) as tx:
            timed = await contact_now(ctx, tx, id, who.actor)
        return back(id, f"{_what(timed)} goes out before everybody else.")

    @router.post("/leads/{id}/notes")
    async def note(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        body: Annotated[str, Form(max_length=20_000)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await add_note(ctx, tx, id, body, who.actor)
        return back(id, "The note is kept.")


async def _lead(tx: AsyncConnection, id: str) -> LeadRow:
    try:
        row = await lead_rows.find(tx, UUID(id))
    except ValueError:
        row = None
    if row is None:
        raise Rejected(
            "unknown_lead", "There is no such lead.", "Look for it in the list of leads."
        )
    return row


async def _values(
    console: Console, tx: AsyncConnection, row: LeadRow, show: str, now: datetime
) -> dict[str, object]:
    campaign = await campaigns.find(tx, row.campaign)
    assert campaign is not None, "a lead is of a campaign"
    names = {**await accounts.names(tx), **await lead_history.names(tx, row.id)}
    setting = Setting(zones=row.zones, names=names)
    tried = await timelines.tried(tx, row.id)
    said = await timelines.said(tx, row.contact_id)
    written = await notes.of_lead(tx, row.id)
    past = await lead_history.history(tx, row.id, row.contact_id)
    history = [told_of_lead(one, setting) for one in past]
    interest = await touchpoint_lists.of_contact(tx, row.contact_id, noise=True)
    history += [told_of_interest(one, row.id) for one in interest]
    return {
        "lead": row,
        "name": f"{row.first_name} {row.last_name}".strip() or "No name",
        "campaign": campaign,
        "brief": await of_contact(tx, row.contact_id, now),
        "brief_words": BRIEF_WORDS,
        "quality": await lead_quality.parts_of(tx, row.id),
        "company_id": await company_contacts.of_contact(tx, row.contact_id),
        "reachable": await reachable(console.ctx, tx, row.id, campaign.id, now),
        "planned": next((one for one in tried if one.state == "planned"), None),
        "tried": tried,
        "notes": written,
        "days": days(tried, said, written, history, show, row.zones),
        "show": show if show in VIEWS else "all",
        "views": VIEWS,
    }


def _what(timed: Timed) -> str:
    return CHANNELS.get(timed.channel, "A contact")


def _when(timed: Timed) -> str:
    here = Setting(zones=[timed.zone]).local(timed.due_at)
    return here or f"{timed.due_at:%d %b %H:%M} in {place(timed.zone)}"
