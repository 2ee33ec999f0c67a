"""Who asks for a page, and whether they may: every route states its role through one of these."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from orchestrator.engine import sign_in
from orchestrator.engine.actions.accounts import actor_of
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage.accounts import User
from storage.database import transaction

SESSION: Final = "outreach_session"
VISIT: Final = "outreach_visit"
"""Of somebody who has not signed in yet, so that their form is theirs."""
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD"})
MASK_BYTES: Final = 16
MOST_TEXT: Final = 5_000_000
"""Characters of one text in a form; files may be longer."""


class SignInNeeded(Exception):
    """Nobody is signed in by this browser."""


@dataclass(slots=True)
class Forbidden(Exception):
    """The visitor may not, or the form is not theirs."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in."""

    user: User
    role: Role
    secret: str
    """What their forms prove themselves by."""

    @property
    def actor(self) -> Actor:
        return actor_of(self.user)

    def may(self, role: str) -> bool:
        return self.role >= Role[role.upper()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody who is not, at a page that needs nobody."""

    secret: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A route for whoever is signed in and has this role or a higher one."""

    role: Role
    most_bytes: int = 2_000_000
    """Of a form; a larger one is not read."""

    async def __call__(self, request: Request) -> Visitor:
        ctx: Context = request.app.state.console.ctx
        token = request.cookies.get(SESSION, "")
        async with transaction(ctx.database) as tx:
            user = await sign_in.visitor(tx, token) if token else None
        if user is None:
            raise SignInNeeded
        visitor = Visitor(user=user, role=Role[user.role.upper()], secret=_secret(token))
        if visitor.role < self.role:
            raise Forbidden(f"This takes the role {self.role.name.lower()} or above.")
        _refuse_large(request, self.most_bytes)
        await check_form(request, visitor.secret)
        return visitor


@dataclass(frozen=True, slots=True)
class Anyone:
    """A route that needs nobody to be signed in."""

    async def __call__(self, request: Request) -> Stranger:
        visit = request.cookies.get(VISIT) or secrets.token_urlsafe(24)
        request.state.visit = visit
        stranger = Stranger(secret=_secret(visit))
        await check_form(request, stranger.secret)
        return stranger


VIEWER: Final = AtLeast(Role.VIEWER)
REP: Final = AtLeast(Role.REP)
OPERATOR: Final = AtLeast(Role.OPERATOR)
ADMIN: Final = AtLeast(Role.ADMIN)
ANYONE: Final = Anyone()


def _refuse_large(request: Request, most: int) -> None:
    """Before anything of it is read; a server reads no more than was announced."""
    if request.method in SAFE:
        return
    announced = request.headers.get("content-length", "0")
    unknown = "transfer-encoding" in request.headers or not announced.isdecimal()
    if unknown or int(announced) > most:
        raise Rejected(
            "too_large",
            f"What was sent is larger than {most // 1_000_000} MB.",
            "Send less at once.",
        )


async def check_form(request: Request, secret: str) -> None:
    """What changes anything was sent by a page of ours. Raises Forbidden."""
    if request.method in SAFE:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This form was sent from another site.")
    given = request.headers.get(CSRF_HEADER)
    # The form is read once; whoever asks for it later gets the same.
    form = await _form(request)
    if given is None:
        found = form.get(CSRF_FIELD)
        given = found if isinstance(found, str) else ""
    if not proves(given, secret):
        await form.close()
        raise Forbidden("The page was open for too long. Go back, load it again, and repeat.")


async def _form(request: Request) -> FormData:
    try:
        return await request.form(max_part_size=MOST_TEXT)
    except HTTPException as error:
        raise Rejected(
            "form_unreadable",
            "The form could not be read.",
            f"A text in it may have {MOST_TEXT // 1_000_000} MB; send more as a file.",
        ) from error


def form_token(secret: str) -> str:
    """What a form carries: another text each time, so that no compressed page betrays it."""
    mask = secrets.token_bytes(MASK_BYTES)
    return (mask + _masked(secret, mask)).hex()


def proves(token: str, secret: str) -> bool:
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        return False
    return hmac.compare_digest(raw[MASK_BYTES:], _masked(secret, raw[:MASK_BYTES]))


def _masked(secret: str, mask: bytes) -> bytes:
    return hmac.digest(secret.encode(), mask, "sha256")


def _secret(token: str) -> str:
    return hashlib.sha256(b"form\0" + token.encode()).hexdigest()


def keep(response: Response, name: str, value: str, *, secure: bool, seconds: int) -> None:
    """Set a cookie that no script reads and no other site sends along."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, secure=secure, samesite="lax", path="/"
    )


def local_path(target: str | None) -> str:
    """Where to go on, if it is a page of ours; else the first page."""
    if not target:
        return "/"
    parts = urlsplit(target)
    path = parts.path
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//"):
        return "/"
    if "\\" in target or any(ord(one) < 32 for one in target):
        return "/"
    return path + (f"?{parts.query}" if parts.query else "")
