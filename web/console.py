"""The console: pages for people, put on the application with its guards, files and headers."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from jinja2 import Environment
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.engine.context import Context
from outreach.documents import Document, Edition
from outreach.errors import Rejected
from storage import accounts, clock, inbox_queues, live_events, operator_stop
from storage.contention import is_passing
from web import toast, vendor
from web.feed import Feed
from web.rendering import environment
from web.visitor import VISIT, Forbidden, SignInNeeded, Stranger, Visitor, form_token, keep

STATIC: Final = Path(__file__).parent / "static"
SERVED: Final = ("/static/", "/live")
UNKNOWN: Final = (
    "unknown_lead",
    "unknown_company",
    "unknown_campaign",
    "unknown_call",
    "no_recording",
    "unknown_document",
    "unknown_import",
    "unknown_conversation",
    "unknown_key",
    "unknown_endpoint",
    "unknown_delivery",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What every page works with."""

    ctx: Context
    as_yaml: Callable[[Document, int], str]
    """A document as people write it, with its version."""
    read: Callable[[str, str], Edition | tuple[Rejected, ...]]
    """A document from what somebody wrote and a name for it, or all that is wrong."""
    secure: bool
    """Whether browsers come by https: their cookies then go no other way."""
    feed: Feed
    templates: Environment
    assets: str
    """Changes with the files that pages load."""
    has_packages: bool
    """False: the packages for the browser were not fetched."""

    async def page(
        self,
        request: Request,
        visitor: Visitor,
        tx: AsyncConnection,
        name: str,
        /,
        **values: object,
    ) -> Response:
        """A whole page with its frame, or what htmx picks from it."""
        stop = await operator_stop.state(tx)
        names = await accounts.names(tx)
        return self._respond(
            request,
            name,
            visitor=visitor,
            csrf=form_token(visitor.secret),
            stop=stop,
            names=names,
            now=await clock.now(tx),
            cursor=await live_events.newest(tx),
            inbox_waiting=await inbox_queues.waiting(tx, visitor.actor.name),
            is_simulated=await clock.is_simulated(tx),
            **values,
        )

    def bare(
        self,
        request: Request,
        stranger: Stranger,
        name: str,
        status: int = 200,
        /,
        **values: object,
    ) -> Response:
        """A page without the frame, for whoever is not signed in."""
        csrf = form_token(stranger.secret)
        response = self._respond(request, name, status, csrf=csrf, **values)
        visit = request.state.visit
        keep(response, VISIT, visit, secure=self.secure, seconds=3600)
        return response

    def _respond(
        self, request: Request, name: str, status: int = 200, /, **values: object
    ) -> HTMLResponse:
        # A page that looks for news by itself must not take what the next page is to say.
        looks_again = "X-Live" in request.headers
        text = self.templates.get_template(name).render(
            path=request.url.path,
            query=str(request.url.query),
            nonce=request.scope["nonce"],
            assets=self.assets,
            has_packages=self.has_packages,
            toast=None if looks_again else toast.take(request),
            **values,
        )
        response = HTMLResponse(text, status_code=status)
        response.headers["Cache-Control"] = "no-store"
        if not looks_again:
            toast.forget(request, response)
        return response


def open_console(
    ctx: Context,
    *,
    as_yaml: Callable[[Document, int], str],
    read: Callable[[str, str], Edition | tuple[Rejected, ...]],
    secure: bool,
) -> Console:
    return Console(
        ctx=ctx,
        as_yaml=as_yaml,
        read=read,
        secure=secure,
        feed=Feed(database=ctx.database),
        templates=environment(),
        assets=_fingerprint(),
        has_packages=vendor.is_complete(),
    )


def install(app: FastAPI, console: Console, routes: APIRouter) -> None:
    """Put the pages on the application, with what holds for all of them."""
    app.state.console = console
    app.include_router(routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(Rejected, _rejected)
    app.add_exception_handler(DBAPIError, _held)
    app.add_middleware(Headers)
    app.add_middleware(GZipMiddleware, minimum_size=700)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    if request.headers.get("HX-Request") or request.url.path.startswith(SERVED):
        # A fragment of the sign-in page in the middle of another one helps nobody.
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    after = request.url.path if request.method == "GET" else "/"
    query = f"?next={after}" if after != "/" else ""
    return RedirectResponse(f"/login{query}", status_code=303)


async def _forbidden(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forbidden)
    return _sorry(request, 403, "You may not do this.", error.reason)


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    console: Console = request.app.state.console
    if request.method == "GET":
        status = 404 if error.code in UNKNOWN else 400
        return _sorry(request, status, error.message, error.fix)
    back = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
    # Of an address of ours only the path counts; another site's leads to the first page.
    path = back.removeprefix(f"{request.url.scheme}://{request.headers.get('host', '')}")
    return toast.go_on(path, toast.refused(error), secure=console.secure)


async def _held(request: Request, error: Exception) -> Response:
    """Somebody else has the same rows; whatever else a database says is a fault of ours."""
    if not is_passing(error):
        raise error
    said = Rejected(
        "busy", "Somebody else is changing the same thing just now.", "Try again in a moment."
    )
    if request.method == "GET":
        return _sorry(request, 503, said.message, said.fix)
    return await _rejected(request, said)


def _sorry(request: Request, status: int, title: str, text: str) -> Response:
    console: Console = request.app.state.console
    return console._respond(request, "sorry.html", status, title=title, text=text)


class Headers:
    """What browsers are told with every answer: load nothing from elsewhere, run nothing inline."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope["nonce"] = secrets.token_urlsafe(16)
        is_versioned = scope["query_string"].startswith(b"v=")

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *_headers(scope["path"], is_versioned, nonce),
                ]
            await send(message)

        await self.app(scope, receive, told)


def _headers(path: str, is_versioned: bool, nonce: str) -> list[tuple[bytes, bytes]]:
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self';"
        " media-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
        # The player writes the style of its own shadow tree; nothing else is inline.
        f" frame-ancestors 'none'; style-src 'self' 'nonce-{nonce}'"
    )
    headers = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    ]
    if path.startswith("/static/"):
        # An address with a fingerprint always names the same; another one is asked for again.
        kept = b"public, max-age=31536000, immutable" if is_versioned else b"no-cache"
        headers.append((b"cache-control", kept))
    return headers


def _fingerprint() -> str:
    known = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            known.update(path.name.encode() + path.read_bytes())
    return known.hexdigest()[:12]
