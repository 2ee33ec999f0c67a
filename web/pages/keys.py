"""`/settings/keys`: which programs may use the API; a key is shown once, when it is made."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from orchestrator.engine.actions.api_keys import LASTS, WantedKey, make_key, revoke_key
from orchestrator.engine.actions.roles import Role
from outreach.errors import Rejected
from storage import api_keys
from storage.database import transaction
from web.console import Console
from web.toast import done, go_on
from web.visitor import ADMIN, Visitor


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    async def page(request: Request, who: Visitor, token: str | None) -> Response:
        async with transaction(ctx.database) as tx:
            return await console.page(
                request,
                who,
                tx,
                "keys.html",
                keys=await api_keys.list_all(tx),
                token=token,
                roles=[one.name.lower() for one in Role if one <= who.role],
                days=LASTS.days,
            )

    @router.get("/settings/keys")
    async def listed(request: Request, who: Annotated[Visitor, Depends(ADMIN)]) -> Response:
        return await page(request, who, None)

    @router.post("/settings/keys")
    async def make(
        request: Request,
        who: Annotated[Visitor, Depends(ADMIN)],
        name: Annotated[str, Form(max_length=1000)] = "",
        role: Annotated[str, Form(max_length=20)] = "viewer",
        days: Annotated[int, Form(ge=0, le=100_000)] = LASTS.days,
    ) -> Response:
        """The page with the key on it: no cookie and no address ever carries it."""
        if role.upper() not in Role.__members__:
            raise Rejected("unknown_role", "There is no such role.", "Choose one of the list.")
        wanted = WantedKey(name=name, role=Role[role.upper()], lasts=timedelta(days=days))
        async with transaction(ctx.database) as tx:
            _, token = await make_key(ctx, tx, wanted, who.actor)
        return await page(request, who, token)

    @router.post("/settings/keys/{id}/revoke")
    async def revoke(
        request: Request, id: UUID, who: Annotated[Visitor, Depends(ADMIN)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            revoked = await revoke_key(tx, id, who.actor)
        text = "The key is revoked." if revoked else "The key was revoked before."
        return go_on("/settings/keys", done(text), secure=console.secure)
