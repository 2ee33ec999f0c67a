"""What do a website, a mailing or another source tell of what people do?"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from outreach.accounts.touchpoint_delivery import TouchpointDelivery, read_touchpoints
from outreach.call_mapping import NotADelivery
from outreach.reports import Delivery, TouchpointsDelivered
from webhooks.edge import Busy, Edge, Opened
from webhooks.hosted_calls import clean, explained
from webhooks.hosted_signature import Seal, Signed, StandardWebhooks, why_not
from webhooks.twilio_request import no_room, read_body, turned_away

LARGEST: Final = 1024 * 1024
PREFIX: Final = "touchpoints:"


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointSource:
    """Somebody who may tell what people do."""

    name: str
    """As it stands in the address."""
    seal: Seal


def touchpoint_routes(
    edge: Edge[Opened],
    sources: Mapping[str, TouchpointSource],
    clock: Callable[[], float] = time.time,
) -> APIRouter:
    """`clock` is the real time in seconds: signatures are held against it."""
    router = APIRouter(prefix="/webhooks/touchpoints", include_in_schema=False)

    @router.post("/{source}", status_code=204, response_model=None)
    async def delivered(request: Request, source: str) -> Response | None:
        known = sources.get(source)
        if known is None:
            raise await turned_away(edge, request, 404, "unknown_source")
        body = await read_body(edge, request, LARGEST)
        reason = why_not(known.seal, Signed(headers=request.headers, body=body, now_s=clock()))
        if reason is not None:
            raise await turned_away(edge, request, 403, reason)
        try:
            told = _read(body)
        except NotADelivery as error:
            # Kept on the list of rejections; who signed it may also hear what is wrong with it.
            await turned_away(edge, request, 400, f"malformed_{error}")
            return explained(error)
        try:
            await edge.ingest(_delivery(known, request, body, told))
        except Busy as busy:
            raise no_room(busy) from busy
        return None

    return router


def _read(body: bytes) -> TouchpointDelivery:
    try:
        given = clean(json.loads(body))
    # Brackets nested a thousand deep are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise NotADelivery(
            "json",
            "The body is no JSON, or is nested too deeply.",
            "Send one JSON object, as docs/howto-journeys.md describes it.",
            "document",
        ) from error
    return read_touchpoints(given)


def _delivery(
    source: TouchpointSource, request: Request, body: bytes, told: TouchpointDelivery
) -> Delivery:
    """A repeat of the whole message is told by its id, else by its content."""
    key = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if isinstance(source.seal.scheme, StandardWebhooks):
        key = f"id:{request.headers['webhook-id']}"
    # The report holds all that it says: the body is not kept beside it.
    return Delivery(
        source=f"{PREFIX}{source.name}",
        key=key,
        report=TouchpointsDelivered(source=source.name, delivery=told),
    )
