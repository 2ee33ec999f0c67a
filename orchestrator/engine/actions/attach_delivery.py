"""A person says which attempt a call of another platform was, where no id said so."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import hosted_calls
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.report_rows import load
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.reports import CallDelivered
from storage import attempts, hosted, inbox
from storage.inbox import Status

LIST = "`outreach attempts unmatched` lists those that wait for you."


async def attach_delivery(
    ctx: Context, tx: AsyncConnection, delivery_id: UUID, attempt_id: UUID, by: Actor
) -> None:
    """Apply an unmatched delivery to this attempt, as if it had named it.

    Raises Rejected when there is no such delivery or attempt, or when the attempt was never made.
    """
    require(by, Role.OPERATOR)
    entry = await hosted.lock_unmatched(tx, delivery_id)
    if entry is None:
        raise Rejected("unknown_delivery", f"There is no unmatched delivery {delivery_id}.", LIST)
    report = load(entry.kind, entry.payload["report"])
    attempt = await attempts.find(tx, attempt_id)
    if attempt is None or attempt.channel is not ChannelName.VOICE:
        raise Rejected(
            "unknown_attempt",
            f"There is no call with the id {attempt_id}.",
            "`outreach leads why` shows the attempts of a lead.",
        )
    assert isinstance(report, CallDelivered), "only calls of other platforms are unmatched so"
    known, told = attempt.provider_ref, report.call.call_id
    if told is not None and known not in (None, told):
        raise Rejected(
            "other_call",
            f"The attempt was the call {known}, and the delivery speaks of another one.",
            LIST,
        )
    if not await hosted_calls.apply_to(ctx, tx, attempt_id, report):
        raise Rejected(
            "never_made",
            f"The attempt is {attempt.state}: nobody was asked to make it.",
            "Attach it to the attempt that was made.",
        )
    await inbox.settle(tx, entry, Status.APPLIED)
