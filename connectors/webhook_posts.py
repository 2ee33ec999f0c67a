"""Sends webhooks out: to public addresses over https, within seconds, following nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.resolver import ThreadedResolver

from connectors.downloads import NotFetched, PublicResolver, reason_of, refuse_unsafe

LONGEST_S: Final = 10
LONGEST_URL: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Each by itself; nothing is kept open between two of them."""

    private_hosts: frozenset[str] = frozenset()
    """`host` or `host:port` of the deployment's own, which may be private and without TLS."""

    def refuse(self, url: str) -> None:
        """Raises NotFetched for an address that is nothing for us, as far as it tells itself."""
        try:
            parts = urlsplit(url)
            trusted = self._is_trusted(url)
        except ValueError as error:
            raise NotFetched("address_wrong", is_final=True) from error
        if len(url) > LONGEST_URL or not url.isascii() or any(ord(one) <= 32 for one in url):
            raise NotFetched("address_wrong", is_final=True)
        if not trusted:
            refuse_unsafe(url)
        elif parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise NotFetched("address_wrong", is_final=True)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, of which nothing else is read. Raises NotFetched.

        A redirect is an answer like any other: whoever has moved says so to us.
        """
        self.refuse(url)
        resolver = ThreadedResolver() if self._is_trusted(url) else PublicResolver()
        connector = TCPConnector(resolver=resolver, use_dns_cache=False)
        timeout = ClientTimeout(total=LONGEST_S, sock_connect=5)
        try:
            async with (
                ClientSession(
                    connector=connector,
                    timeout=timeout,
                    max_line_size=8190,
                    max_field_size=8190,
                ) as session,
                session.post(
                    url, data=body, headers=dict(headers), allow_redirects=False
                ) as response,
            ):
                return response.status
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise reason_of(error) from error

    def _is_trusted(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return bool({host, f"{host}:{parts.port}"} & self.private_hosts)
