"""Carries one request to a platform, once, and knows afterwards whether any of it left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Final

from aiohttp import (
    ClientSession,
    ClientTimeout,
    TraceConfig,
    TraceRequestHeadersSentParams,
)

from channels.boottime import boottime

LARGEST_ANSWER: Final = 4 * 1024 * 1024
LONGEST_RETRY_AFTER: Final = timedelta(hours=1)


class TooLate(Exception):
    """The order's deadline has passed; nothing left this machine."""


class NoUsableAnswer(Exception):
    """What came back is no JSON, or more than anybody needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, filled in."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    status: int
    body: object
    """As JSON; None where there was none."""
    text: str
    retry_after: timedelta | None


@dataclass(slots=True)
class Departure:
    """Whether the bytes of one request have left, and until when they may."""

    deadline: float | None = None
    """A reading of `boottime`; None: any time will do."""
    left: bool = False

    def depart(self) -> None:
        """The last act before bytes are written. Raises `TooLate`."""
        if self.deadline is not None and boottime() >= self.deadline:
            raise TooLate
        self.left = True


def open_session(timeout: timedelta) -> ClientSession:
    """Connections to one platform; call it inside a running loop and close what it returns."""
    # aiohttp calls this after a connection is there and before it writes the request's first byte.
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_depart)
    limit = ClientTimeout(total=timeout.total_seconds())
    return ClientSession(trace_configs=[trace], timeout=limit)


async def carry(session: ClientSession, asked: Asked, departure: Departure) -> Answered:
    """Send it, follow no redirect, repeat nothing. Raises what aiohttp raises, and ours."""
    if departure.deadline is not None and boottime() >= departure.deadline:
        raise TooLate
    async with session.request(
        asked.method,
        asked.url,
        params=dict(asked.query),
        json=asked.body,
        headers=dict(asked.headers),
        allow_redirects=False,
        trace_request_ctx=departure,
    ) as response:
        raw = await response.content.read(LARGEST_ANSWER + 1)
        while len(raw) <= LARGEST_ANSWER and (more := await response.content.read(LARGEST_ANSWER)):
            raw += more
        if len(raw) > LARGEST_ANSWER:
            raise NoUsableAnswer
        text = raw.decode(errors="replace")
        retry_after = _retry_after(response.headers.get("Retry-After"))
        return Answered(
            status=response.status, body=_json(text), text=text, retry_after=retry_after
        )


async def _depart(
    _: ClientSession, context: SimpleNamespace, __: TraceRequestHeadersSentParams
) -> None:
    departure: Departure = context.trace_request_ctx
    departure.depart()


def _json(text: str) -> object:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    # Brackets nested a thousand deep are a RecursionError.
    except (ValueError, RecursionError):
        return None


def _retry_after(header: str | None) -> timedelta | None:
    """Only the form in seconds; a date would be read against a clock that is not theirs."""
    if header is None or not header.strip().isdecimal():
        return None
    return min(timedelta(seconds=int(header.strip()[:9])), LONGEST_RETRY_AFTER)
