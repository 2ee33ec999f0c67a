"""Is this request Twilio's own, and what does it say?"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from outreach.reports import Delivery
from webhooks.edge import Busy, Edge, Opened, Rejection

Params = ImmutableMultiDict[str, str]
Parsed = TypeVar("Parsed")

LARGEST_BODY: Final = 256 * 1024
MOST_PARAMS: Final = 1000
BODY_WITHIN_S: Final = 10
LONGEST_NOTE: Final = 300

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"

SECRETS: Final = frozenset({"CallToken", "StirPassportToken"})
"""Parameters that open something; they are not kept."""

TOKEN_HEADER: Final = "I-Twilio-Idempotency-Token"


class Malformed(Exception):
    """Twilio signed it, and yet it does not say what it must; the text names the parameter."""


async def signed_params(edge: Edge[Opened], request: Request) -> Params:
    """The parameters of a request that Twilio signed; any other ends here.

    Raises HTTPException: 403 where the signature is missing or wrong, 400, 408, 413 for bodies
    that cannot be read.
    """
    body = await read_body(edge, request)
    expected = expected_url(edge, request)
    signature = request.headers.get(SIGNATURE_HEADER)
    if not signature:
        raise await turned_away(edge, request, 403, "no_signature")
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        text = body.decode()
        params = _form(text) if kind in {FORM, ""} else None
        signs = params if params is not None else text
        valid = RequestValidator(edge.auth_token).validate(expected, signs, signature)
    # Bytes that are no text, too many fields, or JSON without its hash in the address: the SDK's
    # validator stumbles over what it cannot sign, and what cannot be signed is not Twilio's.
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise await turned_away(edge, request, 403, "wrong_signature")
    if params is not None:
        return _clean(params)
    if kind != JSON:
        raise await turned_away(edge, request, 400, "unknown_content_type")
    try:
        return _clean(_from_json(text))
    except Malformed as error:
        raise await turned_away(edge, request, 400, f"malformed_{error}") from error


async def parsed(edge: Edge[Opened], request: Request, parse: Callable[[Params], Parsed]) -> Parsed:
    """What a signed request says. Raises HTTPException as `signed_params`, 400 for nonsense."""
    params = await signed_params(edge, request)
    try:
        return parse(params)
    except Malformed as error:
        raise await turned_away(edge, request, 400, f"malformed_{error}") from error


async def take(
    edge: Edge[Opened], request: Request, parse: Callable[[Params], Delivery]
) -> Delivery:
    """Verify, parse, ingest. Raises HTTPException, 503 among them where there is no room."""
    if edge.is_full():
        raise no_room(Busy())
    delivery = await parsed(edge, request, parse)
    try:
        await edge.ingest(delivery)
    except Busy as busy:
        raise no_room(busy) from busy
    return delivery


def no_room(busy: Busy) -> HTTPException:
    """Twilio repeats what is answered so, because our addresses ask it to."""
    after = max(1, round(busy.retry_after.total_seconds()))
    return HTTPException(503, headers={"Retry-After": str(after)})


async def turned_away(
    edge: Edge[Opened], connection: HTTPConnection, status: int, reason: str
) -> HTTPException:
    """Note the rejection; the caller raises what this returns."""
    rejection = Rejection(
        path=_raw_path(connection)[:LONGEST_NOTE],
        expected_url=expected_url(edge, connection)[:LONGEST_NOTE],
        reason=reason,
    )
    await edge.reject(rejection)
    return HTTPException(status)


def expected_url(edge: Edge[Opened], connection: HTTPConnection) -> str:
    """The address as Twilio knows it; what a proxy says about itself decides nothing."""
    query: str = connection.scope["query_string"].decode("latin-1")
    path = _raw_path(connection)
    return f"{edge.public_url.rstrip('/')}{path}{'?' if query else ''}{query}"


def _raw_path(connection: HTTPConnection) -> str:
    """As it was sent, percent signs and all: the decoded one may hold what no table takes."""
    raw_path: bytes = connection.scope.get("raw_path") or connection.scope["path"].encode()
    return raw_path.partition(b"?")[0].decode("latin-1")


def required(params: Params, *names: str) -> str:
    """The first of these that says something. Raises Malformed."""
    for name in names:
        if value := params.get(name):
            return value
    raise Malformed(names[0])


def number(params: Params, name: str) -> int | None:
    """None where it is missing, blank or no whole number."""
    value = params.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def kept(params: Params) -> Mapping[str, object]:
    """All parameters but secrets, the unknown ones too; several values of one name as a list."""
    names = [name for name in params if name not in SECRETS]
    values = {name: params.getlist(name) for name in names}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


async def read_body(edge: Edge[Opened], request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The whole body, at most `largest` bytes. Raises HTTPException: 408, 413."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise await turned_away(edge, request, 413, "body_too_large")
    except TimeoutError as error:
        raise await turned_away(edge, request, 408, "body_too_slow") from error
    return bytes(body)


def _form(text: str) -> Params:
    # Blank values are signed too: without them every second webhook would look forged.
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMS, errors="strict")
    return ImmutableMultiDict(pairs)


def _clean(params: Params) -> Params:
    """Without what PostgreSQL cannot hold: zero characters, and halves of characters."""
    return ImmutableMultiDict(
        (name.replace("\0", ""), value.replace("\0", "").encode(errors="replace").decode())
        for name, value in params.multi_items()
    )


def _from_json(text: str) -> Params:
    try:
        given = json.loads(text)
    # Brackets nested a thousand deep are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    if not isinstance(given, dict):
        raise Malformed("json")
    return ImmutableMultiDict(
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in given.items()
        if value is not None
    )
