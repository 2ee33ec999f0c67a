"""A list on its way to become leads: handed in, looked at, watched while it comes in."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from orchestrator.engine.actions import upload_list as deeds
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.actions.undo_import import why_not
from orchestrator.engine.imports import uploaded
from outreach.campaign import Campaign
from outreach.csv_header import ALIASES
from outreach.errors import Rejected
from outreach.law.consent import STRENGTH_OF
from storage import campaigns, clock, uploads
from storage.database import transaction
from storage.uploads import Upload
from web import verdicts
from web.console import Console
from web.pages.campaigns import named
from web.toast import done, go_on
from web.uploading import FORM_BYTES, handed_in
from web.visitor import OPERATOR, AtLeast, Visitor

HAND_IN: Final = AtLeast(Role.OPERATOR, most_bytes=FORM_BYTES)
RESERVED: Final = tuple(sorted({*ALIASES.values()}))


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/campaigns/{name}/import")
    async def begin(
        request: Request, name: str, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            one = await named(tx, name)
            earlier = await uploads.list_of(tx, one.id)
            return await console.page(
                request, who, tx, "import_begin.html", campaign=one, imports=earlier
            )

    @router.post("/campaigns/{name}/import")
    async def hand_in(
        request: Request, name: str, who: Annotated[Visitor, Depends(HAND_IN)]
    ) -> Response:
        async with handed_in(request) as given, transaction(ctx.database) as tx:
            id = await deeds.take_list(ctx, tx, name, given.name, given.path, who.actor)
        return go_on(f"/imports/{id}", done("The list is here."), secure=console.secure)

    @router.get("/imports/{id}")
    async def shown(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(OPERATOR)],
        show: str = "",
        after: int = 0,
        columns: bool = False,
    ) -> Response:
        async with transaction(ctx.database) as tx:
            one = await upload_of(tx, id)
            document = await document_of(console, tx, one)
        asks = one.status == "uploaded" or (columns and one.status == "checked")
        found = await _columns(console, one, document) if asks and one.has_file else []
        async with transaction(ctx.database) as tx:
            return await console.page(
                request,
                who,
                tx,
                "import.html",
                one=one,
                columns=found,
                fields=document.fields,
                reserved=RESERVED,
                bases=tuple(STRENGTH_OF),
                verdicts=verdicts.counted(one),
                share=verdicts.share_done(one),
                show=show,
                rows=await uploads.verdicts(tx, one.id, code=show or None, after=after),
                may_undo=why_not(one, await clock.now(tx)) is None,
            )

    @router.get("/imports/{id}/errors.csv")
    async def errors(id: UUID, who: Annotated[Visitor, Depends(OPERATOR)]) -> Response:
        async with transaction(ctx.database) as tx:
            one = await upload_of(tx, id)
        name = f"{one.campaign}-not-taken.csv"
        return StreamingResponse(
            verdicts.error_file(ctx.database, one),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )


async def upload_of(tx: AsyncConnection, id: UUID) -> Upload:
    found = await uploads.find(tx, id)
    if found is None:
        raise Rejected("unknown_import", "There is no such import.", "See those of its campaign.")
    return found


async def document_of(console: Console, tx: AsyncConnection, one: Upload) -> Campaign:
    row = await campaigns.get(tx, one.campaign_id)
    assert row is not None, "an import has the key of its campaign"
    return await console.ctx.library.campaign(tx, row.name, row.version)


async def _columns(console: Console, one: Upload, document: Campaign) -> list[uploaded.Column]:
    encoding = str(one.options.get("encoding") or "utf-8")
    async with uploaded.fetched(console.ctx.database, one.id, parts=1) as path:
        return uploaded.columns_of(path, encoding, document, one.mapping)
