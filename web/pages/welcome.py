"""The first owner, who makes themselves by the link that the server printed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from orchestrator.engine import sign_in
from orchestrator.engine.actions import accounts as deeds
from orchestrator.engine.actions.accounts import NewUser
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.passwords import hashed
from outreach.errors import Rejected
from storage import accounts, sessions
from storage.database import transaction
from web.console import Console
from web.pages.sign_in import let_in
from web.visitor import ANYONE, Stranger


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/welcome")
    async def ask_for_owner(
        request: Request, who: Annotated[Stranger, Depends(ANYONE)], token: str = ""
    ) -> Response:
        """The first owner makes themselves, by the link that the server gave out."""
        async with transaction(ctx.database) as tx:
            mark = deeds.fingerprint(token)
            lives = await sessions.link_lives(tx, mark, for_owner=True)
            if not lives or await accounts.exist(tx):
                return RedirectResponse("/login", status_code=303)
        values = {"token": token, "wrong": None, "email": "", "name": ""}
        return console.bare(request, who, "welcome.html", **values)

    @router.post("/welcome")
    async def make_owner(
        request: Request,
        who: Annotated[Stranger, Depends(ANYONE)],
        token: Annotated[str, Form()] = "",
        email: Annotated[str, Form(max_length=320)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        try:
            secret = await hashed(password)
            async with transaction(ctx.database) as tx:
                wanted = NewUser(email=email, name=name, role=Role.OWNER, password_hash=secret)
                owner = await deeds.make_owner(ctx, tx, token, wanted)
                done = await sign_in.open_for(tx, owner)
        except Rejected as wrong:
            values = {"token": token, "wrong": wrong, "email": email, "name": name}
            return console.bare(request, who, "welcome.html", 422, **values)
        return let_in(console, done, "/")
