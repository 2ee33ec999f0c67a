"""What kind of line is a number? Mobile, unless somebody has set another kind."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulator.rest import carrier_of

FIELD: Final = "line_type_intelligence"


async def fetch_number(request: Request) -> JSONResponse:
    world = carrier_of(request).world
    phone = request.path_params["phone"]
    kind = world.line_types.get(phone, "mobile")
    asked = FIELD in request.query_params.get("Fields", "").split(",")
    line = {
        "type": None if kind == "unknown" else kind,
        "carrier_name": "Simulated carrier",
        "mobile_country_code": None,
        "mobile_network_code": None,
        "error_code": None,
    }
    is_valid = kind != "invalid"
    return JSONResponse(
        {
            "phone_number": phone,
            "valid": is_valid,
            "validation_errors": [] if is_valid else ["INVALID_LENGTH"],
            "calling_country_code": None,
            "country_code": None,
            "national_format": None,
            FIELD: line if asked and is_valid else None,
            "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{phone}",
        }
    )


def routes() -> list[Route]:
    return [Route("/v2/PhoneNumbers/{phone}", fetch_number, methods=["GET"])]
