"""Does what is sent to the public address arrive here? Asked from outside, as Twilio would ask."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from fastapi import APIRouter, Request
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from outreach.checkup import Problem, Report
from webhooks.edge import Edge, Opened
from webhooks.twilio_request import required, signed_params
from webhooks.twiml import socket_url

PATH: Final = "/webhooks/twilio/self-check"
NONCE: Final = "Nonce"
WITHIN_S: Final = 8
FORBIDDEN: Final = 403
LONGEST_ANSWER: Final = 4096


def self_check_routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def answer(request: Request) -> dict[str, str]:
        """Prove that we are who the token says; only whoever holds it is answered."""
        params = await signed_params(edge, request)
        return {"proof": proof(edge.auth_token, required(params, NONCE)[:100])}

    return router


def proof(auth_token: str, nonce: str) -> str:
    """What only a holder of the token can answer, and what signs nothing of the provider's."""
    said = f"outreach self-check {nonce}".encode()
    return hmac.new(auth_token.encode(), said, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUrlCheck:
    """A signed request to ourselves, by the address that the provider is told."""

    public_url: str
    auth_token: str = field(repr=False)
    nonce: Callable[[], str]
    name: str = "public url"

    async def look(self) -> Report:
        url, nonce = f"{self.public_url.rstrip('/')}{PATH}", self.nonce()
        form = {NONCE: nonce}
        signature = RequestValidator(self.auth_token).compute_signature(url, form)
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=WITHIN_S)) as http,
                http.post(
                    url, data=form, headers={SIGNATURE_HEADER: signature}, allow_redirects=False
                ) as answer,
            ):
                status = answer.status
                text = (await answer.content.read(LONGEST_ANSWER)).decode(errors="replace")
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return Report.of(self._unreachable(error))
        if proof(self.auth_token, nonce) in text:
            return Report(facts=(f"What is sent to {self.public_url} arrives here.",))
        if status == FORBIDDEN:
            return Report.of(self._refused())
        return Report.of(self._elsewhere(status))

    def _unreachable(self, error: Exception) -> Problem:
        return Problem(
            code="public_url_unreachable",
            message=f"Nothing answers at {self.public_url} ({type(error).__name__}).",
            fix="Start `outreach serve` with the role webhooks, and see that public_url, DNS, the"
            " certificate and the proxy lead to it.",
        )

    def _refused(self) -> Problem:
        return Problem(
            code="public_url_signature_refused",
            message=f"{self.public_url} refuses our signature: it reckons with another address or"
            " another token.",
            fix="Give `outreach serve` the same public_url and twilio.auth_token as here, and"
            " restart it; the proxy must not change the path.",
        )

    def _elsewhere(self, status: int) -> Problem:
        return Problem(
            code="public_url_elsewhere",
            message=f"{self.public_url} leads to something else (status {status}, and our"
            " signature does not come back).",
            fix="Correct public_url, or let the proxy pass /webhooks/ on to `outreach serve`"
            " without a redirect.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaCheck:
    """Whether the sockets of calls can be opened from outside."""

    media_url: str
    """The public address, or a voice process's own."""
    needs_tls: bool
    """Twilio speaks wss alone; the simulator is content with ws."""
    name: str = "media url"

    async def look(self) -> Report:
        url = socket_url(self.media_url)
        if self.needs_tls and urlsplit(url).scheme != "wss":
            return Report.of(
                Problem(
                    code="media_url_without_tls",
                    message=f"Calls would be told to open {url}, and Twilio opens wss only.",
                    fix="Begin public_url (and media_url) with https, behind a valid certificate.",
                )
            )
        try:
            # Closed again before it says anything: nobody notes it.
            async with connect(url, open_timeout=WITHIN_S, close_timeout=1, proxy=None):
                return Report(facts=(f"A socket to {url} opens.",))
        except InvalidStatus as error:
            said = f"status {error.response.status_code}"
        except (WebSocketException, TimeoutError, OSError, ValueError) as error:
            said = type(error).__name__
        return Report.of(
            Problem(
                code="media_url_unreachable",
                message=f"No socket to {url} opens ({said}).",
                fix="Let the proxy pass websocket upgrades of /webhooks/twilio/media on to a"
                " process with the role voice.",
            )
        )
