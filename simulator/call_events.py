"""What does the carrier tell about a call, and in which words?"""

import math
from email.utils import format_datetime
from typing import Literal

from simulator.call import Call, Callback
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.world import World

API_VERSION = "2010-04-01"
Event = Literal["initiated", "ringing", "answered", "completed"]
_GEOGRAPHY = ("City", "State", "Zip", "Country")


def about(world: World, call: Call, *, status: str = "") -> dict[str, str]:
    """The parameters that every webhook of a call carries; unknown places are sent empty."""
    to, from_ = call.order.to, call.order.from_
    places = {side + part: "" for side in ("From", "To", "Caller", "Called") for part in _GEOGRAPHY}
    return {
        "CallSid": call.sid,
        "AccountSid": world.account_sid,
        "From": from_,
        "To": to,
        "Caller": from_,
        "Called": to,
        "CallStatus": status or call.status,
        "ApiVersion": API_VERSION,
        "Direction": call.order.direction,
        **places,
    }


def tell_status(carrier: Carrier, call: Call, event: Event) -> None:
    """Send the status callback of this event if it was asked for."""
    order = call.order
    if not order.status.url or event not in order.status_events:
        return
    status = "initiated" if event == "initiated" else call.status
    params = about(carrier.world, call, status=status) | {
        "Timestamp": format_datetime(carrier.world.now()),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": call.next_sequence(),
    }
    if event == "completed":
        params |= _final(carrier.world, call)
    _send(carrier, call, "status", status, order.status, params)


def tell_answered_by(carrier: Carrier, call: Call, verdict: str, after_ms: int) -> None:
    """Send the verdict of asynchronous answering machine detection."""
    params = {
        "CallSid": call.sid,
        "AccountSid": carrier.world.account_sid,
        "AnsweredBy": verdict,
        "MachineDetectionDuration": str(after_ms),
    }
    _send(carrier, call, "amd", verdict, call.order.amd, params)


def tell_stream(carrier: Carrier, call: Call, url: str, event: str, stream_sid: str) -> None:
    """`event` is stream-started, stream-stopped or stream-error."""
    params = {
        "CallSid": call.sid,
        "AccountSid": carrier.world.account_sid,
        "StreamSid": stream_sid,
        "StreamEvent": event,
        "Timestamp": carrier.world.now().isoformat(),
    }
    _send(carrier, call, "stream", event, Callback(url=url), params)


def _final(world: World, call: Call) -> dict[str, str]:
    params = {"CallDuration": str(call.seconds)}
    if call.answered_at is not None:
        params["Duration"] = str(math.ceil(call.seconds / 60))
    if call.sip_code:
        params["SipResponseCode"] = call.sip_code
    if call.answered_by:
        params["AnsweredBy"] = call.answered_by
    recording = world.recordings.get(call.recording_sid)
    if call.order.record and recording is not None:
        params |= {
            "RecordingSid": recording.sid,
            "RecordingUrl": recording_url(world, recording.sid),
            "RecordingDuration": str(recording.seconds),
        }
    return params


def recording_url(world: World, sid: str) -> str:
    return f"{world.base_url}/{API_VERSION}/Accounts/{world.account_sid}/Recordings/{sid}"


def _send(
    carrier: Carrier, call: Call, kind: str, event: str, to: Callback, params: dict[str, str]
) -> None:
    carrier.courier.send(
        Webhook(kind=kind, event=event, sid=call.sid, number=call.person, to=to, params=params)
    )
