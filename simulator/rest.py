"""What every answer of the REST surface has in common: errors, dates, pages, who may ask."""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse

from simulator.carrier import Carrier
from simulator.world import World

_Item = TypeVar("_Item")
_DEFAULT_PAGE = 50
_LARGEST_PAGE = 1000
ACCOUNT_PATH = "/2010-04-01/Accounts/{account_sid}"


class Refusal(Exception):
    """An answer with a code of the provider's dictionary."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> JSONResponse:
        headers = {"Retry-After": "1"} if self.status == 429 else None
        return JSONResponse(
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
            status_code=self.status,
            headers=headers,
        )


def not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def carrier_of(request: Request) -> Carrier:
    """The carrier behind this app, for whoever proved to be the account. Raises Refusal."""
    carrier: Carrier = request.app.state.carrier
    world = carrier.world
    if not _is_account(world, request.headers.get("authorization", "")):
        raise Refusal(401, 20003, "Authenticate")
    if request.path_params.get("account_sid", world.account_sid) != world.account_sid:
        raise not_found(request.url.path)
    return carrier


def _is_account(world: World, header: str) -> bool:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return user == world.account_sid and secrets.compare_digest(
        password.encode(), world.auth_token.encode()
    )


def rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def form_of(request: Request) -> dict[str, list[str]]:
    """Every value of every key, in order; empty ones are kept."""
    form = await request.form()
    fields: dict[str, list[str]] = {}
    for key, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(key, []).append(value)
    return fields


def page_of(
    request: Request,
    key: str,
    items: Sequence[_Item],
    show: Callable[[_Item], dict[str, object]],
) -> JSONResponse:
    """One page of `items`, newest first as they come in, with relative addresses of the others."""
    query = request.query_params
    size = _whole(query.get("PageSize"), _DEFAULT_PAGE, 1, _LARGEST_PAGE)
    number = _whole(query.get("Page"), 0, 0, 1_000_000)
    start = number * size
    shown = items[start : start + size]
    more = start + size < len(items)
    return JSONResponse(
        {
            key: [show(item) for item in shown],
            "page": number,
            "page_size": size,
            "start": start,
            "end": start + max(len(shown) - 1, 0),
            "uri": _page_uri(request, number, size),
            "first_page_uri": _page_uri(request, 0, size),
            "next_page_uri": _page_uri(request, number + 1, size) if more else None,
            "previous_page_uri": _page_uri(request, number - 1, size) if number else None,
        }
    )


def _page_uri(request: Request, number: int, size: int) -> str:
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key not in ("Page", "PageSize", "PageToken")
    ]
    token = [("PageToken", f"PA{number}")] if number else []
    pairs = [*kept, ("PageSize", str(size)), ("Page", str(number)), *token]
    return f"{request.url.path}?{urlencode(pairs)}"


def _whole(text: str | None, default: int, least: int, most: int) -> int:
    if not text or not text.isdecimal():
        return default
    return min(max(int(text), least), most)


def is_within(at: datetime | None, query: Mapping[str, str], name: str) -> bool:
    """Whether a time passes the filters `name`, `name<` and `name>` (day or moment, inclusive)."""
    bounds = {sign: query.get(name + sign) for sign in ("", "<", ">")}
    if not any(bounds.values()):
        return True
    if at is None:
        return False
    return (
        (not bounds[""] or at.date() == _moment(bounds[""]).date())
        and (not bounds["<"] or at <= _moment(bounds["<"], end=True))
        and (not bounds[">"] or at >= _moment(bounds[">"]))
    )


def _moment(text: str, *, end: bool = False) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise Refusal(400, 20001, f"{text} is no date") from error
    if end and len(text) == len("2000-01-01"):
        at = at.replace(hour=23, minute=59, second=59)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
