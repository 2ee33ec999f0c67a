"""Tells endpoints what happened: collects each event once, and sends until it arrives."""

import json
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.downloads import NotFetched
from orchestrator.engine.context import Context
from outreach.events import Kind
from outreach.webhook_signature import signed, wait_after
from storage import clock, endpoint_deliveries, endpoints, event_log
from storage.database import transaction
from storage.endpoint_deliveries import Due
from storage.event_log import Logged
from storage.events import Event, record

log = structlog.get_logger(__name__)

TASK: Final = "deliver_webhooks"
LOOKED_AT: Final = 1000
"""Events that one transaction looks through for one endpoint."""
AT_ONCE: Final = 50
"""Deliveries that one job makes."""
LEASE: Final = timedelta(minutes=10)
"""Longer than all deliveries of one job may take."""
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=10)
"""Between two tries of an endpoint that fails."""
GIVEN_UP_AFTER: Final = timedelta(days=5)
"""Of nothing but failures; then it is told nothing until somebody enables it."""
KEPT: Final = timedelta(days=7)
GONE: Final = 410


async def tell_endpoints(ctx: Context) -> int:
    """Collect what happened, and have what is due sent; returns how many are sent to. A duty."""
    async with transaction(ctx.database) as tx:
        listening = await endpoints.list_listening(tx)
        if listening:
            await endpoint_deliveries.prune(tx, KEPT)
    return sum([await _tell(ctx, id) for id in listening])


async def _tell(ctx: Context, endpoint_id: UUID) -> int:
    async with transaction(ctx.database) as tx:
        listener = await endpoints.hold(tx, endpoint_id)
        if listener is None:
            return 0
        read = await event_log.after(tx, listener.told, LOOKED_AT, listener.kinds)
        now = await clock.now(tx)
        await endpoint_deliveries.collect(tx, endpoint_id, read.events, lambda: ctx.new_id(now))
        if read.until != listener.told:
            await endpoints.advance(tx, endpoint_id, read.until)
        if not await endpoints.lease(tx, endpoint_id, LEASE):
            return 0
        await ctx.side_work.defer(tx, TASK, {"endpoint_id": str(endpoint_id)})
        return 1


async def deliver_webhooks(ctx: Context, endpoint_id: str) -> int:
    """Send what is due, one by one, until one fails; returns how many arrived.

    Who dies between sending and writing sends again, under the same id: the receiver tells.
    """
    arrived, id = 0, UUID(endpoint_id)
    try:
        for _ in range(AT_ONCE):
            async with transaction(ctx.database) as tx:
                due = await endpoint_deliveries.next_due(tx, id)
                body = await _body(tx, due) if due else None
            if due is None or not await _deliver(ctx, id, due, body):
                break
            arrived += 1
    finally:
        async with transaction(ctx.database) as tx:
            await endpoints.release(tx, id)
    return arrived


async def _deliver(ctx: Context, endpoint_id: UUID, due: Due, body: bytes | None) -> bool:
    """Whether to go on with the next."""
    if body is None:
        async with transaction(ctx.database) as tx:
            await endpoint_deliveries.failed(tx, due.id, "event_gone", None)
        return True
    problem = await _post(ctx, due, body)
    ctx.seam("webhook sent")
    async with transaction(ctx.database) as tx:
        if problem is None:
            await endpoint_deliveries.sent(tx, due.id)
            await endpoints.is_well(tx, endpoint_id)
            return True
        await endpoint_deliveries.failed(tx, due.id, problem, wait_after(due.tries + 1))
        ill_for = await endpoints.is_ill(tx, endpoint_id, shortest=SHORTEST, longest=LONGEST)
        if problem == f"http_{GONE}" or ill_for >= GIVEN_UP_AFTER:
            await _disable(tx, endpoint_id, problem)
    log.info("a webhook did not arrive", endpoint_id=str(endpoint_id), problem=problem)
    return False


async def _post(ctx: Context, due: Due, body: bytes) -> str | None:
    """The code of what went wrong; None: it arrived."""
    if ctx.posts is None:
        return "sending_not_set_up"
    headers = {
        "content-type": "application/json",
        "user-agent": "Outreach-Webhooks",
        **signed(due.secret, str(due.id), due.real_time, body),
    }
    try:
        status = await ctx.posts.post(due.url, headers, body)
    except NotFetched as error:
        return error.reason
    return None if 200 <= status < 300 else f"http_{status}"


async def _disable(tx: AsyncConnection, endpoint_id: UUID, reason: str) -> None:
    if not await endpoints.disable(tx, endpoint_id, reason):
        return
    now = await clock.now(tx)
    data = {"endpoint": str(endpoint_id), "reason": reason}
    await record(tx, [Event(kind=Kind.ENDPOINT_DISABLED, at=now, data=data)])


async def _body(tx: AsyncConnection, due: Due) -> bytes | None:
    """What is told of the event, with lead and attempt as they are now; None: it is let go of."""
    event = await event_log.find(tx, due.event_seq, due.event_at)
    if event is None:
        return None
    lead, attempt = event.lead_id, event.attempt_id
    content = {
        "type": event.kind,
        "timestamp": event.at,
        "data": {
            **_facts(event),
            "lead": await endpoint_deliveries.lead_in_public(tx, lead) if lead else None,
            "attempt": await endpoint_deliveries.attempt_in_public(tx, attempt)
            if attempt
            else None,
        },
    }
    return json.dumps(content, default=_plain, separators=(",", ":")).encode()


def _facts(event: Logged) -> dict[str, Any]:
    names = ("actor", "campaign_id", "lead_id", "contact_id", "attempt_id")
    return {**{name: getattr(event, name) for name in names}, "facts": event.data}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
