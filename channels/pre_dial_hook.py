"""Asks an address of the operator's whether a number may be dialled; the question is signed.

`X-Outreach-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256 of `SECONDS.BODY` under the
secret. The answer is `{"allowed": true|false, "reason": "code"}` with status 200; all else is none.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import ClientError, ClientSession

from channels.pre_dial import Unanswered, Verdict

OK: Final = 200
LARGEST: Final = 16_384
"""Bytes of an answer that are read."""
CODE: Final = re.compile(r"[a-z0-9_]{1,60}")
HEADER: Final = "X-Outreach-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreDialHook:
    session: ClientSession
    url: str
    secret: str = field(repr=False)
    seconds: Callable[[], int]
    """Machine time since 1970; the other side refuses questions that are sent again."""

    async def ask(self, phone: str) -> Verdict:
        body = json.dumps({"phone": phone}).encode()
        headers = {
            HEADER: signature(self.secret, self.seconds(), body),
            "Content-Type": "application/json",
        }
        try:
            async with self.session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status != OK:
                    raise Unanswered("hook_refused")
                return _verdict(await response.content.read(LARGEST))
        except (ClientError, OSError) as error:
            raise Unanswered("hook_unreachable") from error

    async def close(self) -> None:
        await self.session.close()


def signature(secret: str, seconds: int, body: bytes) -> str:
    signed = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def _verdict(body: bytes) -> Verdict:
    """Raises Unanswered for what says neither yes nor no."""
    try:
        said = json.loads(body)
    except ValueError as error:
        raise Unanswered("hook_garbled") from error
    allowed = said.get("allowed") if isinstance(said, dict) else None
    if not isinstance(allowed, bool):
        raise Unanswered("hook_garbled")
    reason = said.get("reason")
    is_code = isinstance(reason, str) and CODE.fullmatch(reason) is not None
    return Verdict(allowed=allowed, reason=str(reason) if is_code else "hook")
