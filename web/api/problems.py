"""How the API refuses: RFC 9457 problems, made of the four facts that every refusal has."""

from collections.abc import Mapping
from typing import Final

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from outreach.errors import Rejected
from storage.contention import is_passing

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[Mapping[str, int]] = {
    "no_key": 401,
    "not_allowed": 403,
    "no_recording": 404,
    "already_in_campaign": 409,
    "campaign_over": 409,
    "contact_under_way": 409,
    "document_conflict": 409,
    "in_flight": 409,
    "number_of_another": 409,
    "opted_out": 409,
    "wrong_status": 409,
    "changed_meanwhile": 412,
    "body_too_large": 413,
    "if_match_missing": 428,
    "too_many_tries": 429,
    "busy": 503,
}
"""Codes that are not told as 422; what is unknown is 404 by the beginning of its code."""
KNOWN_BY_THEIR_ADDRESS: Final = frozenset(
    {
        "unknown_lead",
        "unknown_campaign",
        "unknown_call",
        "unknown_contact",
        "unknown_conversation",
        "unknown_endpoint",
        "unknown_delivery",
        "unknown_page",
    }
)
WAIT_S: Final = {429: "900", 503: "2"}


class Problem(BaseModel):
    """Why something was refused, and what to do about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:outreach:problem:already_in_campaign",
                    "title": "Already in campaign",
                    "status": 409,
                    "detail": "The campaign spring already has a lead with this number.",
                    "code": "already_in_campaign",
                    "fix": "See it with `outreach leads show` and the number.",
                    "where": "phone",
                    "details": [],
                }
            ]
        }
    )

    type: str = Field(description="`urn:outreach:problem:` and the code.")
    title: str = Field(description="The code as words; the same each time.")
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    code: str = Field(description="Stable; programs go by it.")
    fix: str = Field("", description="What to do about it; empty where nothing can be said.")
    where: str = Field("", description="The value or key that it is about.")
    details: list[str] = Field([], description="What helps to decide, line by line.")


def problem_of(rejected: Rejected, status: int | None = None) -> Problem:
    return Problem(
        type=f"urn:outreach:problem:{rejected.code}",
        title=rejected.code.replace("_", " ").capitalize(),
        status=status or status_of(rejected.code),
        detail=rejected.message,
        code=rejected.code,
        fix=rejected.fix,
        where=rejected.where,
        details=list(rejected.details),
    )


def problem(rejected: Rejected, status: int | None = None) -> Response:
    said = problem_of(rejected, status)
    headers = {"WWW-Authenticate": "Bearer"} if said.status == 401 else {}
    if said.status in WAIT_S:
        headers["Retry-After"] = WAIT_S[said.status]
    return Response(
        said.model_dump_json(), status_code=said.status, media_type=MEDIA_TYPE, headers=headers
    )


def status_of(code: str) -> int:
    if code in KNOWN_BY_THEIR_ADDRESS:
        return 404
    return STATUS.get(code, 422)


def busy() -> Rejected:
    return Rejected("busy", "The database is busy just now.", "Send the same again in a moment.")


def handle_all(app: FastAPI) -> None:
    """Whatever an operation raises is answered as a problem."""
    app.add_exception_handler(Rejected, _rejected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(psycopg.DataError, _bad_data)
    app.add_exception_handler(PoolTimeout, _away)
    app.add_exception_handler(Exception, _failed)


async def _rejected(_: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return problem(error)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = [_line(one["loc"], one["msg"]) for one in error.errors()]
    where, message = said[0].split(": ", 1)
    return problem(
        Rejected(
            "bad_value",
            f"{message}.",
            "Correct it as the OpenAPI document says.",
            where,
            details=tuple(said),
        )
    )


def _line(place: tuple[int | str, ...], message: str) -> str:
    path = ".".join(str(part) for part in place if part not in ("body", "query", "path"))
    return f"{path or 'body'}: {message}"


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "unknown_page", 405: "wrong_method"}.get(error.status_code, "bad_request")
    rejected = Rejected(code, f"{error.detail}.", "See the OpenAPI document for what there is.")
    answer = problem(rejected, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _database(request: Request, error: Exception) -> Response:
    if isinstance(error, DataError):
        return await _bad_data(request, error)
    assert isinstance(error, DBAPIError)
    if is_passing(error) or error.connection_invalidated:
        return problem(busy())
    return await _failed(request, error)


async def _bad_data(_: Request, error: Exception) -> Response:
    return problem(
        Rejected(
            "bad_value",
            "A value holds something that no database can keep.",
            "Send text without null characters, and numbers of a usual size.",
        )
    )


async def _away(_: Request, error: Exception) -> Response:
    return problem(busy())


async def _failed(request: Request, error: Exception) -> Response:
    log.error("an operation of the API failed", path=request.url.path, exc_info=error)
    rejected = Rejected(
        "failed", "Something went wrong here.", "Try again later, and tell us if it stays so."
    )
    return problem(rejected, 500)
