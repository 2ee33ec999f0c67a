"""One lead: what is known of it, and everything that is done about it."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from orchestrator.engine.actions.edit_lead import edit_lead, hold_for_edit
from orchestrator.engine.actions.erase_person import erase_person
from orchestrator.engine.actions.lead_status import set_lead_status
from orchestrator.engine.actions.lead_time import contact_now, reschedule
from orchestrator.engine.actions.move_lead import move_lead
from orchestrator.engine.actions.notes import add_note
from orchestrator.engine.actions.remove_lead import remove_lead
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage import lead_rows
from storage.database import transaction
from storage.lead_rows import LeadRow
from web.api.door import ADMIN, OPERATOR, REP, VIEWER, Caller
from web.api.lead_shapes import (
    Done,
    Lead,
    LeadChange,
    NewCampaign,
    NewNote,
    NewTime,
    StatusChange,
    Timed,
    shown,
)
from web.api.once import Sent, once
from web.api.values import PRINTED, etag_of

ANY: Final = "*"
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        pattern=PRINTED,
        description="The ETag that the lead was read with; `*` overwrites whatever is there.",
    ),
]


def add(router: APIRouter, ctx: Context) -> None:
    _reading_and_writing(router, ctx)
    _deeds(router, ctx)
    _times(router, ctx)


def _reading_and_writing(router: APIRouter, ctx: Context) -> None:
    @router.get("/leads/{id}", tags=["leads"], summary="Get a lead")
    async def one(id: UUID, who: Annotated[Caller, Depends(VIEWER)], response: Response) -> Lead:
        """Its `ETag` names what was read, for a change that must not overwrite another."""
        async with transaction(ctx.database) as tx:
            lead = shown(await known_lead(tx, id))
        response.headers["ETag"] = etag_of(lead)
        return lead

    @router.patch("/leads/{id}", tags=["leads"], summary="Change a lead")
    async def change(
        id: UUID,
        new: LeadChange,
        who: Annotated[Caller, Depends(REP)],
        response: Response,
        if_match: IfMatch = None,
    ) -> Lead:
        """What is sent is written, null takes a value away, and what is planned follows."""
        values = new.said
        async with transaction(ctx.database) as tx:
            await hold_for_edit(tx, id, values)
            _refuse_unseen(if_match, shown(await lead_rows.get(tx, id)))
            await edit_lead(ctx, tx, id, values, who.actor)
            lead = shown(await lead_rows.get(tx, id))
        response.headers["ETag"] = etag_of(lead)
        return lead


def _deeds(router: APIRouter, ctx: Context) -> None:
    @router.put("/leads/{id}/status", tags=["leads"], summary="Set a lead's status")
    async def status(id: UUID, new: StatusChange, who: Annotated[Caller, Depends(REP)]) -> Done:
        """After not_interested, converted and wrong_number nothing stays planned."""
        async with transaction(ctx.database) as tx:
            return Done(changed=await set_lead_status(ctx, tx, id, new.status, who.actor))

    @router.delete("/leads/{id}", tags=["leads"], summary="Take a lead out of its campaign")
    async def remove(id: UUID, who: Annotated[Caller, Depends(OPERATOR)]) -> Done:
        """What is planned is taken back; the history stays."""
        async with transaction(ctx.database) as tx:
            return Done(changed=await remove_lead(ctx, tx, id, who.actor))

    @router.post("/leads/{id}/erase", tags=["leads"], summary="Erase the person of a lead")
    async def erase(id: UUID, who: Annotated[Caller, Depends(ADMIN)]) -> Done:
        """Out of every campaign, call and recording; they are never contacted again."""
        async with transaction(ctx.database) as tx:
            row = await known_lead(tx, id)
            number = row.phone or row.whatsapp
            if not (number or row.email):
                return Done(changed=False)
            kind, value = ("phone", number) if number else ("email", row.email or "")
            await erase_person(ctx, tx, kind, value or "", who.actor)
        return Done(changed=True)

    @router.post(
        "/leads/{id}/move",
        response_model=Lead,
        tags=["leads"],
        status_code=201,
        summary="Move a lead",
    )
    async def move(
        id: UUID, to: NewCampaign, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """The old lead ends; the answer is the new one, in the other campaign."""

        async def deed(tx: AsyncConnection) -> Lead:
            made = await move_lead(ctx, tx, id, to.campaign, who.actor)
            return shown(await lead_rows.get(tx, made))

        return await once(ctx, sent, who, 201, deed)

    @router.post(
        "/leads/{id}/notes",
        response_model=Done,
        tags=["leads"],
        status_code=201,
        summary="Write a note",
    )
    async def note(
        id: UUID, new: NewNote, who: Annotated[Caller, Depends(REP)], sent: Sent
    ) -> Response:
        async def deed(tx: AsyncConnection) -> Done:
            await add_note(ctx, tx, id, new.body, who.actor)
            return Done(changed=True)

        return await once(ctx, sent, who, 201, deed)


def _times(router: APIRouter, ctx: Context) -> None:
    @router.post("/leads/{id}/contact", tags=["leads"], summary="Contact a lead now")
    async def now(id: UUID, who: Annotated[Caller, Depends(REP)]) -> Timed:
        """Before everybody else; refused with the nearest times where it is not legal now."""
        async with transaction(ctx.database) as tx:
            return Timed.model_validate(await contact_now(ctx, tx, id, who.actor))

    @router.post("/leads/{id}/reschedule", tags=["leads"], summary="Choose the next time")
    async def later(id: UUID, new: NewTime, who: Annotated[Caller, Depends(REP)]) -> Timed:
        """Refused with the nearest times where it is not legal then."""
        async with transaction(ctx.database) as tx:
            return Timed.model_validate(await reschedule(ctx, tx, id, new.at, who.actor))

    @router.post("/leads/{id}/cancel-follow-up", tags=["leads"], summary="Cancel what is next")
    async def cancel(id: UUID, who: Annotated[Caller, Depends(REP)]) -> Done:
        """What is under way goes on to its end."""
        async with transaction(ctx.database) as tx:
            return Done(changed=bool(await cancel_follow_up(ctx, tx, id, who.actor)))


async def known_lead(tx: AsyncConnection, id: UUID) -> LeadRow:
    """Raises Rejected for an unknown one."""
    row = await lead_rows.find(tx, id)
    if row is None:
        raise Rejected(
            code="unknown_lead",
            message=f"There is no lead {id}.",
            fix="GET /leads finds those that there are.",
            where="id",
        )
    return row


def _refuse_unseen(if_match: str | None, lead: Lead) -> None:
    if if_match is None:
        raise Rejected(
            code="if_match_missing",
            message="A change says what it is based on.",
            fix="Send the ETag that the lead was read with as If-Match, or `*`.",
            where="If-Match",
        )
    known = {one.strip() for one in if_match.split(",")}
    if ANY not in known and etag_of(lead) not in known:
        raise Rejected(
            code="changed_meanwhile",
            message="The lead was changed since it was read.",
            fix="Read it again, and change what it is now.",
            where="If-Match",
        )
