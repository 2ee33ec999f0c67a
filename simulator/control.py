"""How does one watch and steer the simulated world? Everything under `/_sim`."""

from dataclasses import replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import hosted, shown
from simulator.call import Number
from simulator.carrier import Carrier
from simulator.clock import BackwardsMove
from simulator.faults import parse_rule
from simulator.furnishing import add_number, add_template
from simulator.inbound_call import receive_call
from simulator.incoming import receive_message
from simulator.oracle import verdict
from simulator.personas import persona_for, persona_named


class BadControl(ValueError):
    """A request to `/_sim` that makes no sense; the text says what to send."""


async def account(request: Request) -> JSONResponse:
    world = _carrier(request).world
    return JSONResponse(
        {
            "simulated": True,
            "base_url": world.base_url,
            "account_sid": world.account_sid,
            "auth_token": world.auth_token,
        }
    )


async def calls(request: Request) -> JSONResponse:
    world = _carrier(request).world
    return JSONResponse([shown.call(world, call) for call in world.calls.values()])


async def messages(request: Request) -> JSONResponse:
    world = _carrier(request).world
    return JSONResponse([shown.message(message) for message in world.messages.values()])


async def requests(request: Request) -> JSONResponse:
    """`kind`, `event` and `sid` in the query choose."""
    wanted = request.query_params
    found = [shown.request(each) for each in _carrier(request).world.requests]
    return JSONResponse(
        [
            each
            for each in found
            if all(wanted.get(key) in (None, each[key]) for key in ("kind", "event", "sid"))
        ]
    )


async def notices(request: Request) -> JSONResponse:
    """The carrier's debugger."""
    return JSONResponse(
        [
            {"at": each.at.isoformat(), "code": each.code, "text": each.text, "sid": each.sid}
            for each in _carrier(request).world.notices
        ]
    )


async def oracle(request: Request) -> JSONResponse:
    return JSONResponse(verdict(_carrier(request).world.witness))


async def clock(request: Request) -> JSONResponse:
    return JSONResponse(_clock(_carrier(request)))


async def move_clock(request: Request) -> JSONResponse:
    carrier = _carrier(request)
    given = await _object(request)
    try:
        to = datetime.fromisoformat(_text(given, "now"))
    except ValueError as error:
        raise BadControl('send {"now": an ISO 8601 time}') from error
    if to.tzinfo is None:
        raise BadControl("now needs its offset from UTC")
    try:
        await carrier.world.clock.move(to.astimezone(UTC))
    except BackwardsMove as error:
        raise BadControl(str(error)) from error
    return JSONResponse(_clock(carrier))


async def person_calls(request: Request) -> JSONResponse:
    carrier = _carrier(request)
    given = await _object(request)
    number = carrier.world.number_of(_text(given, "to"))
    if number is None or not number.voice_url:
        raise BadControl("POST /_sim/numbers with this number and its voice_url first")
    name, caller = _text(given, "persona", ""), _text(given, "from")
    persona = persona_named(name) if name else persona_for(caller)
    if persona is None:
        raise BadControl("persona is a name that `GET /_sim/calls` may show, such as interested")
    call = receive_call(carrier, number, caller, persona)
    return JSONResponse(shown.call(carrier.world, call), status_code=201)


async def person_writes(request: Request) -> JSONResponse:
    """Answers when our address has been told."""
    carrier = _carrier(request)
    given = await _object(request)
    from_, to = _text(given, "from"), _text(given, "to")
    if from_.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise BadControl("from and to are both whatsapp: addresses, or neither is")
    message = await receive_message(
        carrier,
        from_=from_,
        to=to,
        body=_text(given, "body", ""),
        button=_text(given, "button", ""),
    )
    return JSONResponse(shown.message(message), status_code=201)


async def platform_tells(request: Request) -> JSONResponse:
    """Another platform tells of a call that it runs; simulator.hosted says what may be sent."""
    try:
        telling = hosted.parse(await _object(request))
    except hosted.BadTelling as error:
        raise BadControl(str(error)) from error
    sent = await hosted.tell(telling)
    return JSONResponse(
        [{"parts": one.parts, "fault": one.fault, "status": one.status} for one in sent],
        status_code=201,
    )


async def numbers(request: Request) -> JSONResponse:
    return JSONResponse([_number(each) for each in _carrier(request).world.numbers.values()])


async def set_number(request: Request) -> JSONResponse:
    """One of our numbers; the same number again replaces what was said before."""
    world = _carrier(request).world
    given = await _object(request)
    address = _text(given, "number")
    number = replace(
        add_number(
            world,
            address,
            voice_url=_text(given, "voice_url", ""),
            sms_url=_text(given, "sms_url", ""),
            status_callback=_text(given, "status_callback", ""),
        ),
        is_voice=given.get("is_voice", True) is not False,
        sender_status=_text(given, "sender_status", "ONLINE"),
    )
    world.numbers[address] = number
    return JSONResponse(_number(number), status_code=201)


