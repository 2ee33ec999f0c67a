"""What the way out needs of the way back, and the duties of the way back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import (
    call_end,
    chat_reading,
    coming_back,
    follow_up,
    hosted_matching,
    ingest,
    message_reports,
    replies,
    sending,
    side_work,
    silence,
    webhooks_out,
)
from orchestrator.engine.actions.actor import PROVIDER
from orchestrator.engine.actions.suppress import EVERYWHERE, Reach, suppress_contacts
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from outreach.events import Kind
from outreach.outcome import Outcome
from storage import clock, decisions, reported
from storage.events import Event, record

OPTED_OUT: Final = frozenset({"opted_out", "blocked_by_person"})
"""Reasons of a refusal that are the person's own wish; others close one channel."""


async def suppress(ctx: Context, tx: AsyncConnection, attempt_id: UUID, reason: str) -> None:
    """The provider refuses this attempt because the person or somebody on the way forbids it."""
    attempt = await reported.lock(tx, attempt_id)
    if attempt is None:
        return
    theirs = reason in OPTED_OUT
    reach = Reach(
        source=f"attempt:{attempt_id}",
        reason=Outcome.OPTED_OUT if theirs else reason,
        by=PROVIDER,
        scope=EVERYWHERE if theirs else attempt.channel,
    )
    now = await clock.now(tx)
    await suppress_contacts(ctx, tx, [attempt.contact_id], reach, now)
    opted_out = Outcome.OPTED_OUT
    if theirs and await decisions.set_outcome(tx, attempt_id, opted_out, by=PROVIDER.name):
        event = Event(
            kind=Kind.ATTEMPT_RESULT,
            at=now,
            actor=PROVIDER.name,
            campaign_id=attempt.campaign_id,
            lead_id=attempt.lead_id,
            contact_id=attempt.contact_id,
            attempt_id=attempt.id,
            data={"outcome": opted_out},
        )
        await record(tx, [event])


async def reply(ctx: Context) -> int:
    """Answer, and let the answers leave at once."""
    answered = await replies.answer_due(ctx)
    await sending.send_composed(ctx)
    return answered


AFTERMATH: Final = Aftermath(follow_up=follow_up.apply, suppress=suppress, receive=ingest.receive)

Duty = Callable[[Context], Awaitable[int]]
DUTIES: Final[Mapping[str, Duty]] = {
    "inbox": ingest.retry_pending,
    "unmatched": hosted_matching.match_again,
    "settle_calls": call_end.settle_waiting,
    "left_over": follow_up.decide_left_over,
    "end_messages": message_reports.end_silent,
    "silence": silence.count_silence,
    "replies": reply,
    "sending": sending.send_composed,
    "lost_messages": sending.look_up_lost,
    "conversations_back": coming_back.bring_back,
    "read_chats": chat_reading.start_due,
    "side_jobs": side_work.retry_jobs,
    "webhooks": webhooks_out.tell_endpoints,
}
"""Each is done every `limits.duty_every`, by any number of processes at once; it returns how much
it did, and may be called again at once while that is not nothing."""
