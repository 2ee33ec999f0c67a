"""Another platform that runs calls: what it tells, signed, in parts, and as badly as one likes."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

Part = Mapping[str, object]

_UNKNOWN_PREFIX = "unknown-"
_WHSEC = "whsec_"

STORY: Sequence[Part] = (
    {"status": "ringing"},
    {"status": "in-progress", "answered_by": "human"},
    {"status": "completed", "duration_s": 24.0, "ended_by": "person"},
    {
        "transcript": [
            {"speaker": "agent", "text": "Hello, this is Ada, an assistant.", "end_ms": 2400},
            {"speaker": "person", "text": "Hello, who is it?", "start_ms": 2600, "end_ms": 3600},
            {"speaker": "agent", "text": "Would a demo next week help?", "start_ms": 3900},
            {
                "speaker": "person",
                "text": "Yes, a demo next week sounds good to me.",
                "start_ms": 7000,
                "end_ms": 9800,
            },
        ]
    },
    {"recording": {"url": "https://recordings.example.com/call.wav", "id": "r-1", "channels": 2}},
    {"data": {"interested": True, "budget": "20000"}, "summary": "They want a demo."},
    {"outcome": "interested"},
    {"cost": {"amount": "0.35", "currency": "USD"}},
)
"""A call that goes well, told one thing at a time."""


class BadTelling(ValueError):
    """What is asked for makes no sense; the text says what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What to tell, to whom, and what goes wrong on the way."""

    url: str
    secret: str = field(repr=False)
    """As both sides know it, for signatures by Standard Webhooks."""
    call_id: str | None = None
    attempt_id: str | None = None
    parts: Sequence[Part] = STORY
    is_reversed: bool = False
    times: int = 1
    """How often each part is sent, under one id."""
    is_forged: bool = False
    """Another one, that nobody with the secret signed, comes between."""
    is_unknown: bool = False
    """Another one, about a call that nobody ordered, comes between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request, and how it was answered; None: not at all."""

    parts: Sequence[str]
    fault: str
    """"" | again | forged | unknown"""
    status: int | None


def parse(given: Mapping[str, object]) -> Telling:
    """Read a request to the control. Raises BadTelling."""
    url, secret = given.get("url"), given.get("secret")
    if not isinstance(url, str) or not isinstance(secret, str) or not url or not secret:
        raise BadTelling("send url and secret")
    parts, times = given.get("parts", STORY), given.get("times", 1)
    if not isinstance(parts, list | tuple) or not all(isinstance(one, dict) for one in parts):
        raise BadTelling("parts is a list of objects, each a part of a delivery")
    if not isinstance(times, int) or not 1 <= times <= 100:
        raise BadTelling("times is a number from 1 to 100")
    call_id, attempt_id = given.get("call_id"), given.get("attempt_id")
    if not isinstance(call_id, str | None) or not isinstance(attempt_id, str | None):
        raise BadTelling("call_id and attempt_id are texts")
    return Telling(
        url=url,
        secret=secret,
        call_id=call_id,
        attempt_id=attempt_id,
        parts=parts,
        is_reversed=given.get("reversed") is True,
        times=times,
        is_forged=given.get("forged") is True,
        is_unknown=given.get("unknown") is True,
    )


async def tell(telling: Telling) -> list[Sent]:
    """Send it all, one after the other; answers when everything has been answered."""
    sent: list[Sent] = []
    async with httpx.AsyncClient(trust_env=False, timeout=15) as http:
        for body, id_, fault, secret in _deliveries(telling):
            status = await _post(http, telling.url, body, id_, secret)
            names = sorted(set(body) - {"call_id", "attempt_id"})
            sent.append(Sent(parts=names, fault=fault, status=status))
    return sent


def _deliveries(telling: Telling) -> Iterable[tuple[dict[str, object], str, str, str]]:
    """Body, id, fault and the secret it is signed with."""
    parts = list(telling.parts)
    if telling.is_reversed:
        parts.reverse()
    named = {"call_id": telling.call_id, "attempt_id": telling.attempt_id}
    known = {name: value for name, value in named.items() if value is not None}
    for place, part in enumerate(parts):
        body, id_ = {**known, **part}, f"msg_{uuid.uuid4().hex}"
        for time_ in range(telling.times):
            yield body, id_, "again" if time_ else "", telling.secret
        if place == 0 and telling.is_forged:
            forged: dict[str, object] = {**known, "status": "completed", "outcome": "opted_out"}
            yield forged, f"msg_{uuid.uuid4().hex}", "forged", "not-the-secret"
        if place == 0 and telling.is_unknown:
            nobody = {"call_id": f"{_UNKNOWN_PREFIX}{uuid.uuid4().hex}", **part}
            yield nobody, f"msg_{uuid.uuid4().hex}", "unknown", telling.secret


async def _post(
    http: httpx.AsyncClient, url: str, body: Mapping[str, object], id_: str, secret: str
) -> int | None:
    content, now = json.dumps(body), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{_sign(secret, id_, now, content)}",
    }
    try:
        return (await http.post(url, content=content, headers=headers)).status_code
    except httpx.HTTPError:
        return None


def _sign(secret: str, id_: str, now: str, content: str) -> str:
    key = secret.encode()
    if secret.startswith(_WHSEC):
        key = base64.b64decode(secret.removeprefix(_WHSEC))
    digest = hmac.new(key, f"{id_}.{now}.{content}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
