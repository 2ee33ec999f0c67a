"""The Recordings resource: list, fetch, hear, delete."""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from simulator.carrier import Carrier
from simulator.recorded import Recording
from simulator.rest import (
    ACCOUNT_PATH,
    carrier_of,
    is_within,
    not_found,
    page_of,
    rfc2822,
)


async def listing(request: Request) -> JSONResponse:
    carrier, query = carrier_of(request), request.query_params
    call_sid = request.path_params.get("call_sid") or query.get("CallSid")
    found = [
        recording
        for recording in reversed(carrier.world.recordings.values())
        if recording.status != "deleted"
        and call_sid in (None, "", recording.call_sid)
        and is_within(recording.started_at, query, "DateCreated")
    ]
    return page_of(request, "recordings", found, lambda recording: shown(carrier, recording))


async def fetch(request: Request) -> JSONResponse:
    carrier = carrier_of(request)
    return JSONResponse(shown(carrier, _recording(carrier, request)))


async def media(request: Request) -> Response:
    """Not there before the recording is processed; the simulator keeps no MP3."""
    carrier = carrier_of(request)
    recording = _recording(carrier, request)
    if recording.status != "completed":
        raise not_found(request.url.path)
    return FileResponse(recording.path, media_type="audio/x-wav")


async def delete(request: Request) -> Response:
    carrier = carrier_of(request)
    recording = _recording(carrier, request)
    recording.status = "deleted"
    recording.updated_at = carrier.world.now()
    recording.path.unlink(missing_ok=True)
    return Response(status_code=204)


def _recording(carrier: Carrier, request: Request) -> Recording:
    recording = carrier.world.recordings.get(request.path_params["sid"])
    if recording is None or recording.status == "deleted":
        raise not_found(request.url.path)
    return recording


def shown(carrier: Carrier, recording: Recording) -> dict[str, object]:
    """The recording as the provider's schema has it."""
    uri = f"/2010-04-01/Accounts/{carrier.world.account_sid}/Recordings/{recording.sid}"
    is_done = recording.status in ("completed", "absent")
    return {
        "sid": recording.sid,
        "account_sid": carrier.world.account_sid,
        "api_version": "2010-04-01",
        "call_sid": recording.call_sid,
        "channels": recording.channels,
        "conference_sid": None,
        "date_created": rfc2822(recording.started_at),
        "date_updated": rfc2822(recording.updated_at),
        "duration": str(recording.seconds) if is_done else None,
        "encryption_details": None,
        "error_code": None,
        "media_url": f"{carrier.world.base_url}{uri}",
        "price": None,
        "price_unit": "USD",
        "source": recording.source,
        "start_time": rfc2822(recording.started_at),
        "status": recording.status,
        "subresource_uris": {},
        "uri": f"{uri}.json",
    }


def routes() -> list[Route]:
    one = ACCOUNT_PATH + "/Recordings/{sid}"
    return [
        Route(ACCOUNT_PATH + "/Recordings.json", listing, methods=["GET"]),
        Route(ACCOUNT_PATH + "/Calls/{call_sid}/Recordings.json", listing, methods=["GET"]),
        Route(one + ".json", fetch, methods=["GET"]),
        Route(one + ".json", delete, methods=["DELETE"]),
        Route(one + ".wav", media, methods=["GET"]),
        Route(one, media, methods=["GET"]),
    ]
