"""What a person decides on the way of a list: its columns, its consent, to import, to undo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from orchestrator.engine.actions import upload_list as deeds
from orchestrator.engine.actions.undo_import import undo_import
from orchestrator.engine.imports.request import FileConsent
from outreach.errors import Rejected
from storage.database import transaction
from web import verdicts
from web.console import Console
from web.pages.imports import document_of, upload_of
from web.toast import done, go_on
from web.visitor import OPERATOR, Visitor


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.post("/imports/{id}/columns")
    async def name_columns(
        request: Request, id: UUID, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        form = await request.form()
        async with transaction(ctx.database) as tx:
            one = await upload_of(tx, id)
            document = await document_of(console, tx, one)
            header = verdicts.header_of(one)
            mapping = {
                column: str(form.get(f"column-{position}", ""))
                for position, column in enumerate(header)
            }
            await deeds.name_columns(ctx, tx, one, mapping, document, who.actor)
        return go_on(f"/imports/{id}", done("Every row is looked at."), secure=console.secure)

    @router.post("/imports/{id}/consent")
    async def agree(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(OPERATOR)],
        basis: Annotated[str, Form(max_length=100)] = "",
        proof: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        if bool(basis.strip()) != bool(proof.strip()):
            raise Rejected(
                "consent_needs_proof",
                "Consent for a whole list takes both its basis and its proof.",
                "Say what they agreed to, and where that can be looked up.",
            )
        consent = FileConsent(basis=basis.strip(), proof=proof.strip()) if basis.strip() else None
        async with transaction(ctx.database) as tx:
            await deeds.agree(ctx, tx, await upload_of(tx, id), consent, who.actor)
        return go_on(f"/imports/{id}", done("Every row is looked at again."), secure=console.secure)

    @router.post("/imports/{id}/start")
    async def start(
        request: Request, id: UUID, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.start_import(ctx, tx, await upload_of(tx, id), who.actor)
        text = "The import goes on by itself; nobody has to wait here."
        return go_on(f"/imports/{id}", done(text), secure=console.secure)

    @router.post("/imports/{id}/again")
    async def again(
        request: Request, id: UUID, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            new = await deeds.import_again(ctx, tx, await upload_of(tx, id), who.actor)
        return go_on(f"/imports/{new}", done("It is imported again."), secure=console.secure)

    @router.post("/imports/{id}/undo")
    async def undo(
        request: Request, id: UUID, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            gone = await undo_import(ctx, tx, id, who.actor)
        text = f"The import is undone: {gone.leads} leads and {gone.contacts} contacts are gone."
        return go_on(f"/imports/{id}", done(text), secure=console.secure)
