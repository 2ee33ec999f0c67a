"""The emergency stop: everything at once, by a typed word, from every page."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from orchestrator.engine.actions import stop as deeds
from outreach.errors import Rejected
from storage.database import transaction
from web.console import Console
from web.toast import done, go_on
from web.visitor import OPERATOR, Visitor

STOP, RESUME = "STOP", "RESUME"
WORD: Final = {STOP: "stop everything", RESUME: "lift the stop"}


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.post("/stop")
    async def stop(
        request: Request,
        who: Annotated[Visitor, Depends(OPERATOR)],
        typed: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "/",
    ) -> Response:
        _confirmed(typed, STOP)
        async with transaction(ctx.database) as tx:
            changed = await deeds.stop(tx, who.actor)
        text = "Everything is stopped. Calls that run go on to their end."
        told = text if changed else "Everything was stopped already."
        return go_on(back, done(told), secure=console.secure)

    @router.post("/resume")
    async def resume(
        request: Request,
        who: Annotated[Visitor, Depends(OPERATOR)],
        typed: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "/",
    ) -> Response:
        _confirmed(typed, RESUME)
        async with transaction(ctx.database) as tx:
            changed = await deeds.resume_all(tx, who.actor)
        told = "The stop is lifted." if changed else "Nothing was stopped."
        return go_on(back, done(told), secure=console.secure)


def _confirmed(typed: str, word: str) -> None:
    if typed.strip().upper() != word:
        raise Rejected(
            "not_confirmed",
            f"Nothing was changed: {word} was not typed.",
            f"Type {word} to {WORD[word]}.",
        )
