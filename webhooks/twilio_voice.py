"""What does Twilio report about calls, and what does it ask?"""

from functools import partial
from typing import Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response

from channels.twilio_words import answered_by
from outreach.outcome import AnsweredBy
from outreach.reports import (
    CallReceived,
    CallReported,
    Delivery,
    MachineReported,
    RecordingReported,
)
from webhooks import twiml
from webhooks.edge import Busy, Edge, HangUp, Opened
from webhooks.twilio_request import (
    TOKEN_HEADER,
    Malformed,
    Params,
    kept,
    no_room,
    number,
    parsed,
    required,
    take,
)

SOURCE: Final = "twilio.voice"
INBOUND_CALLS: Final = UUID("6f1d7f0e-4c5b-5a7e-9d0a-3d1c8f2b7a64")
"""The namespace from which the ids of calls to us are made."""


def voice_routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter(prefix="/webhooks/twilio/voice", include_in_schema=False)

    @router.post("/inbound")
    async def inbound(request: Request) -> Response:
        """A person calls one of our numbers."""
        delivery = await take(edge, request, call_received)
        match delivery.report:
            case CallReceived() as call:
                plan = await edge.answer_inbound_call(call)
            case _:
                plan = HangUp()
        return _twiml(twiml.answer(plan, edge.public_url))

    @router.post("/inbound/status", status_code=204)
    async def inbound_status(request: Request) -> None:
        """How a call to one of our numbers goes on; set as the number's status callback."""
        token = request.headers.get(TOKEN_HEADER, "")
        await take(edge, request, partial(call_to_us_reported, token))

    @router.post("/{attempt}/answer")
    async def answer(request: Request, attempt: str) -> Response:
        """Somebody answered: what now? Twilio asks again when it did not hear us."""
        attempt_id, call_sid = await parsed(edge, request, partial(answered, attempt))
        try:
            plan = await edge.answer_call(attempt_id, call_sid)
        except Busy as busy:
            raise no_room(busy) from busy
        return _twiml(twiml.answer(plan, edge.public_url))

    @router.post("/{attempt}/status", status_code=204)
    async def status(request: Request, attempt: str) -> None:
        token = request.headers.get(TOKEN_HEADER, "")
        await take(edge, request, partial(call_reported, attempt, token))

    @router.post("/{attempt}/amd", status_code=204)
    async def amd(request: Request, attempt: str) -> None:
        await take(edge, request, partial(machine_reported, attempt))

    @router.post("/{attempt}/recording", status_code=204)
    async def recording(request: Request, attempt: str) -> None:
        await take(edge, request, partial(recording_reported, attempt))

    return router


def answered(attempt: str, params: Params) -> tuple[UUID, str]:
    """Which attempt, and which call of it."""
    return _id(attempt), required(params, "CallSid")


def call_reported(attempt: str, token: str, params: Params) -> Delivery:
    sid, status = required(params, "CallSid"), required(params, "CallStatus")
    sequence = number(params, "SequenceNumber")
    report = CallReported(
        attempt_id=_id(attempt),
        provider_ref=sid,
        status=status,
        answered_by=answered_by(params.get("AnsweredBy")),
        duration_s=number(params, "CallDuration"),
        sip_code=number(params, "SipResponseCode"),
        sequence=sequence,
        error_code=params.get("ErrorCode") or None,
    )
    # The facts are the same in every repeat, the token perhaps only from the second one on: it
    # tells reports apart only where they carry no number.
    which = token if sequence is None else sequence
    return _delivery(f"call:{sid}:{which}:{status}", report, params)


def call_to_us_reported(token: str, params: Params) -> Delivery:
    return call_reported(str(call_id_of(required(params, "CallSid"))), token, params)


def machine_reported(attempt: str, params: Params) -> Delivery:
    sid, word = required(params, "CallSid"), required(params, "AnsweredBy")
    report = MachineReported(
        attempt_id=_id(attempt),
        provider_ref=sid,
        answered_by=answered_by(word) or AnsweredBy.UNKNOWN,
        word=word,
    )
    return _delivery(f"amd:{sid}:{word}", report, params)


def recording_reported(attempt: str, params: Params) -> Delivery:
    sid, status = required(params, "RecordingSid"), required(params, "RecordingStatus")
    report = RecordingReported(
        attempt_id=_id(attempt),
        provider_ref=required(params, "CallSid"),
        recording_ref=sid,
        status=status,
        uri=params.get("RecordingUrl") or None,
        channels=number(params, "RecordingChannels"),
        duration_s=number(params, "RecordingDuration"),
    )
    return _delivery(f"recording:{sid}:{status}", report, params)


def call_received(params: Params) -> Delivery:
    sid = required(params, "CallSid")
    report = CallReceived(
        provider_ref=sid,
        from_=required(params, "From"),
        to=required(params, "To"),
        call_id=call_id_of(sid),
    )
    return _delivery(f"inbound:{sid}", report, params)


def call_id_of(sid: str) -> UUID:
    """What we call a call that came in."""
    return uuid5(INBOUND_CALLS, sid)


def _delivery(
    key: str,
    report: CallReported | MachineReported | RecordingReported | CallReceived,
    params: Params,
) -> Delivery:
    return Delivery(source=SOURCE, key=key, report=report, payload=kept(params))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Malformed("attempt_id") from error


def _twiml(document: bytes) -> Response:
    return Response(document, media_type="text/xml")
