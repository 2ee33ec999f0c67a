"""The Content API: templates and their approval."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.carrier import Carrier
from simulator.message import Template
from simulator.rest import Refusal, carrier_of, iso, not_found, page_of


async def create(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    world = carrier.world
    given = await _json(request)
    types, variables = given.get("types"), given.get("variables") or {}
    language = given.get("language")
    if not isinstance(types, dict) or not types or not isinstance(language, str):
        raise Refusal(400, 20001, "language and types are required")
    if not isinstance(variables, dict):
        raise Refusal(400, 20001, "variables is an object")
    template = Template(
        sid=world.new_sid("HX"),
        friendly_name=str(given.get("friendly_name") or ""),
        language=language,
        variables={str(key): str(value) for key, value in variables.items()},
        types=types,
        created_at=world.now(),
        updated_at=world.now(),
    )
    world.templates[template.sid] = template
    return JSONResponse(shown(carrier, template), status_code=201)


async def fetch(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    return JSONResponse(shown(carrier, _template(carrier, request)))


async def listing(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    found = list(reversed(carrier.world.templates.values()))
    page = json.loads(
        bytes(page_of(request, "contents", found, lambda each: shown(carrier, each)).body)
    )
    meta = {
        "key": "contents",
        "page": page["page"],
        "page_size": page["page_size"],
        "url": _absolute(request, page["uri"]),
        "first_page_url": _absolute(request, page["first_page_uri"]),
        "next_page_url": _absolute(request, page["next_page_uri"]),
        "previous_page_url": _absolute(request, page["previous_page_uri"]),
    }
    return JSONResponse({"contents": page["contents"], "meta": meta})


async def delete(request: Request) -> Response:
    carrier = carrier_of(request)
    del carrier.world.templates[_template(carrier, request).sid]
    return Response(status_code=204)


async def ask_approval(request: Request) -> JSONResponse:
    """Reviewed after the knob `template_review_s`; the names rejected_… are turned down."""
    carrier = carrier_of(request)
    template = _template(carrier, request)
    given = await _json(request)
    name, category = given.get("name"), given.get("category")
    if not isinstance(name, str) or not isinstance(category, str):
        raise Refusal(400, 20001, "name and category are required")
    template.approval_name, template.category = name, category
    template.approval = "received"
    if carrier.world.knobs.template_review_s:
        carrier.world.spawn(_review(carrier, template))
    else:
        _decide(carrier, template)
    return JSONResponse(_approval(template), status_code=201)


async def fetch_approval(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    template = _template(carrier, request)
    return JSONResponse(
        {
            "sid": template.sid,
            "account_sid": carrier.world.account_sid,
            "whatsapp": {"type": "whatsapp", **_approval(template)},
            "url": _absolute(request, request.url.path),
        }
    )


async def _review(carrier: Carrier, template: Template) -> None:
    await carrier.world.clock.carrier_wait(carrier.world.knobs.template_review_s)
    _decide(carrier, template)


def _decide(carrier: Carrier, template: Template) -> None:
    is_rejected = template.approval_name.startswith("rejected_")
    template.approval = "rejected" if is_rejected else "approved"
    template.updated_at = carrier.world.now()


def _approval(template: Template) -> dict[str, object]:
    return {
        "name": template.approval_name,
        "category": template.category,
        "content_type": next(iter(template.types), ""),
        "status": template.approval,
        "rejection_reason": "name asks for it" if template.approval == "rejected" else "",
        "allow_category_change": True,
    }


async def _json(request: Request) -> dict[str, object]:
    try:
        given = await request.json()
    except ValueError as error:
        raise Refusal(400, 20001, "The body is not JSON") from error
    if not isinstance(given, dict):
        raise Refusal(400, 20001, "The body is not a JSON object")
    return given


def _template(carrier: Carrier, request: Request) -> Template:
    template = carrier.world.templates.get(request.path_params["sid"])
    if template is None:
        raise not_found(request.url.path)
    return template


def _absolute(request: Request, path: str | None) -> str | None:
    host = request.headers.get("x-twilio-original-host")
    base = f"https://{host}" if host else str(request.base_url).rstrip("/")
    return None if path is None else base + path


def shown(carrier: Carrier, template: Template) -> dict[str, object]:
    """The template as the provider's schema has it."""
    url = f"https://content.twilio.com/v1/Content/{template.sid}"
    return {
        "sid": template.sid,
        "account_sid": carrier.world.account_sid,
        "friendly_name": template.friendly_name,
        "language": template.language,
        "variables": template.variables,
        "types": template.types,
        "url": url,
        "date_created": iso(template.created_at),
        "date_updated": iso(template.updated_at),
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }


def routes() -> list[Route]:
    one = "/v1/Content/{sid}"
    return [
        Route("/v1/Content", create, methods=["POST"]),
        Route("/v1/Content", listing, methods=["GET"]),
        Route(one, fetch, methods=["GET"]),
        Route(one, delete, methods=["DELETE"]),
        Route(one + "/ApprovalRequests/whatsapp", ask_approval, methods=["POST"]),
        Route(one + "/ApprovalRequests", fetch_approval, methods=["GET"]),
    ]
