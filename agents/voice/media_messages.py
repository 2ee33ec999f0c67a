"""Twilio's media stream on the wire: messages in, messages out, nothing else.

Documented at Twilio's "Media Streams WebSocket messages"; audio is mu-law, 8000 Hz, one channel.
"""

import base64
import binascii
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What the person said."""

    ulaw: bytes
    at_ms: int | None
    """Milliseconds since the stream began, as the provider counts; None when it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The audio before this mark was played, or a `clear` threw it away."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digit:
    digit: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The stream is over: the person or the carrier hung up."""


@dataclass(frozen=True, slots=True)
class Other:
    """Something this program has no use for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Not a message of this protocol."""

    reason: str


Incoming = Media | Mark | Digit | Stop | Other | Malformed


def parse(text: str | bytes) -> Incoming:
    """Read one message. Never raises."""
    try:
        message = json.loads(text)
    except ValueError:
        return Malformed(reason="not JSON")
    if not isinstance(message, dict):
        return Malformed(reason="not an object")
    match message:
        case {"event": "media", "media": {"payload": str(payload), **more}}:
            return _media(payload, more.get("timestamp"))
        case {"event": "mark", "mark": {"name": str(name)}}:
            return Mark(name=name)
        case {"event": "dtmf", "dtmf": {"digit": str(digit)}}:
            return Digit(digit=digit)
        case {"event": "stop"}:
            return Stop()
        case {"event": "media" | "mark" | "dtmf"}:
            return Malformed(reason=f"{message['event']} without its content")
        case {"event": str()}:
            return Other()
    return Malformed(reason="no event")


def _media(payload: str, timestamp: object) -> Media | Malformed:
    try:
        ulaw = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        return Malformed(reason="media is not base64")
    at = str(timestamp)
    return Media(ulaw=ulaw, at_ms=int(at) if at.isdecimal() and len(at) < 12 else None)


def media(stream_sid: str, ulaw: bytes) -> str:
    """Audio to be played after all that was sent before."""
    payload = base64.b64encode(ulaw).decode()
    return f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{payload}"}}}}'


def mark(stream_sid: str, name: str) -> str:
    """Ask to be told when all audio sent so far was played."""
    return json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})


def clear(stream_sid: str) -> str:
    """Throw away the audio that was sent and not yet played."""
    return json.dumps({"event": "clear", "streamSid": stream_sid})
