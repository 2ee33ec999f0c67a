"""Did the platform whose secret we share send this body, and just now?"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, assert_never

TOLERANCE_S: Final = 300
"""How far a signature's time may be from ours, either way."""
WHSEC: Final = "whsec_"

Algorithm = Literal["sha256", "sha512"]
Encoding = Literal["hex", "base64"]
Unit = Literal["s", "ms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardWebhooks:
    """As standardwebhooks.com says: id, time and body, several signatures side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacBody:
    """A keyed hash of the body alone. A body that is sent again is told by its content."""

    header: str
    form: str = "{signature}"
    """What the header holds, as `sha256={signature}`."""
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacTimestamp:
    """A keyed hash of time and body."""

    header: str
    form: str
    """What the header holds, as `t={timestamp},v0={signature}`."""
    signs: str
    """What is hashed, as `{timestamp}.{body}`."""
    timestamp_header: str | None = None
    """Where the time stands; None: in `form`."""
    unit: Unit = "s"
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"


Scheme = StandardWebhooks | HmacBody | HmacTimestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request as the check sees it."""

    headers: Mapping[str, str]
    """Asked by lower-case names."""
    body: bytes
    now_s: float
    """The real time, in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """How one platform signs, and the secret it signs with."""

    scheme: Scheme
    secret: str = field(repr=False)

    @property
    def key(self) -> bytes:
        """What is hashed with; empty where anybody could sign."""
        if not self.secret.strip():
            return b""
        if isinstance(self.scheme, StandardWebhooks) and self.secret.startswith(WHSEC):
            return _standard_key(self.secret.removeprefix(WHSEC).strip())
        return self.secret.encode()


def why_not(seal: Seal, signed: Signed) -> str | None:
    """Why the request is not believed, as a code; None when it is."""
    key = seal.key
    if not key:
        return "no_secret"
    match seal.scheme:
        case StandardWebhooks():
            return _standard(key, signed)
        case HmacBody() as scheme:
            return _of_body(scheme, key, signed)
        case HmacTimestamp() as scheme:
            return _of_time_and_body(scheme, key, signed)
    assert_never(seal.scheme)


def _standard(key: bytes, signed: Signed) -> str | None:
    id_ = signed.headers.get("webhook-id", "")
    time = signed.headers.get("webhook-timestamp", "")
    given = signed.headers.get("webhook-signature", "")
    if not (id_ and time and given):
        return "no_signature"
    if (late := _late(time, "s", signed.now_s)) is not None:
        return late
    content = f"{id_}.{time}.".encode() + signed.body
    right = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    versions = (one.partition(",") for one in given.split())
    found = [_same(signature, right) for version, _, signature in versions if version == "v1"]
    return None if any(found) else "wrong_signature"


def _standard_key(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return f"{WHSEC}{encoded}".encode()


def _of_body(scheme: HmacBody, key: bytes, signed: Signed) -> str | None:
    given = signed.headers.get(scheme.header.lower(), "")
    if not given:
        return "no_signature"
    right = _hash(key, signed.body, scheme.algorithm, scheme.encoding)
    found = any(_same(one["signature"], right) for one in _read(scheme.form, given))
    return None if found else "wrong_signature"


def _of_time_and_body(scheme: HmacTimestamp, key: bytes, signed: Signed) -> str | None:
    given = signed.headers.get(scheme.header.lower(), "")
    beside = signed.headers.get((scheme.timestamp_header or "").lower(), "")
    if not given or (scheme.timestamp_header and not beside):
        return "no_signature"
    reason = "wrong_signature"
    for one in _read(scheme.form, given):
        time = beside or one.get("timestamp", "")
        late = _late(time, scheme.unit, signed.now_s)
        if late is not None:
            reason = late
            continue
        content = _content(scheme.signs, time, signed.body)
        if _same(one["signature"], _hash(key, content, scheme.algorithm, scheme.encoding)):
            return None
    return reason


def _content(signs: str, time: str, body: bytes) -> bytes:
    before, _, after = signs.replace("{timestamp}", time).partition("{body}")
    return before.encode() + body + after.encode()


def _read(form: str, given: str) -> Iterator[Mapping[str, str]]:
    """Every place of the header that looks as `form` says."""
    pattern = re.escape(form)
    pattern = pattern.replace(re.escape("{timestamp}"), r"(?P<timestamp>[0-9]{1,16})", 1)
    pattern = pattern.replace(re.escape("{signature}"), r"(?P<signature>[A-Za-z0-9+/=_-]{1,200})")
    for found in re.finditer(pattern, given[:2000]):
        yield found.groupdict()


def _late(time: str, unit: Unit, now_s: float) -> str | None:
    if not (time.isascii() and time.isdecimal() and len(time) <= 16):
        return "wrong_signature"
    seconds = int(time) / (1000 if unit == "ms" else 1)
    return "signature_too_old" if abs(now_s - seconds) > TOLERANCE_S else None


def _hash(key: bytes, content: bytes, algorithm: Algorithm, encoding: Encoding) -> str:
    digest = hmac.digest(key, content, getattr(hashlib, algorithm))
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _same(given: str, right: str) -> bool:
    # Both as bytes: the comparison of texts refuses what is not ASCII.
    return hmac.compare_digest(given.encode(), right.encode())
