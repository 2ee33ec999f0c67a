"""Each way of signing lets in whoever has the secret, just now, and nobody else."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.hosted_signature import (
    HmacBody,
    HmacTimestamp,
    Scheme,
    Seal,
    Signed,
    StandardWebhooks,
    why_not,
)

NOW = 1_795_000_000
SECRET = "a-shared-secret"
WHSEC = "whsec_" + base64.b64encode(b"twenty-four random bytes").decode()
BODY = b'{"call_id": "a-1", "status": "completed"}'

RETELL = HmacTimestamp(
    header="X-Retell-Signature", form="v={timestamp},d={signature}", signs="{body}{timestamp}",
    unit="ms",
)  # fmt: skip
ELEVENLABS = HmacTimestamp(
    header="ElevenLabs-Signature", form="t={timestamp},v0={signature}", signs="{timestamp}.{body}"
)
BESIDE = HmacTimestamp(
    header="X-Signature",
    form="{signature}",
    signs="{timestamp}.{body}",
    timestamp_header="X-Time",
    algorithm="sha512",
    encoding="base64",
)
GITHUB = HmacBody(header="X-Hub-Signature-256", form="sha256={signature}")

Sign = Callable[[str, bytes, int], Mapping[str, str]]


def standard(secret: str, body: bytes, at: int) -> Mapping[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_1." + str(at).encode() + b"." + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,bm90LXRoaXM= v1,{base64.b64encode(digest).decode()}",
    }


def retell(secret: str, body: bytes, at: int) -> Mapping[str, str]:
    time = str(at * 1000)
    digest = hmac.new(secret.encode(), body + time.encode(), hashlib.sha256).hexdigest()
    return {"x-retell-signature": f"v={time},d={digest}"}


def elevenlabs(secret: str, body: bytes, at: int) -> Mapping[str, str]:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"elevenlabs-signature": f"t={at},v0={digest}"}


def beside(secret: str, body: bytes, at: int) -> Mapping[str, str]:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha512).digest()
    return {"x-signature": base64.b64encode(digest).decode(), "x-time": str(at)}


def github(secret: str, body: bytes, at: int) -> Mapping[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}


TIMED: list[tuple[Scheme, Sign, str]] = [
    (StandardWebhooks(), standard, WHSEC),
    (RETELL, retell, SECRET),
    (ELEVENLABS, elevenlabs, SECRET),
    (BESIDE, beside, SECRET),
]
ALL = [*TIMED, (GITHUB, github, SECRET)]


@pytest.mark.parametrize(("scheme", "sign", "secret"), ALL)
def test_what_was_signed_with_the_secret_is_believed(
    scheme: Scheme, sign: Sign, secret: str
) -> None:
    signed = Signed(headers=sign(secret, BODY, NOW), body=BODY, now_s=NOW)

    assert why_not(Seal(scheme=scheme, secret=secret), signed) is None


@pytest.mark.parametrize("secret", ["", " ", "whsec_", "whsec_ "])
def test_who_signs_with_an_empty_key_is_not_believed(secret: str) -> None:
    signed = Signed(headers=standard("", BODY, NOW), body=BODY, now_s=NOW)

    assert why_not(Seal(scheme=StandardWebhooks(), secret=secret), signed) == "no_secret"


@pytest.mark.parametrize(("scheme", "sign", "secret"), ALL)
def test_another_secret_another_body_or_none_is_not(
    scheme: Scheme, sign: Sign, secret: str
) -> None:
    seal = Seal(scheme=scheme, secret=secret)
    right = Signed(headers=sign(secret, BODY, NOW), body=BODY, now_s=NOW)
    other = "whsec_" + base64.b64encode(b"another key").decode()

    assert why_not(seal, replace(right, body=BODY + b" ")) == "wrong_signature"
    assert why_not(seal, replace(right, headers={})) == "no_signature"
    assert why_not(seal, replace(right, headers=sign(other, BODY, NOW))) == "wrong_signature"
    assert why_not(Seal(scheme=scheme, secret=""), right) == "no_secret"


@pytest.mark.parametrize(("scheme", "sign", "secret"), TIMED)
@pytest.mark.parametrize(("late_s", "reason"), [(300, None), (301, "signature_too_old")])
@pytest.mark.parametrize("side", [1, -1])
def test_a_time_is_good_for_five_minutes_either_way(
    scheme: Scheme, sign: Sign, secret: str, late_s: int, reason: str | None, side: int
) -> None:
    signed = Signed(headers=sign(secret, BODY, NOW), body=BODY, now_s=NOW + side * late_s)

    assert why_not(Seal(scheme=scheme, secret=secret), signed) == reason


@pytest.mark.parametrize(("scheme", "sign", "secret"), TIMED)
def test_the_time_is_signed_too(scheme: Scheme, sign: Sign, secret: str) -> None:
    old = sign(secret, BODY, NOW - 4000)
    moved = {name: text.replace(str(NOW - 4000), str(NOW)) for name, text in old.items()}

    signed = Signed(headers=moved, body=BODY, now_s=NOW)

    assert why_not(Seal(scheme=scheme, secret=secret), signed) == "wrong_signature"


@given(text=st.text(max_size=200), body=st.binary(max_size=50))
def test_no_header_that_nobody_signed_gets_in_or_breaks_the_door(text: str, body: bytes) -> None:
    for scheme, sign, secret in ALL:
        headers = dict.fromkeys(sign(secret, b"", NOW), text)
        signed = Signed(headers=headers, body=body, now_s=NOW)

        assert why_not(Seal(scheme=scheme, secret=secret), signed) is not None
