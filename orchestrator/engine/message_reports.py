"""What the provider says about our messages: ranks only rise, whatever order they come in."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import follow_up, results, spending
from orchestrator.engine.actions.actor import PROVIDER
from orchestrator.engine.actions.suppress import EVERYWHERE, Reach, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.judge import Verdict
from outreach.attempt import State
from outreach.call_status import is_final_message, message_outcome, message_rank
from outreach.channel import ChannelName
from outreach.charges import Part
from outreach.events import Kind
from outreach.outcome import Outcome
from outreach.prices import Used
from outreach.reports import MessageReported
from storage import (
    answered_attempts,
    attempts,
    clock,
    conversations,
    lines,
    messages,
    reported,
)
from storage.attempts import Cause
from storage.database import transaction
from storage.events import Event, record
from storage.messages import Message, Move
from storage.reported import Reported
from storage.tasks import Task, open_task

REACHED_PROVIDER: Final = ("composed", "sending", "unsure", "sent")
SENT: Final = frozenset({"sent", "delivered", "read"})
NOT_DELIVERED: Final = frozenset({"failed", "undelivered", "canceled"})
UNDER_WAY: Final = frozenset({State.STARTING, State.UNSURE, State.STARTED})
PROVIDERS_WORD: Final = frozenset({Outcome.DELIVERED, Outcome.READ, Outcome.UNDELIVERED})


async def message_reported(ctx: Context, tx: AsyncConnection, report: MessageReported) -> bool:
    """Apply a status; False when no such message is known."""
    rank = message_rank(report.status)
    known = await messages.find(tx, report.message_id)
    if rank is None or known is None:
        return False
    now = await clock.now(tx)
    attempt = await reported.lock(tx, known.attempt_id) if known.attempt_id else None
    payer = await _payer(tx, known, report)
    await conversations.lock(tx, known.conversation_id)
    message = await messages.lock(tx, report.message_id)
    assert message is not None, "messages are never deleted while they are reported on"
    await _tell(tx, message, attempt, report, now)
    if message.provider_ref not in (None, report.provider_ref):
        return True
    await messages.report(
        tx,
        message.id,
        provider_ref=report.provider_ref,
        status=report.status,
        rank=rank,
        error_code=report.error_code,
    )
    await _settle(tx, message, report, now)
    if payer is not None:
        await spending.message_left(ctx, tx, payer, message.id)
    elif attempt is not None and report.status in NOT_DELIVERED:
        await spending.spend(ctx, tx, attempt.id, Part.MESSAGES, Used())
    if attempt is not None:
        await _attempt_reported(ctx, tx, attempt, report, rank, now)
    elif report.status in NOT_DELIVERED and message.provider_rank < rank:
        await _reply_failed(ctx, tx, message, report, now)
    return True


async def _payer(tx: AsyncConnection, known: Message, report: MessageReported) -> UUID | None:
    """The attempt that bears what a message costs; None while nobody says that it was sent.

    A word of a conversation is borne by the message that opened it, which is locked here: only
    where nothing failed, for a failure may suppress the person, and that begins with their leads.
    """
    if report.status not in SENT:
        return None
    if known.attempt_id is not None:
        return known.attempt_id
    opening = await answered_attempts.find(tx, known.conversation_id, None)
    return None if opening is None else opening.id


async def end_silent(ctx: Context) -> int:
    """End the opening messages of which nothing more was heard for a day. A duty."""
    async with transaction(ctx.database) as tx:
        before = await clock.now(tx) - ctx.limits.message_ends_after
        found = await reported.list_silent_messages(tx, before, ctx.limits.recover_batch)
    for attempt_id in found:
        async with transaction(ctx.database) as tx:
            attempt = await reported.lock(tx, attempt_id)
            if attempt is not None and attempt.state is State.STARTED:
                outcome = message_outcome(attempt.provider_status or "") or Outcome.UNDELIVERED
                await _end(ctx, tx, attempt, outcome, await clock.now(tx))
    return len(found)


async def _settle(
    tx: AsyncConnection, message: Message, report: MessageReported, now: datetime
) -> None:
    """Whoever reports on a message has it: it was sent, or it failed."""
    if report.status in NOT_DELIVERED:
        if message.provider_rank < (message_rank("read") or 0):
            step = Move(expected=REACHED_PROVIDER, to="failed", error_code=report.error_code)
            await messages.move(tx, message.id, step, now)
        return
    if message.state in ("composed", "sending", "unsure"):
        await messages.move(tx, message.id, Move(expected=REACHED_PROVIDER, to="sent"), now)
    await conversations.spoke(tx, message.conversation_id, message.sent_at or now)


async def _attempt_reported(
    ctx: Context,
    tx: AsyncConnection,
    attempt: Reported,
    report: MessageReported,
    rank: int,
    now: datetime,
) -> None:
    await reported.raise_rank(
        tx,
        attempt.id,
        provider_ref=report.provider_ref,
        status=report.status,
        rank=rank,
        error_code=report.error_code,
    )
    if attempt.state in (State.STARTING, State.UNSURE):
        await attempts.move(
            tx,
            attempt.id,
            {attempt.state},
            State.STARTED,
            Cause(at=now, actor="provider"),
            started_at=now,
            # The answer to the order, when it comes, changes nothing any more.
            lease_until=func.clock_timestamp() + ctx.limits.started_lease,
        )
        await lines.release(tx, [attempt.id])
    outcome = message_outcome(report.status)
    if outcome is None or not is_final_message(report.status):
        return
    verdict = None
    if outcome is Outcome.UNDELIVERED:
        verdict = ctx.judge.after_callback(report.error_code, ChannelName.WHATSAPP)
        outcome = verdict.outcome
    if attempt.state in UNDER_WAY:
        await _end(ctx, tx, attempt, outcome, now, verdict)
        return
    # Read after delivered, or after the provider had given it up.
    if attempt.outcome in PROVIDERS_WORD and rank > attempt.provider_rank:
        await results.revise(ctx, tx, attempt, outcome, by="provider")


async def _end(
    ctx: Context,
    tx: AsyncConnection,
    attempt: Reported,
    outcome: Outcome,
    now: datetime,
    verdict: Verdict | None = None,
) -> None:
    await attempts.move(
        tx,
        attempt.id,
        {State.STARTED},
        State.ENDED,
        Cause(at=now, actor="provider", data={"outcome": outcome}),
        ended_at=now,
        outcome=outcome,
        outcome_by="provider",
        undecided=True,
        lease_until=None,
    )
    if verdict is not None:
        await _heed(ctx, tx, attempt.contact_id, verdict, f"attempt:{attempt.id}", now)
    await follow_up.apply(ctx, tx, attempt.id)


async def _reply_failed(
    ctx: Context, tx: AsyncConnection, message: Message, report: MessageReported, now: datetime
) -> None:
    """A word of the conversation did not reach the person: somebody has to look."""
    talk = await conversations.find(tx, message.conversation_id)
    assert talk is not None, "a message has a conversation"
    verdict = ctx.judge.after_callback(report.error_code, ChannelName.WHATSAPP)
    await _heed(ctx, tx, talk.contact_id, verdict, f"message:{message.id}", now)
    await open_task(
        tx,
        Task(
            id=ctx.new_id(now),
            kind="message_failed",
            body=f"A message did not arrive: {verdict.reason}.",
            created_by="engine",
            created_at=now,
            lead_id=talk.lead_id,
            contact_id=talk.contact_id,
        ),
    )


async def _heed(
    ctx: Context,
    tx: AsyncConnection,
    contact_id: UUID,
    verdict: Verdict,
    source: str,
    now: datetime,
) -> None:
    """Never again, where the provider says that the person or somebody on the way forbids it."""
    if verdict.then != "suppress":
        return
    everywhere = verdict.outcome is Outcome.OPTED_OUT
    reach = Reach(
        source=source,
        reason=verdict.outcome if everywhere else verdict.reason,
        by=PROVIDER,
        scope=EVERYWHERE if everywhere else ChannelName.WHATSAPP,
    )
    await suppress_contacts(ctx, tx, [contact_id], reach, now)


async def _tell(
    tx: AsyncConnection,
    message: Message,
    attempt: Reported | None,
    report: MessageReported,
    now: datetime,
) -> None:
    event = Event(
        kind=Kind.MESSAGE_STATUS,
        at=now,
        actor="provider",
        campaign_id=attempt.campaign_id if attempt else None,
        lead_id=attempt.lead_id if attempt else None,
        contact_id=attempt.contact_id if attempt else None,
        attempt_id=attempt.id if attempt else None,
        data={
            "message_id": str(message.id),
            "status": report.status,
            "error_code": report.error_code,
        },
    )
    await record(tx, [event])
