"""`/settings/webhooks`: which programs are told what happens, and what did not reach them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from orchestrator.engine.actions import endpoints as deeds
from outreach.events import Kind
from storage import endpoint_deliveries, endpoints
from storage.database import transaction
from web.console import Console
from web.toast import done, go_on
from web.visitor import ADMIN, Visitor

HERE = "/settings/webhooks"


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    def back(text: str) -> Response:
        return go_on(HERE, done(text), secure=console.secure)

    async def page(request: Request, who: Visitor, secret: str | None) -> Response:
        async with transaction(ctx.database) as tx:
            return await console.page(
                request,
                who,
                tx,
                "webhooks.html",
                endpoints=await endpoints.list_all(tx),
                dead=await endpoint_deliveries.list_dead(tx),
                secret=secret,
                kinds=[kind.value for kind in Kind],
            )

    @router.get(HERE)
    async def listed(request: Request, who: Annotated[Visitor, Depends(ADMIN)]) -> Response:
        return await page(request, who, None)

    @router.post(HERE)
    async def make(
        request: Request,
        who: Annotated[Visitor, Depends(ADMIN)],
        url: Annotated[str, Form(max_length=4000)] = "",
        kinds: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        """The page with the secret on it: no cookie and no address ever carries it."""
        async with transaction(ctx.database) as tx:
            added = await deeds.add_endpoint(ctx, tx, url, kinds or [], who.actor)
        return await page(request, who, added.secret)

    @router.post(HERE + "/{id}/remove")
    async def remove(id: UUID, who: Annotated[Visitor, Depends(ADMIN)]) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.remove_endpoint(tx, id, who.actor)
        return back("The endpoint is removed.")

    @router.post(HERE + "/{id}/enable")
    async def enable(id: UUID, who: Annotated[Visitor, Depends(ADMIN)]) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.enable_endpoint(tx, id, who.actor)
        return back("The endpoint is told again.")

    @router.post(HERE + "/deliveries/{id}/replay")
    async def replay(id: UUID, who: Annotated[Visitor, Depends(ADMIN)]) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.replay_delivery(tx, id, who.actor)
        return back("It is delivered once more.")