async def set_template(request: Request) -> JSONResponse:
    """A template with a chosen state: `{"body", "sid"?, "approval"?, "language"?, "buttons"?}`."""
    world = _carrier(request).world
    given = await _object(request)
    approval = _text(given, "approval", "approved")
    match approval:
        case "approved" | "rejected" | "paused" | "disabled" | "pending" | "unsubmitted":
            template = add_template(
                world,
                _text(given, "body"),
                sid=_text(given, "sid", ""),
                name=_text(given, "name", "template"),
                language=_text(given, "language", "en"),
            )
            template.approval = approval
        case _:
            raise BadControl(f"{approval} is no state of approval")
    return JSONResponse({"sid": template.sid, "approval": template.approval}, status_code=201)


async def faults(request: Request) -> JSONResponse:
    return JSONResponse(_carrier(request).world.faults.as_json())


async def set_faults(request: Request) -> JSONResponse:
    """`{"rules": [...], "seed"?}` replaces the plan; simulator.faults says what a rule is."""
    plan = _carrier(request).world.faults
    given = await _object(request)
    rules, seed = given.get("rules"), given.get("seed")
    if not isinstance(rules, list) or not isinstance(seed, int | None):
        raise BadControl('send {"rules": [...], "seed": a whole number or nothing}')
    try:
        plan.replace([parse_rule(each) for each in rules], seed)
    except ValueError as error:
        raise BadControl(str(error)) from error
    return JSONResponse(plan.as_json())


async def clear_faults(request: Request) -> Response:
    _carrier(request).world.faults.replace([], None)
    return Response(status_code=204)


async def knobs(request: Request) -> JSONResponse:
    return JSONResponse(_carrier(request).world.knobs.as_json())


async def set_knobs(request: Request) -> JSONResponse:
    world = _carrier(request).world
    try:
        world.knobs = world.knobs.with_changes(await _object(request))
    except ValueError as error:
        raise BadControl(str(error)) from error
    return JSONResponse(world.knobs.as_json())


def bad_control(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=400)


def _carrier(request: Request) -> Carrier:
    carrier: Carrier = request.app.state.carrier
    return carrier


def _clock(carrier: Carrier) -> dict[str, object]:
    world = carrier.world
    next_at = world.clock.next_at
    return {
        "now": world.now().isoformat(),
        "busy": world.is_busy,
        "next_at": None if next_at is None else next_at.isoformat(),
    }


def _number(number: Number) -> dict[str, object]:
    return {
        "sid": number.sid,
        "number": number.number,
        "voice_url": number.voice_url,
        "sms_url": number.sms_url,
        "status_callback": number.status_callback,
        "is_voice": number.is_voice,
        "sender_status": number.sender_status,
    }


async def _object(request: Request) -> dict[str, object]:
    try:
        given = await request.json()
    except ValueError as error:
        raise BadControl("the body is not JSON") from error
    if not isinstance(given, dict):
        raise BadControl("the body is not a JSON object")
    return given


def _text(given: dict[str, object], key: str, default: str | None = None) -> str:
    value = given.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise BadControl(f"{key} is missing, or no text")
    return value


def routes() -> list[Route]:
    return [
        Route("/_sim", account, methods=["GET"]),
        Route("/_sim/account", account, methods=["GET"]),
        Route("/_sim/calls", calls, methods=["GET"]),
        Route("/_sim/calls", person_calls, methods=["POST"]),
        Route("/_sim/hosted", platform_tells, methods=["POST"]),
        Route("/_sim/messages", messages, methods=["GET"]),
        Route("/_sim/messages", person_writes, methods=["POST"]),
        Route("/_sim/requests", requests, methods=["GET"]),
        Route("/_sim/notices", notices, methods=["GET"]),
        Route("/_sim/oracle", oracle, methods=["GET"]),
        Route("/_sim/clock", clock, methods=["GET"]),
        Route("/_sim/clock", move_clock, methods=["POST"]),
        Route("/_sim/numbers", numbers, methods=["GET"]),
        Route("/_sim/numbers", set_number, methods=["POST"]),
        Route("/_sim/templates", set_template, methods=["POST"]),
        Route("/_sim/faults", faults, methods=["GET"]),
        Route("/_sim/faults", set_faults, methods=["POST"]),
        Route("/_sim/faults", clear_faults, methods=["DELETE"]),
        Route("/_sim/knobs", knobs, methods=["GET"]),
        Route("/_sim/knobs", set_knobs, methods=["POST"]),
    ]
