"""What an operator does with a campaign: launch it after a look, pause, end, copy, put away."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.duplicate import duplicate
from orchestrator.engine.context import Context
from orchestrator.engine.preflight import Preflight, preflight
from outreach.errors import Rejected
from storage import campaigns
from storage.database import transaction
from web.console import Console
from web.pages.campaigns import named
from web.toast import done, go_on
from web.visitor import OPERATOR, Visitor

DEEDS: Final = {
    "launch": (deeds.launch, "is launched"),
    "pause": (deeds.pause, "is paused. Calls that run go on to their end"),
    "resume": (deeds.resume, "goes on"),
    "cancel": (deeds.cancel, "is cancelled. Nothing new starts"),
    "archive": (deeds.archive, "is put away"),
}
GRAVE: Final = {"cancel": "cancelled", "archive": "put away"}
"""Deeds without a way back: the campaign's name is typed before."""


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/campaigns/{name}/launch")
    async def look(
        request: Request, name: str, who: Annotated[Visitor, Depends(OPERATOR)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            one = await named(tx, name)
            found = await _preflight(ctx, tx, name)
            return await console.page(
                request, who, tx, "launch.html", campaign=one, preflight=found
            )

    @router.post("/campaigns/{name}/duplicate")
    async def copy(
        request: Request,
        name: str,
        who: Annotated[Visitor, Depends(OPERATOR)],
        new: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            made = await duplicate(ctx, tx, name, new.strip(), who.actor)
        text = f"{made.name} is a draft with the document of {name}, and without its leads."
        return go_on(f"/campaigns/{made.name}", done(text), secure=console.secure)

    @router.post("/campaigns/{name}/{deed}")
    async def do(
        request: Request,
        name: str,
        deed: str,
        who: Annotated[Visitor, Depends(OPERATOR)],
        typed: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        if deed not in DEEDS:
            raise Rejected("unknown_deed", "That cannot be done.", "Go back and choose again.")
        if deed in GRAVE and typed.strip() != name:
            raise Rejected(
                "not_confirmed",
                f"The campaign was not {GRAVE[deed]}: its name was not typed.",
                f"Type {name}; there is no way back.",
            )
        act, said = DEEDS[deed]
        async with transaction(ctx.database) as tx:
            one = await named(tx, name)
            if deed == "launch" and one.status in ("draft", "completed"):
                _refuse_unread(await _preflight(ctx, tx, name), name, typed)
            await act(ctx, tx, name, who.actor)
        return go_on(f"/campaigns/{name}", done(f"{name} {said}."), secure=console.secure)


async def _preflight(ctx: Context, tx: AsyncConnection, name: str) -> Preflight:
    row = await campaigns.find(tx, name)
    assert row is not None, "the page of a campaign that is there"
    return await preflight(ctx, tx, row)


def _refuse_unread(found: Preflight, name: str, typed: str) -> None:
    """What stops a launch is said by the deed itself; what is doubtful has to be confirmed."""
    if found.errors or not found.warnings or typed.strip() == name:
        return
    raise Rejected(
        "not_confirmed",
        f"{name} was not launched: something is doubtful, and its name was not typed.",
        f"Read the list before the launch, then type {name}.",
    )
