"""Campaigns, agents and templates as documents: written, looked at, saved as a new version."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions.apply import Applied, apply
from outreach.documents import KINDS, Edition
from outreach.errors import Rejected
from storage import documents
from storage.database import transaction
from storage.documents import Named
from web import editing
from web.console import Console
from web.editing import Mistake, Shown
from web.toast import done, go_on
from web.visitor import OPERATOR, VIEWER, Visitor

LONGEST: Final = 300_000
"""Characters of a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the editor, and what was found out about it."""

    heading: str
    text: str
    wrong: Sequence[Mistake] = ()
    shown: Shown | None = None
    """None: nobody has looked at it yet, or something is wrong."""


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    async def page(
        request: Request, who: Visitor, tx: AsyncConnection, written: Written
    ) -> Response:
        answer = await console.page(request, who, tx, "document.html", written=written)
        # What was looked at has no address of its own.
        answer.headers["HX-Push-Url"] = "false"
        return answer

    @router.get("/documents")
    async def listed(request: Request, who: Annotated[Visitor, Depends(VIEWER)]) -> Response:
        async with transaction(ctx.database) as tx:
            found = await documents.list_newest(tx, ["agent", "template"])
            return await console.page(request, who, tx, "documents.html", documents=found)

    @router.get("/documents/new/{kind}")
    async def new(
        request: Request, kind: str, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        _refuse_unknown(kind)
        async with transaction(ctx.database) as tx:
            text = await editing.starting(tx, kind)
            return await page(request, who, tx, Written(heading=f"New {kind}", text=text))

    @router.get("/documents/{kind}/{name}")
    async def edit(
        request: Request, kind: str, name: str, who: Annotated[Visitor, Depends(VIEWER)]
    ) -> Response:
        _refuse_unknown(kind)
        async with transaction(ctx.database) as tx:
            text = await _text_of(console, tx, Named(kind, name))
            written = Written(heading=f"{kind.title()} {name}", text=text)
            return await page(request, who, tx, written)

    @router.post("/documents")
    async def save(
        request: Request,
        who: Annotated[Visitor, Depends(OPERATOR)],
        text: Annotated[str, Form()] = "",
        heading: Annotated[str, Form(max_length=200)] = "Document",
        seen: Annotated[str, Form(max_length=100)] = "",
        as_of: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        """Look at it; a text that was looked at already is saved."""
        text = text.replace("\r\n", "\n")
        read = await asyncio.to_thread(_read, console, text)
        if isinstance(read, tuple):
            written = Written(heading=heading, text=text, wrong=editing.mistakes(read))
        else:
            try:
                if seen == editing.digest(text):
                    return await _saved(console, who, read, as_of)
                written = await _looked_at(console, who, read, Written(heading=heading, text=text))
            except Rejected as rejected:
                wrong = editing.mistakes([rejected])
                written = Written(heading=heading, text=text, wrong=wrong)
        async with transaction(ctx.database) as tx:
            return await page(request, who, tx, written)


async def _text_of(console: Console, tx: AsyncConnection, named: Named) -> str:
    found = (await console.ctx.library.newest(tx, [named])).get(named)
    if found is None:
        said = f"There is no {named.kind} {named.name}."
        raise Rejected("unknown_document", said, "See the list of them.")
    version, document = found
    return console.as_yaml(document, version)


async def _looked_at(console: Console, who: Visitor, edition: Edition, written: Written) -> Written:
    async with transaction(console.ctx.database) as tx:
        shown = await editing.look(console.ctx, tx, edition, written.text, who.actor)
    return replace(written, shown=shown)


async def _saved(console: Console, who: Visitor, edition: Edition, as_of: str) -> Response:
    async with transaction(console.ctx.database) as tx:
        applied = await apply(
            console.ctx,
            tx,
            edition.document,
            who.actor,
            based_on=edition.based_on,
            as_of=editing.moment(as_of),
        )
    return go_on(_place(applied), done(_said(applied)), secure=console.secure)


def _read(console: Console, text: str) -> Edition | tuple[Rejected, ...]:
    if len(text) > LONGEST:
        said = f"The document has more than {LONGEST} characters."
        return (Rejected("document_too_long", said, "Shorten it."),)
    return console.read(text, editing.NAME)


def _said(applied: Applied) -> str:
    if not applied.changed:
        return f"{applied.name} says so already."
    return f"The {applied.kind} {applied.name} is saved as version {applied.version}."


def _place(applied: Applied) -> str:
    return f"/campaigns/{applied.name}" if applied.kind == "campaign" else "/documents"


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        raise Rejected("unknown_document", f"There are no documents called {kind}.", "Go back.")
