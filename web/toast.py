"""What a page says once after something was done: carried by a short-lived cookie."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Final

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from outreach.errors import Rejected
from web.visitor import keep, local_path

COOKIE: Final = "outreach_toast"
LONGEST: Final = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    kind: str
    """done | refused"""
    text: str
    fix: str = ""


def refused(rejected: Rejected) -> Toast:
    return Toast(kind="refused", text=rejected.message, fix=rejected.fix)


def done(text: str) -> Toast:
    return Toast(kind="done", text=text)


def go_on(to: str, toast: Toast, *, secure: bool) -> Response:
    """Lead the browser to another page of ours, which says what was done."""
    response = RedirectResponse(local_path(to), status_code=303)
    said = json.dumps({name: text[:LONGEST] for name, text in asdict(toast).items()})
    value = base64.urlsafe_b64encode(said.encode()).decode()
    keep(response, COOKIE, value, secure=secure, seconds=60)
    return response


def take(request: Request) -> Toast | None:
    """What is to be said on this page; the response forgets it (`forget`)."""
    try:
        said = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        return Toast(kind=str(said["kind"]), text=str(said["text"]), fix=str(said.get("fix", "")))
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError):
        return None


def forget(request: Request, response: Response) -> None:
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/")
