"""What do people write to us, and what became of what we wrote to them?"""

from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from channels.twilio_words import bare
from outreach.reports import Delivery, MessageReceived, MessageReported
from webhooks import twiml
from webhooks.edge import Edge, Opened
from webhooks.twilio_request import Malformed, Params, kept, number, required, take

SOURCE: Final = "twilio.whatsapp"
MOST_MEDIA: Final = 10


def whatsapp_routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter(prefix="/webhooks/twilio/whatsapp", include_in_schema=False)

    @router.post("/inbound")
    async def inbound(request: Request) -> Response:
        await take(edge, request, message_received)
        return Response(twiml.nothing(), media_type="text/xml")

    @router.post("/status/{message}", status_code=204)
    async def status(request: Request, message: str) -> None:
        await take(edge, request, partial(message_reported, message))

    return router


def message_received(params: Params) -> Delivery:
    sid = required(params, "MessageSid", "SmsMessageSid", "SmsSid")
    body = params.get("Body", "")
    button = _button(params)
    media = _media(params)
    report = MessageReceived(
        provider_ref=sid,
        from_=bare(required(params, "From")),
        to=bare(required(params, "To")),
        body=body,
        button=button,
        profile_name=params.get("ProfileName") or None,
        media=media,
        kind=_kind(button, media, body),
        answered_ref=params.get("OriginalRepliedMessageSid") or None,
    )
    return Delivery(source=SOURCE, key=f"received:{sid}", report=report, payload=kept(params))


def message_reported(message: str, params: Params) -> Delivery:
    sid = required(params, "MessageSid", "SmsSid")
    status = required(params, "MessageStatus", "SmsStatus")
    try:
        message_id = UUID(message)
    except ValueError as error:
        raise Malformed("message_id") from error
    report = MessageReported(
        message_id=message_id,
        provider_ref=sid,
        status=status,
        error_code=params.get("ErrorCode") or None,
    )
    return Delivery(
        source=SOURCE, key=f"message:{sid}:{status}", report=report, payload=kept(params)
    )


def _button(params: Params) -> str | None:
    """What our own name for the pressed button is, else what stood on it."""
    names = ("ButtonPayload", "ListId", "ButtonText", "ListTitle")
    return next((value for name in names if (value := params.get(name))), None)


def _media(params: Params) -> tuple[str, ...]:
    count = min(number(params, "NumMedia") or 0, MOST_MEDIA)
    urls = (params.get(f"MediaUrl{index}") for index in range(count))
    return tuple(url for url in urls if url)


def _kind(button: str | None, media: tuple[str, ...], body: str) -> str:
    if button is not None:
        return "button"
    if media:
        return "media"
    return "text" if body.strip() else "other"
