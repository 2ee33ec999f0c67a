"""How do requests reach Twilio? Through one pool, each deed by a messenger with its own deadline.

The SDK stays as it is; this is the HTTP client that it is told to use. What it does differently:
it speaks to `base_url` where one is configured, its time-out holds (the SDK's own is overwritten
by None), it never repeats a request, it logs no address, and it remembers whether any byte left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit, urlunsplit

from aiohttp import (
    ClientSession,
    ClientTimeout,
    TraceConfig,
    TraceRequestHeadersSentParams,
    encode_basic_auth,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.boottime import boottime

LONGEST_RETRY_AFTER = timedelta(hours=1)


class TooLate(Exception):
    """The order's deadline has passed; nothing left this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Whose account, and where it is reached."""

    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str | None = None
    """Another host that speaks Twilio's API (the simulator's); None is Twilio itself."""
    timeout: timedelta = timedelta(seconds=15)
    """For a whole request, connecting included; well inside the lease of an attempt."""

    @property
    def simulated(self) -> bool:
        """Whether the host that is spoken to is not Twilio's own."""
        if self.base_url is None:
            return False
        host = urlsplit(self.base_url).hostname or ""
        return host != "twilio.com" and not host.endswith(".twilio.com")


class Messenger(AsyncTwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """Carries the requests of one deed, and knows afterwards whether any of them left."""

    def __init__(
        self, session: ClientSession, account: TwilioAccount, deadline: float | None
    ) -> None:
        # Neither a pool of its own (it borrows ours) nor `max_retries`: that repeats a POST which
        # the provider may have carried out.
        super().__init__(pool_connections=False, timeout=account.timeout.total_seconds())
        self.pool = session
        self.base_url = account.base_url
        self.deadline = deadline
        self.left = False
        self.retry_after: timedelta | None = None

    async def request(  # noqa: PLR0913 - the SDK's signature
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
        allow_redirects: bool = False,
    ) -> Response:
        """One request, once; raises `TooLate` or what aiohttp raises."""
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = encode_basic_auth(*auth)
        if self.base_url is not None:
            sent["X-Twilio-Original-Host"] = urlsplit(url).netloc
            url = _moved(url, self.base_url)
        async with self.pool.request(
            method.upper(),
            url,
            params=params,
            data=data,
            headers=sent,
            timeout=ClientTimeout(total=timeout if timeout is not None else self.timeout),
            allow_redirects=allow_redirects,
            trace_request_ctx=self,
        ) as response:
            text = await response.text(errors="replace")
            self.retry_after = _retry_after(response.headers.get("Retry-After"))
            return Response(response.status, text, response.headers)

    def depart(self) -> None:
        """The last act before bytes are written. Raises `TooLate`."""
        if self.deadline is not None and boottime() >= self.deadline:
            raise TooLate
        self.left = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioPool:
    """The connections to one account's host; made by `open_pool` inside a running loop."""

    account: TwilioAccount
    session: ClientSession

    def messenger(self, deadline: float | None = None) -> Messenger:
        """For one deed; `deadline` is a reading of `boottime`."""
        return Messenger(self.session, self.account, deadline)

    def client(self, messenger: Messenger) -> Client:
        """The official client, speaking through `messenger`."""
        return Client(self.account.account_sid, self.account.auth_token, http_client=messenger)

    async def close(self) -> None:
        await self.session.close()


def open_pool(account: TwilioAccount) -> TwilioPool:
    """Call it inside a running loop, and close what it returns."""
    # aiohttp calls this after a connection is there and before it writes the request's first byte.
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_depart)
    return TwilioPool(account=account, session=ClientSession(trace_configs=[trace]))


async def _depart(
    _: ClientSession, context: SimpleNamespace, __: TraceRequestHeadersSentParams
) -> None:
    messenger: Messenger = context.trace_request_ctx
    messenger.depart()


def _moved(url: str, base_url: str) -> str:
    old, new = urlsplit(url), urlsplit(base_url)
    return urlunsplit((new.scheme, new.netloc, new.path.rstrip("/") + old.path, old.query, ""))


def _retry_after(header: str | None) -> timedelta | None:
    """Only the form in seconds; a date would be read against a clock that is not the provider's."""
    if header is None or not header.strip().isdecimal():
        return None
    return min(timedelta(seconds=int(header.strip()[:9])), LONGEST_RETRY_AFTER)
