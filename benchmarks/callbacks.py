"""Signed callbacks of calls that ring and of calls that nobody answers, sent over and over."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from twilio.request_validator import RequestValidator

PUBLIC_URL = "https://bench.example.com"
TOKEN = "0" * 32
"""The account's token in a benchmark's world."""
STATUSES = ("ringing", "no-answer")


def requests_for(attempts: Sequence[UUID], prefix: str = "/webhooks/twilio") -> list[bytes]:
    """Two callbacks for each attempt, first all that ring; signed as the provider signs."""
    return [
        request(f"{prefix}/voice/{id}/status", id, status) for status in STATUSES for id in attempts
    ]


def request(path: str, id: UUID, status: str) -> bytes:
    params = {
        "AccountSid": "AC" + "0" * 32,
        "CallSid": f"CA{id.hex}",
        "CallStatus": status,
        "Direction": "outbound-api",
        "From": "+12025550100",
        "SequenceNumber": str(STATUSES.index(status)),
        "To": "+12125550100",
    }
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, params)
    body = urlencode(params).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench.example.com\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True, kw_only=True)
class Answers:
    """How callbacks were answered."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds until each was answered for good."""
    turned_away: int = 0
    """How often 503 was said; the callback came again."""

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    @property
    def p99_ms(self) -> float:
        return sorted(self.waits)[int(len(self.waits) * 0.99)] * 1e3


async def send(port: int, requests: Sequence[bytes], connections: int) -> Answers:
    """Send all of these over so many connections, each as soon as the last one is answered."""
    answers = Answers()
    left = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_send(port, left, answers) for _ in range(connections)))
    answers.seconds = time.perf_counter() - began
    return answers


async def _send(port: int, left: Iterator[bytes], answers: Answers) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in left:
        began = time.perf_counter()
        while True:
            writer.write(one)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            status = int(head.split(maxsplit=2)[1])
            if status != 503:
                break
            assert b"retry-after" in head.lower(), "503 says when to come again"
            answers.turned_away += 1
            await asyncio.sleep(0.2)
        assert status in (200, 204), head
        answers.waits.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
