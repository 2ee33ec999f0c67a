"""The official SDK pointed at the simulator by nothing but its HTTP client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from simulator.server import RunningSimulator

HOST_HEADER = "X-Twilio-Original-Host"


class LocalAsyncHttp(AsyncTwilioHttpClient):
    """Sends every request to the simulator and says for whom it was meant."""

    def __init__(self, base_url: str, timeout: float = 10) -> None:
        super().__init__(timeout=timeout)
        self._base_url = base_url

    async def request(self, method: str, url: str, **options: object) -> Response:
        parts = urlsplit(url)
        headers = {**(options.pop("headers", None) or {}), HOST_HEADER: parts.netloc}
        if options.get("timeout") is None:
            options["timeout"] = self.timeout
        local = self._base_url + parts.path + (f"?{parts.query}" if parts.query else "")
        return await super().request(method, local, headers=headers, **options)


@asynccontextmanager
async def sdk_client(
    simulator: RunningSimulator, *, auth_token: str = "", timeout_s: float = 10
) -> AsyncIterator[Client]:
    http = LocalAsyncHttp(simulator.base_url, timeout_s)
    try:
        yield Client(simulator.account_sid, auth_token or simulator.auth_token, http_client=http)
    finally:
        await http.close()
