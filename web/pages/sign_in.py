"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from orchestrator.engine import sign_in
from orchestrator.engine.sign_in import SESSION_LASTS, SignedIn
from outreach.errors import Rejected
from storage import accounts
from storage.database import transaction
from web.console import Console
from web.visitor import ANYONE, SESSION, VIEWER, Stranger, Visitor, keep, local_path


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/login")
    async def ask(
        request: Request, who: Annotated[Stranger, Depends(ANYONE)], next: str = "/"
    ) -> Response:
        async with transaction(ctx.database) as tx:
            is_first = not await accounts.exist(tx)
        return console.bare(
            request,
            who,
            "login.html",
            next=local_path(next),
            wrong=None,
            email="",
            is_first=is_first,
        )

    @router.post("/login")
    async def enter_by_password(
        request: Request,
        who: Annotated[Stranger, Depends(ANYONE)],
        email: Annotated[str, Form(max_length=320)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:
        address = request.client.host if request.client else "unknown"
        try:
            done = await sign_in.by_password(ctx, email, password, address)
        except Rejected as wrong:
            status = 429 if wrong.code == "too_many_tries" else 422
            values = {"next": local_path(next), "wrong": wrong, "email": email, "is_first": False}
            return console.bare(request, who, "login.html", status, **values)
        return let_in(console, done, local_path(next))

    @router.get("/enter")
    async def enter_by_link(
        request: Request, who: Annotated[Stranger, Depends(ANYONE)], token: str = ""
    ) -> Response:
        """A link that was printed for this person; it works once."""
        try:
            done = await sign_in.by_link(ctx, token)
        except Rejected as wrong:
            async with transaction(ctx.database) as tx:
                if await sign_in.visitor(tx, request.cookies.get(SESSION, "")) is not None:
                    # They came by it before: the link has done its work.
                    return RedirectResponse("/", status_code=303)
            values = {"next": "/", "wrong": wrong, "email": "", "is_first": False}
            return console.bare(request, who, "login.html", 422, **values)
        return let_in(console, done, "/")

    @router.post("/logout")
    async def leave(request: Request, who: Annotated[Visitor, Depends(VIEWER)]) -> Response:
        await sign_in.sign_out(ctx, request.cookies.get(SESSION, ""))
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(SESSION, path="/")
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


def let_in(console: Console, done: SignedIn, to: str) -> Response:
    """On to a page of ours, with the cookie of a new session."""
    response = RedirectResponse(to, status_code=303)
    seconds = int(SESSION_LASTS.total_seconds())
    keep(response, SESSION, done.token, secure=console.secure, seconds=seconds)
    return response
