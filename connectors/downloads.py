"""Fetches what others say we may fetch: over https, from public addresses, up to a size."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    encode_basic_auth,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

LARGEST: Final = 256 * 1024 * 1024
"""Two channels of speech for more than four hours."""
LONGEST_S: Final = 300
MOST_REDIRECTS: Final = 3
CHUNK: Final = 1 << 16
OK, REDIRECTS = 200, frozenset({301, 302, 303, 307, 308})
LATER: Final = frozenset({404, 408, 425, 429})
"""A recording may be told of before it can be had."""
SERVER_ERRORS: Final = 500
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(slots=True, eq=False)
class NotFetched(Exception):
    """It could not be had."""

    reason: str
    """A code."""
    is_final: bool
    """Trying again cannot help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Addresses of a configured provider: asked with its own login, wherever they lead to.

    Only for what that provider itself has told: nobody reaches one with the trust in another.
    """

    prefix: str
    source: str | None = None
    """The platform that may name them; None: our own carrier."""
    user: str = ""
    password: str = field(default="", repr=False)
    suffix: str = ""
    """Put behind the path, as `.wav`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Each address by itself; nothing is kept open between two of them."""

    trusted: Sequence[Trusted] = ()
    largest: int = LARGEST

    async def fetch(self, url: str, to: Path, source: str | None) -> None:
        """Write what stands at `url` into a file. Raises NotFetched, OSError of the disk.

        `source` is the platform that told of it; None: our own carrier did.
        """
        here = url
        try:
            for _ in range(MOST_REDIRECTS + 1):
                further = await self._hop(here, to, source)
                if further is None:
                    return
                here = urljoin(here, further)
        except (ClientError, TimeoutError, ConnectionError, ValueError) as error:
            raise reason_of(error) from error
        raise NotFetched("too_many_redirects", is_final=True)

    async def _hop(self, url: str, to: Path, source: str | None) -> str | None:
        """Save what stands there, or return where it points to."""
        theirs = (one for one in self.trusted if one.source == source)
        known = next((one for one in theirs if url.startswith(one.prefix)), None)
        headers: dict[str, str] = {}
        if known is None:
            refuse_unsafe(url)
        else:
            url += "" if url.endswith(known.suffix) else known.suffix
            if known.user:
                # A provider's login goes to its own addresses and to no other.
                headers["Authorization"] = encode_basic_auth(known.user, known.password)
        resolver = PublicResolver() if known is None else ThreadedResolver()
        connector = TCPConnector(resolver=resolver, use_dns_cache=False)
        timeout = ClientTimeout(total=LONGEST_S, sock_connect=10, sock_read=30)
        async with (
            ClientSession(connector=connector, timeout=timeout) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            if response.status in REDIRECTS:
                return response.headers.get("Location", "")
            await self._save(response, to)
            return None

    async def _save(self, response: ClientResponse, to: Path) -> None:
        if response.status != OK:
            final = response.status < SERVER_ERRORS and response.status not in LATER
            raise NotFetched(f"http_{response.status}", is_final=final)
        written = 0
        await asyncio.to_thread(to.parent.mkdir, parents=True, exist_ok=True)
        with await asyncio.to_thread(to.open, "wb") as file:
            async for chunk in response.content.iter_chunked(CHUNK):
                written += len(chunk)
                if written > self.largest:
                    raise NotFetched("too_large", is_final=True)
                await asyncio.to_thread(file.write, chunk)


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses alone; the connection goes to what was checked."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_public(one["host"]) for one in found):
            raise NotFetched("address_not_public", is_final=True)
        return found

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Whether it is an address of the internet: not ours, not a neighbour's, not a cloud's own."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = _carried(parsed) or parsed
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of the older kind that leads on from this one."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def refuse_unsafe(url: str) -> None:
    """Raises NotFetched for what is not https, or names an address that is not public."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise NotFetched("address_not_https", is_final=True)
    # A name goes through the resolver; a number would be connected to as it is. Asked of what the
    # client makes of it: digits in a circle, or between other full stops, are a number too.
    host = URL(url).raw_host or ""
    if _is_number(host) and not is_public(host):
        raise NotFetched("address_not_public", is_final=True)


def _is_number(host: str) -> bool:
    """An address written as one, in any of the ways that a resolver understands (127.1, 0x7f…)."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return ":" in host or last.isdecimal() or last.startswith("0x")


def reason_of(error: Exception) -> NotFetched:
    """What an error of the network means."""
    if isinstance(error, TimeoutError):
        return NotFetched("no_answer_in_time", is_final=False)
    if isinstance(error, ValueError):
        return NotFetched("address_wrong", is_final=True)
    return NotFetched("unreachable", is_final=False)
