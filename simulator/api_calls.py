"""The Calls resource: create, fetch, list, change, delete."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.call import Call, HangUp, Instruction, NewTwiml, NewUrl
from simulator.call_order import order_from, voice_from
from simulator.carrier import Carrier
from simulator.dialing import place_call
from simulator.magic import check_call
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

_PRICE_PER_MINUTE = 0.0085
_FOLLOWED_WITHIN = 50  # hundredths of a second


async def create(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    order = order_from(await form_of(request))
    check_call(order.to, order.from_)
    limit = carrier.world.knobs.concurrent_calls
    if limit and sum(not call.is_over for call in carrier.world.calls.values()) >= limit:
        raise Refusal(429, 10004, "Call concurrency limit exceeded")
    return JSONResponse(shown(carrier, place_call(carrier, order)), status_code=201)


async def fetch(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    return JSONResponse(shown(carrier, _call(carrier, request)))


async def listing(request: Request) -> JSONResponse:
    carrier, query = carrier_of(request), request.query_params
    lag = timedelta(seconds=getattr(request.state, "stale_s", 0.0))
    newest = carrier.world.now() - lag
    found = [
        call
        for call in reversed(carrier.world.calls.values())
        if query.get("To") in (None, "", call.order.to)
        and query.get("From") in (None, "", call.order.from_)
        and query.get("Status") in (None, "", call.status)
        and is_within(call.ringing_at, query, "StartTime")
        and is_within(call.ended_at, query, "EndTime")
        and (not lag or call.created_at <= newest)
    ]
    return page_of(request, "calls", found, lambda call: shown(carrier, call))


async def change(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    call = _call(carrier, request)
    form = {key: values[0] for key, values in (await form_of(request)).items()}
    call.instructions.put_nowait(_instruction(call, form))
    call.updated_at = carrier.world.now()
    # The answer shows what the instruction leads to, as soon as the call has followed it.
    for _ in range(_FOLLOWED_WITHIN):
        if call.instructions.empty() and (call.is_over or "Status" not in form):
            break
        await carrier.world.clock.sleep(0.01)
    return JSONResponse(shown(carrier, call))


def _instruction(call: Call, form: dict[str, str]) -> Instruction:
    status = form.get("Status", "")
    if status not in ("", "canceled", "completed"):
        raise Refusal(400, 21218, f"Invalid status {status}")
    if status:
        if call.is_over or (status == "canceled" and call.status == "in-progress"):
            raise Refusal(400, 21220, f"Invalid call state: the call is {call.status}")
        return HangUp()
    if not form.get("Url") and not form.get("Twiml"):
        raise Refusal(400, 21218, "Status, Url or Twiml is required")
    if call.status != "in-progress":
        raise Refusal(400, 21220, "Call is not in-progress. Cannot redirect.")
    voice = voice_from(form)
    return NewUrl(voice=voice) if voice.url else NewTwiml(text=form["Twiml"])


async def delete(request: Request) -> Response:
    carrier = carrier_of(request)
    call = _call(carrier, request)
    if not call.is_over:
        raise Refusal(409, 20009, "The call is still under way")
    del carrier.world.calls[call.sid]
    return Response(status_code=204)


def _call(carrier: Carrier, request: Request) -> Call:
    call = carrier.world.calls.get(request.path_params["sid"])
    if call is None:
        raise not_found(request.url.path)
    return call


def shown(carrier: Carrier, call: Call) -> dict[str, object]:
    """The call as the provider's schema has it: dates in RFC 2822, numbers as strings."""
    order = call.order
    uri = f"/2010-04-01/Accounts/{carrier.world.account_sid}/Calls/{call.sid}"
    minutes = -(-call.seconds // 60)
    return {
        "sid": call.sid,
        "account_sid": carrier.world.account_sid,
        "api_version": "2010-04-01",
        "annotation": None,
        "answered_by": call.answered_by or None,
        "caller_name": None,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "direction": order.direction,
        "duration": str(call.seconds) if call.is_over else None,
        "end_time": rfc2822(call.ended_at),
        "forwarded_from": None,
        "from": order.from_,
        "from_formatted": order.from_,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": f"{-_PRICE_PER_MINUTE * minutes:.5f}" if call.is_over and minutes else None,
        "price_unit": "USD",
        "queue_time": str(call.queue_ms),
        "start_time": rfc2822(call.answered_at or call.ringing_at),
        "status": call.status,
        "subresource_uris": {
            "recordings": f"{uri}/Recordings.json",
            "events": f"{uri}/Events.json",
        },
        "to": order.to,
        "to_formatted": order.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def routes() -> list[Route]:
    one = ACCOUNT_PATH + "/Calls/{sid}.json"
    return [
        Route(ACCOUNT_PATH + "/Calls.json", create, methods=["POST"]),
        Route(ACCOUNT_PATH + "/Calls.json", listing, methods=["GET"]),
        Route(one, fetch, methods=["GET"]),
        Route(one, change, methods=["POST"]),
        Route(one, delete, methods=["DELETE"]),
    ]
