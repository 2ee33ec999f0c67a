"""What comes back is written down once, then applied; what cannot be applied waits, and is seen."""

from datetime import timedelta
from functools import partial
from traceback import format_exception
from typing import Final, assert_never
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import (
    call_reports,
    hosted_calls,
    inbound,
    inbound_calls,
    message_reports,
    recordings,
)
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.journeys.receive import touchpoints_delivered
from orchestrator.engine.report_rows import dump, kind_of, load
from orchestrator.engine.tracing import WEBHOOK, now_ns
from outreach.events import Kind
from outreach.reports import (
    CallDelivered,
    CallReceived,
    CallReported,
    Delivery,
    MachineReported,
    MessageReceived,
    MessageReported,
    RecordingReported,
    Report,
    TouchpointsDelivered,
)
from storage import clock, inbox
from storage.contention import is_passing, patiently
from storage.database import transaction
from storage.events import Event, record
from storage.inbox import Entry, Status

log = structlog.get_logger(__name__)

WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 30, 60, 300, 900, 3600)
)
"""Machine time before the second, third … tenth try."""


async def receive(ctx: Context, delivery: Delivery) -> None:
    """Take one webhook in: stored and applied in one transaction, however often it comes.

    Rows that somebody else holds are waited for again; only then is the delivery kept for later,
    because what it says (an opt-out, say) may forbid what happens next.

    Raises what the database raises; nothing is stored then, and the provider tries again.
    """
    began, kind = now_ns(), kind_of(delivery.report)
    try:
        await patiently(partial(_take, ctx, delivery))
    except DBAPIError as error:
        if not is_passing(error):
            raise
        await _take(ctx, delivery, may_wait=True)
    ctx.counts.add(Counted.WEBHOOKS, kind)
    ctx.counts.add(Counted.WEBHOOK_SECONDS, by=(now_ns() - began) / 1e9)
    if (attempt_id := attempt_of(delivery.report)) is not None:
        ctx.tracer.step(attempt_id, WEBHOOK, began, {"kind": kind, "source": delivery.source})


def attempt_of(report: Report) -> UUID | None:
    """Of which attempt it speaks, as far as the report itself says; None for people's own acts."""
    match report:
        case CallReported() | MachineReported() | RecordingReported():
            return report.attempt_id
        case MessageReported():
            # An opening message has its attempt's id; a later one of the chat begins a trace.
            return report.message_id
        case CallDelivered():
            return report.call.attempt_id
        case MessageReceived() | CallReceived() | TouchpointsDelivered():
            return None
    assert_never(report)


async def _take(ctx: Context, delivery: Delivery, *, may_wait: bool = False) -> None:
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        entry = Entry(
            id=ctx.new_id(now),
            month=inbox.month_of(now),
            kind=kind_of(delivery.report),
            payload={"report": dump(delivery.report), "raw": dict(delivery.payload)},
            tries=0,
        )
        if await inbox.enter(tx, entry, source=delivery.source, key=delivery.key, now=now):
            await apply(ctx, tx, entry, delivery.report, may_wait=may_wait)


async def retry_pending(ctx: Context) -> int:
    """Try again what is due; returns how many deliveries were tried. A duty."""
    tried = 0
    for _ in range(ctx.limits.recover_batch):
        async with transaction(ctx.database) as tx:
            entry = await inbox.take_pending(tx)
            if entry is None:
                return tried
            report = load(entry.kind, entry.payload["report"])
            await apply(ctx, tx, entry, report, may_wait=True)
        tried += 1
    return tried


async def apply(
    ctx: Context, tx: AsyncConnection, entry: Entry, report: Report, *, may_wait: bool
) -> None:
    """Apply a report, or keep it for later with its problem: the delivery itself is never lost."""
    try:
        async with tx.begin_nested():
            known = await _dispatch(ctx, tx, report)
    # Whatever went wrong, only the savepoint goes: the delivery stays and is tried again.
    except Exception as error:
        if is_passing(error) and not may_wait:
            raise
        wait = WAITS[entry.tries] if entry.tries < len(WAITS) else None
        await inbox.postpone(tx, entry, problem=_problem(error), wait=wait)
        log.error(
            "A delivery could not be applied",
            inbox_id=str(entry.id),
            kind=entry.kind,
            problem=_problem(error),
            # The database's own words repeat what it was given.
            personal_trace="".join(format_exception(error)),
        )
        if wait is None:
            now = await clock.now(tx)
            data = {"inbox_id": str(entry.id), "kind": entry.kind, "problem": _problem(error)}
            await record(tx, [Event(kind=Kind.WEBHOOK_FAILED, at=now, data=data)])
        return
    await inbox.settle(tx, entry, Status.APPLIED if known else Status.UNMATCHED)


async def _dispatch(ctx: Context, tx: AsyncConnection, report: Report) -> bool:
    """Apply one report; False when it speaks of nothing that we know."""
    match report:
        case CallReported():
            return await call_reports.call_reported(ctx, tx, report)
        case MachineReported():
            return await call_reports.machine_reported(ctx, tx, report)
        case RecordingReported():
            return await recordings.recording_reported(ctx, tx, report)
        case MessageReported():
            return await message_reports.message_reported(ctx, tx, report)
        case MessageReceived():
            return await inbound.message_received(ctx, tx, report)
        case CallReceived():
            return await inbound_calls.call_received(ctx, tx, report)
        case CallDelivered():
            return await hosted_calls.call_delivered(ctx, tx, report)
        case TouchpointsDelivered():
            return await touchpoints_delivered(ctx, tx, report)
    assert_never(report)


def _problem(error: Exception) -> str:
    """The kind of error alone: its words may hold a name or a number."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return f"{type(error).__name__}{f' {code}' if code else ''}"
