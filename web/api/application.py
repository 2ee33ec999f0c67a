"""The API as an application of its own, with its own words for what goes wrong."""

import re
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.engine.context import Context
from outreach.errors import Rejected
from web.api import campaigns, history, leads, one_lead, people
from web.api.door import KeyOf
from web.api.problems import MEDIA_TYPE, Problem, handle_all, problem

PATH: Final = "/api/v1"
LARGEST_BODY: Final = 1024 * 1024
PARTS: Final = (leads, one_lead, history, campaigns, people)
REFUSALS: Final = {
    "400": "It cannot be read.",
    "401": "There is no key, or one that is not valid.",
    "403": "The key's role may not.",
    "404": "There is no such thing.",
    "409": "It stands in the way of something else.",
    "412": "It was changed meanwhile.",
    "413": "It is too large.",
    "422": "A value is wrong, or refused by a rule.",
    "428": "It must say what it is based on.",
    "429": "Wrong keys were tried too often.",
    "503": "The database is busy.",
}
ABOUT: Final = """\
Everything that the console can do, for programs. Each request carries a key:
`Authorization: Bearer KEY`; `outreach key create` or the console's settings make one. An operation
names the role that it takes under `x-role`. Lists go on with `after`. What creates something takes
an `Idempotency-Key`: sent again within 24 hours it is done once. Times are UTC."""


def build(ctx: Context) -> FastAPI:
    """What is mounted at `PATH`."""
    app = FastAPI(title="Outreach", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.ctx = ctx
    router = routes(ctx)
    app.include_router(router)
    document = document_of(router)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return document

    handle_all(app)
    app.add_middleware(Bounded)
    return app


def routes(ctx: Context) -> APIRouter:
    """Every operation; each names its role by its guard."""
    router = APIRouter(generate_unique_id_function=_name_of)
    for part in PARTS:
        part.add(router, ctx)
    return router


def _name_of(route: APIRoute) -> str:
    """What clients made from the document call the operation: `create_a_lead`."""
    return re.sub(r"[^a-z]+", "_", (route.summary or route.name).lower().replace("'s", ""))


def role_of(route: APIRoute) -> str:
    """The role that an operation states; whoever states none is a mistake of ours."""
    (guard,) = [one.call for one in route.dependant.dependencies if isinstance(one.call, KeyOf)]
    return guard.role.name.lower()


def document_of(router: APIRouter) -> dict[str, Any]:
    """The OpenAPI document: with roles, and with the refusals as they are."""
    document = get_openapi(title="Outreach", version="1", description=ABOUT, routes=router.routes)
    document["servers"] = [{"url": PATH}]
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for route in router.routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            _complete(document["paths"][route.path][method.lower()], role_of(route))
    return document


def _complete(operation: dict[str, Any], role: str) -> None:
    operation["security"] = [{"key": []}]
    operation["x-role"] = role
    schema = {"$ref": "#/components/schemas/Problem"}
    for status, words in REFUSALS.items():
        content = {MEDIA_TYPE: {"schema": schema}}
        operation["responses"][status] = {"description": words, "content": content}


class Bounded:
    """Reads no body that is larger than any request of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                await problem(_too_large())(scope, receive, send)
                return
        told = False

        async def whole() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, whole, send)


def _too_large() -> Rejected:
    return Rejected(
        "body_too_large", "The request is too large.", "Send less at once: a megabyte at most."
    )
