"""How a webhook of ours proves itself, by the Standard Webhooks scheme, and when it is tried again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

PREFIX: Final = "whsec_"
WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""After each failed try; whatever fails once more is given up."""


def secret_of(random: bytes) -> str:
    """What the receiver is told, made of random bytes."""
    return PREFIX + base64.b64encode(random).decode()


def signed(secret: str, id: str, sent_at: int, body: bytes) -> Mapping[str, str]:
    """The headers of a delivery; `sent_at` is real time in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{id}.{sent_at}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{mac}",
    }


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after that many failed tries; None: it is given up."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None
