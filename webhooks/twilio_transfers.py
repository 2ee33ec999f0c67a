"""A call that goes on with a colleague: what does Twilio ask, and what is it told?"""

from functools import partial
from uuid import UUID

from fastapi import APIRouter, Request, Response

from webhooks import twiml
from webhooks.edge import Brief, Dial, Edge, Opened
from webhooks.twilio_request import Malformed, Params, parsed, required


def transfer_routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter(prefix="/webhooks/twilio/voice", include_in_schema=False)

    @router.post("/{attempt}/after")
    async def after(request: Request, attempt: str) -> Response:
        """Our side has closed the media of this call."""
        attempt_id, call_sid = await parsed(edge, request, partial(_which, attempt))
        plan = await edge.transfers.follow(attempt_id, call_sid)
        if isinstance(plan, Dial):
            return _twiml(twiml.dial(plan, edge.public_url))
        return _twiml(twiml.answer(plan, edge.public_url))

    @router.post("/{attempt}/briefing")
    async def briefing(request: Request, attempt: str) -> Response:
        """A colleague has answered."""
        attempt_id, _ = await parsed(edge, request, partial(_which, attempt))
        plan = await edge.transfers.brief(attempt_id)
        if isinstance(plan, Brief):
            return _twiml(twiml.brief(plan, edge.public_url))
        return _twiml(twiml.answer(plan, edge.public_url))

    @router.post("/{attempt}/accepted")
    async def accepted(request: Request, attempt: str) -> Response:
        """The colleague has pressed a key."""
        attempt_id, _ = await parsed(edge, request, partial(_which, attempt))
        await edge.transfers.accepted(attempt_id)
        return _twiml(twiml.nothing())

    @router.post("/{attempt}/transferred")
    async def transferred(request: Request, attempt: str) -> Response:
        """The colleague has left, or never came."""
        attempt_id, call_sid = await parsed(edge, request, partial(_which, attempt))
        plan = await edge.transfers.returned(attempt_id, call_sid)
        return _twiml(twiml.answer(plan, edge.public_url))

    return router


def _which(attempt: str, params: Params) -> tuple[UUID, str]:
    try:
        return UUID(attempt), required(params, "CallSid")
    except ValueError as error:
        raise Malformed("attempt_id") from error


def _twiml(document: bytes) -> Response:
    return Response(document, media_type="text/xml")
