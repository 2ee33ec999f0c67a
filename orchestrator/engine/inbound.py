"""A person writes to us: the window opens, what was planned gives way, an answer becomes due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import replied
from orchestrator.engine.actions.actor import PERSON
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.giving_way import park_for_reply
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.opt_out import written
from outreach.outcome import Outcome
from outreach.reports import MessageReceived
from storage import (
    answered_attempts,
    clock,
    conversations,
    leads,
    left_alone,
    messages,
    reached_senders,
    worked_leads,
)
from storage.answered_attempts import Answered
from storage.conversations import Conversation, Heard
from storage.events import Event, record
from storage.reached_senders import ReachedSender
from storage.tasks import Task, open_task

WINDOW: Final = timedelta(hours=24)
"""How long free text may be sent after the person's last message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote, and for which lead it counts; no lead where nobody was ever contacted."""

    contact_id: UUID
    lead_id: UUID | None


async def message_received(ctx: Context, tx: AsyncConnection, report: MessageReceived) -> bool:
    """Store a message of a person and do what follows; False when it reached no number of ours."""
    sender = await reached_senders.find_at(tx, ChannelName.WHATSAPP, report.to)
    if sender is None:
        return False
    now = await clock.now(tx)
    person = await _person(ctx, tx, report, now)
    await leads.lock(tx, await worked_leads.leads_of_contacts(tx, [person.contact_id]))
    answered = await _answered(tx, sender, report)
    talk = await conversations.open_between(
        tx,
        id=ctx.new_id(now),
        sender_id=sender.id,
        contact_id=person.contact_id,
        phone=report.from_,
        lead_id=person.lead_id,
        now=now,
    )
    message_id = await _store(ctx, tx, talk, report, sender, now)
    if message_id is not None:
        await _follow(ctx, tx, Said(talk=talk, id=message_id, answers=answered), report, now)
    return True


async def _answered(
    tx: AsyncConnection, sender: ReachedSender, report: MessageReceived
) -> Answered | None:
    """The opening message that this answers, held before the conversation is."""
    known = await conversations.find_between(tx, sender_id=sender.id, phone=report.from_)
    return await answered_attempts.find(tx, known.id, report.answered_ref) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A stored message, the conversation it is in, and the attempt it answers."""

    talk: Conversation
    id: UUID
    answers: Answered | None


async def _follow(
    ctx: Context,
    tx: AsyncConnection,
    said: Said,
    report: MessageReceived,
    now: datetime,
) -> None:
    talk, message_id = said.talk, said.id
    opted_out = written(report.body, report.button or "") is not None
    await _tell(tx, talk, message_id, report, now)
    closed = await left_alone.holds(tx, ctx.marks, phone=talk.phone, channel=ChannelName.WHATSAPP)
    speaks = talk.handler == "agent" and talk.lead_id is not None
    wants_agent = speaks and not opted_out and not closed
    await conversations.hear(
        tx,
        talk.id,
        Heard(
            message_id=message_id,
            at=_written_at(report, now),
            window_expires_at=_written_at(report, now) + WINDOW,
            reply_due_at=now + ctx.limits.settle if wants_agent else None,
            read_due_at=now + ctx.limits.conversation_pause if wants_agent else None,
        ),
    )
    # What the agent had prepared answers an older message.
    await messages.cancel_composed(tx, conversation_id=talk.id)
    outcome = Outcome.OPTED_OUT if opted_out else Outcome.REPLIED
    if said.answers is not None:
        await replied.end_attempt(tx, said.answers, outcome, now)
    if opted_out:
        reach = Reach(
            source=f"message:{message_id}",
            reason=Outcome.OPTED_OUT,
            by=PERSON,
        )
        await suppress_contacts(ctx, tx, [talk.contact_id], reach, now)
        return
    if talk.lead_id is not None and not closed:
        await park_for_reply(ctx, tx, talk.lead_id, now)
    if not wants_agent:
        await _ask_a_rep(ctx, tx, talk, now)


async def _person(
    ctx: Context, tx: AsyncConnection, report: MessageReceived, now: datetime
) -> Person:
    known = await conversations.who_is(tx, phone=report.from_, channel=ChannelName.WHATSAPP)
    if known.contact_id is None:
        made = await conversations.meet(
            tx,
            contact_id=ctx.new_id(now),
            kind="whatsapp",
            phone=report.from_,
            source="inbound",
            now=now,
        )
        # Somebody else may have met the same stranger at the same moment.
        known = await conversations.who_is(tx, phone=report.from_, channel=ChannelName.WHATSAPP)
        contact_id = known.contact_id or made
        assert contact_id is not None, "a stranger has just been made a contact"
        return Person(contact_id=contact_id, lead_id=None)
    return Person(contact_id=known.contact_id, lead_id=known.lead_id)


async def _store(
    ctx: Context,
    tx: AsyncConnection,
    talk: Conversation,
    report: MessageReceived,
    sender: ReachedSender,
    now: datetime,
) -> UUID | None:
    message_id = ctx.new_id(now)
    is_new = await messages.receive(
        tx,
        id=message_id,
        conversation_id=talk.id,
        kind=report.kind,
        body=report.body,
        button=report.button,
        provider_ref=report.provider_ref,
        created_at=_written_at(report, now),
        simulated=sender.simulated,
    )
    return message_id if is_new else None


def _written_at(report: MessageReceived, now: datetime) -> datetime:
    """When it was written; never later than now, whatever the provider's clock says."""
    return min(report.received_at, now) if report.received_at else now


async def _ask_a_rep(ctx: Context, tx: AsyncConnection, talk: Conversation, now: datetime) -> None:
    task = Task(
        id=ctx.new_id(now),
        kind="answer_message",
        body="A message waits for an answer.",
        created_by="engine",
        created_at=now,
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        due_at=now,
    )
    await open_task(tx, task)


async def _tell(
    tx: AsyncConnection,
    talk: Conversation,
    message_id: UUID,
    report: MessageReceived,
    now: datetime,
) -> None:
    event = Event(
        kind=Kind.MESSAGE_RECEIVED,
        at=now,
        actor="person",
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        data={"message_id": str(message_id), "kind": report.kind, "media": len(report.media)},
    )
    await record(tx, [event])
