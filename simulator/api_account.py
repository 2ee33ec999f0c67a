"""The account itself and its numbers."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulator.call import Number
from simulator.carrier import Carrier
from simulator.rest import ACCOUNT_PATH, carrier_of, page_of, rfc2822

SENDERS = "https://messaging.twilio.com/v2/Channels/Senders"
WHATSAPP = "whatsapp:"


async def fetch_account(request: Request) -> JSONResponse:
    world = carrier_of(request).world
    return JSONResponse(
        {
            "sid": world.account_sid,
            "owner_account_sid": world.account_sid,
            "friendly_name": "Simulated account",
            "status": "active",
            "type": "Full",
            "date_created": rfc2822(world.now()),
            "date_updated": rfc2822(world.now()),
            "uri": f"/2010-04-01/Accounts/{world.account_sid}.json",
            "subresource_uris": {},
        }
    )


async def list_numbers(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    wanted = request.query_params.get("PhoneNumber", "")
    found = [
        each
        for each in carrier.world.numbers.values()
        if wanted in ("", each.number) and not each.number.startswith(WHATSAPP)
    ]
    return page_of(request, "incoming_phone_numbers", found, lambda number: shown(carrier, number))


async def list_senders(request: Request) -> JSONResponse:
    """The senders of one channel, as the messaging API lists them."""
    world = carrier_of(request).world
    prefix = f"{request.query_params.get('Channel', 'whatsapp')}:"
    found = [each for each in world.numbers.values() if each.number.startswith(prefix)]
    meta = {
        "page": 0,
        "page_size": len(found),
        "first_page_url": f"{SENDERS}?PageSize=50&Page=0",
        "previous_page_url": None,
        "url": f"{SENDERS}?PageSize=50&Page=0",
        "next_page_url": None,
        "key": "senders",
    }
    return JSONResponse({"meta": meta, "senders": [sender_shown(each) for each in found]})


def sender_shown(number: Number) -> dict[str, object]:
    sid = f"XE{number.sid[2:]}"
    return {
        "sid": sid,
        "status": number.sender_status,
        "sender_id": number.number,
        "webhook": {"callback_url": number.sms_url, "callback_method": "POST"},
        "url": f"{SENDERS}/{sid}",
    }


def shown(carrier: Carrier, number: Number) -> dict[str, object]:
    return {
        "sid": number.sid,
        "account_sid": carrier.world.account_sid,
        "phone_number": number.number,
        "friendly_name": number.number,
        "voice_url": number.voice_url,
        "voice_method": "POST",
        "sms_url": number.sms_url,
        "sms_method": "POST",
        "status_callback": number.status_callback,
        "status_callback_method": "POST",
        "capabilities": {"voice": number.is_voice, "sms": True, "mms": False, "fax": False},
        "api_version": "2010-04-01",
        "status": "in-use",
        "uri": f"/2010-04-01/Accounts/{carrier.world.account_sid}"
        f"/IncomingPhoneNumbers/{number.sid}.json",
    }


def routes() -> list[Route]:
    return [
        Route(ACCOUNT_PATH + ".json", fetch_account, methods=["GET"]),
        Route(ACCOUNT_PATH + "/IncomingPhoneNumbers.json", list_numbers, methods=["GET"]),
        Route("/v2/Channels/Senders", list_senders, methods=["GET"]),
    ]
