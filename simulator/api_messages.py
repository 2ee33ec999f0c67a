"""The Messages resource: create, fetch, list, delete."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.carrier import Carrier
from simulator.magic import check_message
from simulator.message import Message
from simulator.rest import (
    ACCOUNT_PATH,
    Refusal,
    carrier_of,
    form_of,
    is_within,
    not_found,
    page_of,
    rfc2822,
)
from simulator.whatsapp import Draft, parse_variables, send_message

_LONGEST_BODY = 1600


async def create(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    form = await form_of(request)
    draft = _draft(carrier, {key: values[0] for key, values in form.items()}, form)
    check_message(draft.to, draft.from_)
    if carrier.world.thread(draft.from_, draft.to).opted_out:
        raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    return JSONResponse(shown(carrier, send_message(carrier, draft)), status_code=201)


def _draft(carrier: Carrier, first: dict[str, str], form: dict[str, list[str]]) -> Draft:
    if not first.get("To"):
        raise Refusal(400, 21604, "A 'To' phone number is required.")
    if not first.get("From"):
        raise Refusal(400, 21603, "A 'From' phone number is required.")
    body, media = first.get("Body", ""), tuple(form.get("MediaUrl", []))
    content_sid = first.get("ContentSid", "")
    if not body and not media and not content_sid:
        raise Refusal(400, 21602, "Message body is required.")
    if content_sid and (body or media):
        raise Refusal(400, 21619, "Body and MediaUrl must be absent with ContentSid")
    if len(body) > _LONGEST_BODY:
        raise Refusal(400, 21617, f"The body exceeds {_LONGEST_BODY} characters")
    template = carrier.world.templates.get(content_sid)
    if content_sid and template is None:
        raise Refusal(400, 21655, "The ContentSid is invalid")
    try:
        variables = parse_variables(first.get("ContentVariables", ""))
    except ValueError as error:
        raise Refusal(400, 21656, "The ContentVariables parameter is invalid") from error
    return Draft(
        to=first["To"],
        from_=first["From"],
        body=body,
        media=media,
        template=template,
        variables=variables,
        status_callback=first.get("StatusCallback", ""),
    )


async def fetch(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    return JSONResponse(shown(carrier, _message(carrier, request)))


async def listing(request: Request) -> JSONResponse:
    carrier, query = carrier_of(request), request.query_params
    lag = timedelta(seconds=getattr(request.state, "stale_s", 0.0))
    newest = carrier.world.now() - lag
    found = [
        message
        for message in reversed(carrier.world.messages.values())
        if query.get("To") in (None, "", message.to)
        and query.get("From") in (None, "", message.from_)
        and is_within(message.sent_at, query, "DateSent")
        and (not lag or message.created_at <= newest)
    ]
    return page_of(request, "messages", found, lambda message: shown(carrier, message))


async def delete(request: Request) -> Response:
    carrier = carrier_of(request)
    del carrier.world.messages[_message(carrier, request).sid]
    return Response(status_code=204)


def _message(carrier: Carrier, request: Request) -> Message:
    message = carrier.world.messages.get(request.path_params["sid"])
    if message is None:
        raise not_found(request.url.path)
    return message


def shown(carrier: Carrier, message: Message) -> dict[str, object]:
    """The message as the provider's schema has it."""
    uri = f"/2010-04-01/Accounts/{carrier.world.account_sid}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": carrier.world.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "date_updated": rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.from_,
        "messaging_service_sid": None,
        "num_media": str(len(message.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def routes() -> list[Route]:
    one = ACCOUNT_PATH + "/Messages/{sid}.json"
    return [
        Route(ACCOUNT_PATH + "/Messages.json", create, methods=["POST"]),
        Route(ACCOUNT_PATH + "/Messages.json", listing, methods=["GET"]),
        Route(one, fetch, methods=["GET"]),
        Route(one, delete, methods=["DELETE"]),
    ]
