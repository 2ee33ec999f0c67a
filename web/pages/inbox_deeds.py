"""What people do in the inbox; each deed has its role, and says what was done."""

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from orchestrator.engine.actions import set_aside, take_over
from orchestrator.engine.actions.draft_reply import draft_reply
from orchestrator.engine.actions.notes import add_note
from orchestrator.engine.actions.write_template import write_template
from outreach.errors import Rejected
from storage import conversations, typing_hints
from storage.database import transaction
from storage.typing_hints import Typing
from web.console import Console
from web.toast import done, go_on
from web.visitor import REP, Visitor

SPAN: Final = TypeAdapter(timedelta)
Rep = Annotated[Visitor, Depends(REP)]
Queue = Annotated[str, Form(max_length=20)]
Once = Annotated[UUID | None, Form()]


def add(router: APIRouter, console: Console) -> None:
    _writing(router, console)
    _handling(router, console)
    _putting_aside(router, console)


def _writing(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.post("/inbox/{id}/write")
    async def write(
        id: UUID,
        who: Rep,
        body: Annotated[str, Form(max_length=20_000)] = "",
        once: Once = None,
        queue: Queue = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await take_over.write(ctx, tx, id, body, who.actor, once=once)
        return _back(console, id, queue, "Your message is on its way.")

    @router.post("/inbox/{id}/template")
    async def template(
        id: UUID,
        who: Rep,
        name: Annotated[str, Form(max_length=200)] = "",
        once: Once = None,
        queue: Queue = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await write_template(ctx, tx, id, name, who.actor, once=once)
        return _back(console, id, queue, "The template is on its way.")

    @router.post("/inbox/{id}/notes")
    async def note(
        id: UUID,
        who: Rep,
        body: Annotated[str, Form(max_length=20_000)] = "",
        queue: Queue = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            talk = await conversations.find(tx, id)
            if talk is None or talk.lead_id is None:
                raise Rejected(
                    "no_lead",
                    "Notes are kept about leads, and they are none.",
                    "Add them to a campaign first.",
                )
            await add_note(ctx, tx, talk.lead_id, body, who.actor)
        return _back(console, id, queue, "The note is kept.")

    @router.post("/inbox/{id}/draft")
    async def draft(id: UUID, who: Rep) -> Response:
        """For the composer's button: the text alone, or why there is none."""
        try:
            return JSONResponse({"text": await draft_reply(ctx, id, who.actor)})
        except Rejected as refused:
            return JSONResponse({"error": f"{refused.message} {refused.fix}"}, status_code=422)

    @router.post("/inbox/{id}/typing")
    async def typing(id: UUID, who: Rep) -> Response:
        async with transaction(ctx.database) as tx:
            hint = Typing(conversation=str(id), user=str(who.user.id), name=who.user.name)
            await typing_hints.tell(tx, hint)
        return Response(status_code=204)


def _handling(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.post("/inbox/{id}/take")
    async def take(id: UUID, who: Rep, queue: Queue = "") -> Response:
        async with transaction(ctx.database) as tx:
            await take_over.take_over(ctx, tx, id, who.actor)
        return _back(console, id, queue, "The conversation is yours; the agent is silent.")

    @router.post("/inbox/{id}/give-back")
    async def give_back(id: UUID, who: Rep, queue: Queue = "") -> Response:
        async with transaction(ctx.database) as tx:
            await take_over.give_back(ctx, tx, id, who.actor)
        return _back(console, id, queue, "The agent answers their next message.")

    @router.post("/inbox/{id}/assign")
    async def assign(
        id: UUID, who: Rep, to: Annotated[UUID | None, Form()] = None, queue: Queue = ""
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await take_over.assign(ctx, tx, id, to or who.user.id, who.actor)
        return _back(console, id, queue, "The conversation is assigned.")


def _putting_aside(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.post("/inbox/{id}/snooze")
    async def snooze(
        request: Request,
        id: UUID,
        who: Rep,
        wait: Annotated[str, Form(max_length=20)] = "",
        queue: Queue = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await set_aside.snooze(ctx, tx, id, _span(wait), who.actor)
        return _back(console, None, queue, "The conversation is put off; their next word ends it.")

    @router.post("/inbox/{id}/resolve")
    async def resolve(id: UUID, who: Rep, queue: Queue = "") -> Response:
        async with transaction(ctx.database) as tx:
            changed = await set_aside.resolve(ctx, tx, id, who.actor)
        said = "is resolved" if changed else "was resolved already"
        return _back(console, None, queue, f"The conversation {said}.")

    @router.post("/inbox/{id}/reopen")
    async def reopen(id: UUID, who: Rep, queue: Queue = "") -> Response:
        async with transaction(ctx.database) as tx:
            await set_aside.reopen(ctx, tx, id, who.actor)
        return _back(console, id, queue, "The conversation is open.")


def _span(words: str) -> timedelta:
    """No time at all for what is no span, which the deed refuses."""
    try:
        return SPAN.validate_python(words)
    except ValidationError:
        return timedelta(0)


def _back(console: Console, id: UUID | None, queue: str, text: str) -> Response:
    place = f"/inbox/{id}" if id else "/inbox"
    query = f"?{urlencode({'queue': queue})}" if queue else ""
    return go_on(f"{place}{query}", done(text), secure=console.secure)
