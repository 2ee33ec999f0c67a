"""How does the simulator show what it knows to those who watch it? (JSON of `/_sim`)"""

from datetime import datetime

from simulator.call import Call
from simulator.message import Message
from simulator.personas import persona_for
from simulator.witness import attempt_id_of
from simulator.world import Request, World


def call(world: World, one: Call) -> dict[str, object]:
    recording = world.recordings.get(one.recording_sid)
    return {
        "sid": one.sid,
        "from": one.order.from_,
        "to": one.order.to,
        "direction": one.order.direction,
        "attempt_id": attempt_id_of(one.order.status.url, one.order.voice.url),
        "persona": one.persona.name,
        "status": one.status,
        "created_at": _iso(one.created_at),
        "dialed_at": _iso(one.dialed_at),
        "ringing_at": _iso(one.ringing_at),
        "answered_at": _iso(one.answered_at),
        "ended_at": _iso(one.ended_at),
        "answered": one.answered_at is not None,
        "answered_by": one.answered_by,
        "ended_by": one.ended_by,
        "duration_s": one.seconds,
        "lines_said": one.lines_said,
        "said": list(one.said_words),
        "briefed": list(one.briefed_words),
        "recording_sid": one.recording_sid,
        "recording_status": recording.status if recording else "",
        "recording_path": str(recording.path) if recording else "",
    }


def message(one: Message) -> dict[str, object]:
    return {
        "sid": one.sid,
        "from": one.from_,
        "to": one.to,
        "direction": one.direction,
        "attempt_id": attempt_id_of(one.status_callback),
        "persona": persona_for(one.person).name,
        "body": one.body,
        "button": one.button,
        "content_sid": one.content_sid,
        "status": one.status,
        "error_code": one.error_code,
        "in_window": one.in_window,
        "created_at": _iso(one.created_at),
        "sent_at": _iso(one.sent_at),
        "delivered_at": _iso(one.delivered_at),
        "read_at": _iso(one.read_at),
    }


def request(one: Request) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "event": one.event,
        "sid": one.sid,
        "method": one.method,
        "url": one.url,
        "params": dict(one.params),
        "signature": one.signature,
        "idempotency_token": one.idempotency_token,
        "attempt": one.attempt,
        "status": one.status,
        "failure": one.failure,
        "elapsed_ms": one.elapsed_ms,
        "fault": one.fault,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
