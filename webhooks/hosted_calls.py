"""What do other platforms tell of the calls that they run?"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from outreach.call_mapping import CallMapping, NotADelivery, read_delivery
from outreach.reports import CallDelivered, Delivery
from webhooks.edge import Busy, Edge, Opened
from webhooks.hosted_signature import Seal, Signed, StandardWebhooks, why_not
from webhooks.twilio_request import no_room, read_body, turned_away

LARGEST_DELIVERY: Final = 2 * 1024 * 1024
"""A transcript of hours; audio inside the message is not taken."""
LONGEST_ID: Final = 200
"""Of a delivery, as it is kept; a longer one is known by its hash."""
PREFIX: Final = "hosted:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A platform that may tell of its calls."""

    name: str
    """As it stands in the address."""
    seal: Seal
    mapping: CallMapping | None
    """None: it speaks our own schema."""


def hosted_routes(
    edge: Edge[Opened], sources: Mapping[str, Source], clock: Callable[[], float] = time.time
) -> APIRouter:
    """`clock` is the real time in seconds: signatures are held against it."""
    router = APIRouter(prefix="/webhooks/calls", include_in_schema=False)

    @router.post("/{source}", status_code=204, response_model=None)
    async def delivered(request: Request, source: str) -> Response | None:
        known = sources.get(source)
        if known is None:
            raise await turned_away(edge, request, 404, "unknown_source")
        body = await read_body(edge, request, LARGEST_DELIVERY)
        reason = why_not(known.seal, Signed(headers=request.headers, body=body, now_s=clock()))
        if reason is not None:
            raise await turned_away(edge, request, 403, reason)
        try:
            delivery = _read(request, known, body)
        except NotADelivery as error:
            # Kept on the list of rejections; who signed it may also hear what is wrong with it.
            await turned_away(edge, request, 400, f"malformed_{error}")
            return explained(error)
        if delivery is None:
            return None
        try:
            await edge.ingest(delivery)
        except Busy as busy:
            raise no_room(busy) from busy
        return None

    return router


def explained(error: NotADelivery) -> JSONResponse:
    """What is wrong, where, and what to do: as a problem document, without any value."""
    return JSONResponse(
        {
            "type": f"malformed_{error}",
            "title": "The message is signed correctly, but it is no delivery.",
            "status": 400,
            "detail": error.message,
            "where": error.path,
            "fix": error.fix,
        },
        status_code=400,
        media_type="application/problem+json",
    )


def _read(request: Request, source: Source, body: bytes) -> Delivery | None:
    """The delivery in a signed body; None for an event that speaks of no call.

    Raises NotADelivery.
    """
    try:
        given = clean(json.loads(body))
        call = read_delivery(given, source.mapping)
    # Brackets nested a thousand deep are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise NotADelivery(
            "json",
            "The body is no JSON, or is nested too deeply.",
            "Send one JSON object, as docs/webhooks.md describes it.",
            "document",
        ) from error
    if call is None:
        return None
    return Delivery(
        source=f"{PREFIX}{source.name}",
        key=_key(source, request, body),
        report=CallDelivered(source=source.name, call=call),
        payload=given if isinstance(given, dict) else {},
    )


def _key(source: Source, request: Request, body: bytes) -> str:
    """Equal for repeats: the sender's own id where the scheme signs one, else the content."""
    if isinstance(source.seal.scheme, StandardWebhooks):
        id_ = request.headers["webhook-id"]
        # An index takes no key of any length.
        return f"id:{id_ if len(id_) <= LONGEST_ID else hashlib.sha256(id_.encode()).hexdigest()}"
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def clean(value: object) -> object:
    """Without what PostgreSQL cannot hold: zero characters, halves of characters, NaN."""
    match value:
        case str():
            return value.replace("\0", "").encode(errors="replace").decode()
        case dict():
            return {str(clean(key)): clean(one) for key, one in value.items()}
        case list():
            return [clean(one) for one in value]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return None
        case _:
            return value
