"""`/metrics`: how work goes on, in numbers for Prometheus; sums alone, nothing of any person."""

import asyncio
import ipaddress
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from orchestrator.engine.counts import Counted, Counts
from storage.metrics import Snapshot
from web.exposition import MEDIA_TYPE, Family, expose, single

FRESH_S: Final = 3
"""Machine time for which one look at the database serves everybody who asks this process."""
FORWARDED: Final = ("forwarded", "x-forwarded-for", "via")

ReadSnapshot = Callable[[], Awaitable[Snapshot | None]]
"""None: the database does not answer."""


def routes(read: ReadSnapshot, counts: Counts, token: str | None) -> APIRouter:
    """Without a token only this machine is answered, and no proxy on it."""
    router = APIRouter(tags=["metrics"])
    look = _Look(read=read)

    @router.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        if not may_read(request, token):
            fix = "Set telemetry.metrics_token and send it as `Authorization: Bearer`.\n"
            return PlainTextResponse(fix, status_code=401 if token else 403)
        snapshot = await look.recent()
        text = expose([*_counted(counts), *_standing(snapshot)])
        return Response(text, media_type=MEDIA_TYPE)

    return router


def may_read(request: Request, token: str | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class _Look:
    """The last look at the database, shared by all who ask within a few seconds."""

    read: ReadSnapshot
    snapshot: Snapshot | None = None
    stale_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def recent(self) -> Snapshot | None:
        async with self.turn:
            if time.monotonic() >= self.stale_at:
                self.snapshot = await self.read()
                self.stale_at = time.monotonic() + FRESH_S
            return self.snapshot


COUNTERS: Final = (
    (Counted.CLAIMED, "attempts_claimed_total", "channel", "Due attempts that were claimed."),
    (Counted.REFUSED, "attempts_refused_total", "reason", "Attempts that the gate refused."),
    (Counted.STARTED, "attempts_started_total", "answer", "Orders given to a provider."),
    (
        Counted.LEASES_EXPIRED,
        "leases_expired_total",
        "state",
        "Attempts taken back or doubted because their process fell silent.",
    ),
    (Counted.WEBHOOKS, "webhooks_received_total", "kind", "Deliveries that were let in."),
    (Counted.COST, "cost_micros_total", "currency", "Cost, in millionths of the currency."),
)


def _counted(counts: Counts) -> Iterator[Family]:
    """What this process did."""
    for what, name, label, help in COUNTERS:
        samples: dict[tuple[str, ...], float] = {
            (value,): total for value, total in counts.of(what).items()
        }
        yield Family(name=name, kind="counter", help=help, labels=(label,), samples=samples)
    seconds = counts.of(Counted.WEBHOOK_SECONDS).get("", 0.0)
    help = "Time spent on taking deliveries in and applying them."
    yield single("webhook_duration_seconds_total", "counter", help, seconds)


def _standing(found: Snapshot | None) -> Iterator[Family]:
    """What the database holds; the same in every process."""
    up = "Whether the database answers this process."
    yield single("database_up", "gauge", up, float(found is not None))
    if found is None:
        return
    yield from _attempts(found)
    yield from _reports(found)
    yield from _means(found)


def _attempts(found: Snapshot) -> Iterator[Family]:
    yield Family(
        name="attempts_due",
        kind="gauge",
        help="Attempts of running campaigns that are due, at most 1000 for each campaign,"
        " channel and priority.",
        labels=("channel",),
        samples=found.due,
    )
    late = "Age of the oldest due attempt of a running campaign."
    yield single("attempts_oldest_due_seconds", "gauge", late, found.oldest_due_s or 0.0)
    yield Family(
        name="attempts_in_flight",
        kind="gauge",
        help="Attempts that are claimed, at a provider, live or of unknown fate.",
        labels=("channel", "state"),
        samples=found.in_flight,
    )
    lost = "Attempts in flight whose lease has run out and that nobody has taken up."
    yield single("attempts_lease_overdue", "gauge", lost, found.leases_expired)
    people = "Calls of running campaigns that people answered in the last 30 days."
    yield Family(
        name="calls_answered_30_days",
        kind="gauge",
        help=people,
        labels=("campaign",),
        samples=found.answered,
    )
    yield Family(
        name="calls_abandoned_30_days",
        kind="gauge",
        help="Those of them in which nobody of ours spoke within two seconds.",
        labels=("campaign",),
        samples=found.abandoned,
    )
    waiting = "Conversations in which an answer of ours is due or being written."
    yield single("replies_waiting", "gauge", waiting, found.replies_waiting)
    oldest = "How long the oldest due answer has been due."
    yield single("replies_oldest_due_seconds", "gauge", oldest, found.oldest_reply_s or 0.0)


def _reports(found: Snapshot) -> Iterator[Family]:
    pending = "Deliveries that could not be applied yet and are tried again."
    yield single("webhooks_pending", "gauge", pending, found.webhooks_pending)
    failed = "Deliveries that were given up; a person has to look."
    yield single("webhooks_failed", "gauge", failed, found.webhooks_failed)
    lag = "Age of the oldest delivery that is not applied."
    yield single("webhook_lag_seconds", "gauge", lag, found.webhook_lag_s or 0.0)
    rejected = "Requests that were turned away at the door, by all processes together."
    yield single("webhook_rejections_total", "counter", rejected, found.rejections)
    yield Family(
        name="side_jobs",
        kind="gauge",
        help="Slow side work that waits, runs or was given up.",
        labels=("status",),
        samples=found.side_jobs,
    )


def _means(found: Snapshot) -> Iterator[Family]:
    yield Family(
        name="senders",
        kind="gauge",
        help="Numbers that we speak from.",
        labels=("channel", "status"),
        samples=found.senders,
    )
    yield Family(
        name="senders_unused",
        kind="gauge",
        help="Numbers that are parked or stopped, by reason.",
        labels=("reason",),
        samples=found.parked,
    )
    yield Family(
        name="breakers",
        kind="gauge",
        help="Circuit breakers of numbers and providers, by state.",
        labels=("scope", "state"),
        samples=found.breakers,
    )
    yield Family(
        name="processes",
        kind="gauge",
        help="Living processes by role.",
        labels=("role",),
        samples=found.processes,
    )
    slots = "Calls that all living processes can hold at once."
    yield single("voice_slots", "gauge", slots, found.voice_slots)
    used = "Calls that hold a slot."
    yield single("voice_slots_used", "gauge", used, found.voice_slots_used)
    stopped = "Whether an operator has stopped everything."
    yield single("operator_stopped", "gauge", stopped, float(found.stopped))
