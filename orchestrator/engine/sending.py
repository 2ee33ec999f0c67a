"""What was composed leaves: once, inside the window, and only while its author still speaks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import (
    Absent,
    Found,
    Inquiry,
    MaybeStarted,
    MessageOrder,
    NoAnswer,
    ProviderRef,
    Refused,
    TemplateContent,
    TextContent,
    Unavailable,
)
from orchestrator.engine.actions.actor import PROVIDER
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.by_hand import not_now
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.outcome import Outcome
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage import (
    clock,
    conversations,
    gating,
    inquiries,
    leads,
    left_alone,
    messages,
    operator_stop,
    reached_senders,
    worked_leads,
)
from storage.conversations import Conversation
from storage.database import transaction
from storage.documents import Version
from storage.events import Event, record
from storage.messages import Message, Move
from storage.tasks import Task, open_task

MARGIN: Final = timedelta(seconds=30)
"""The window is taken for closed a little before it is, because sending takes time."""
HURRY: Final = timedelta(seconds=1)
Answer = ProviderRef | Refused | Unavailable | MaybeStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A message that is stored as `sending`, and the order to give."""

    message: Message
    talk: Conversation
    order: MessageOrder


async def send_composed(ctx: Context) -> int:
    """Send what may leave now; returns how many messages were tried. A duty."""
    async with transaction(ctx.database) as tx:
        if await operator_stop.is_stopped(tx):
            return 0
        found = await messages.list_composed(tx, ctx.limits.reply_batch)
    # One message of a conversation at a time; those of different ones do not wait for each other.
    await asyncio.gather(*(send(ctx, message_id) for message_id in found))
    return len(found)


async def send(ctx: Context, message_id: UUID) -> None:
    """Say that it is being sent, send it, say what came of it: three commits at most."""
    async with transaction(ctx.database) as tx:
        leaving = await _prepare(ctx, tx, message_id)
    if leaving is None:
        return
    ctx.seam("message_sending")
    answer = await _ask(ctx, leaving.order)
    ctx.seam("message_answered")
    async with transaction(ctx.database) as tx:
        await _record(ctx, tx, leaving, answer)


async def _prepare(ctx: Context, tx: AsyncConnection, message_id: UUID) -> Leaving | None:
    # Held until the commit: who stops everything waits for this, or this sees the stop.
    if await gating.is_stopped(tx):
        return None
    known = await messages.find(tx, message_id)
    if known is None:
        return None
    talk = await conversations.lock(tx, known.conversation_id)
    message = await messages.lock(tx, message_id)
    if talk is None or message is None or message.state != "composed":
        return None
    now = await clock.now(tx)
    content = await _content(ctx, tx, talk, message)
    why_not = await _why_not(ctx, tx, talk, message, now)
    if why_not is None and content is None:
        why_not = "template_not_approved"
    if why_not is not None or content is None:
        await _withhold(ctx, tx, talk, message, why_not or "", now)
        return None
    sender = await reached_senders.get(tx, talk.sender_id)
    asked_after = now - ctx.limits.find_slack
    if not await messages.start_sending(
        tx, message.id, lease=ctx.limits.message_lease, asked_after=asked_after
    ):
        return None
    order = MessageOrder(
        message_id=message.id,
        to=talk.phone,
        from_=sender.address,
        content=content,
        deadline=ctx.boottime() + ctx.limits.http_deadline.total_seconds(),
    )
    return Leaving(message=message, talk=talk, order=order)


async def _content(
    ctx: Context, tx: AsyncConnection, talk: Conversation, message: Message
) -> TemplateContent | TextContent | None:
    """What the provider is given; None for a template that is approved no more."""
    if message.template_name is None or message.template_version is None:
        window = talk.window_expires_at or message.created_at
        return TextContent(body=message.body, window_expires_at=window)
    key = Version("template", message.template_name, message.template_version)
    template = (await ctx.library.fetch(tx, [key])).get(key)
    if not isinstance(template, WhatsAppTemplate) or template.content_sid is None:
        return None
    return TemplateContent(
        content_sid=template.content_sid, variables=message.variables, body=message.body
    )


async def _why_not(
    ctx: Context, tx: AsyncConnection, talk: Conversation, message: Message, now: datetime
) -> str | None:
    """Why this must not leave; asked in the transaction that lets it."""
    if await left_alone.holds(tx, ctx.marks, phone=talk.phone, channel=ChannelName.WHATSAPP):
        return "suppressed"
    if message.author == "agent" and talk.handler != "agent":
        return "human_owns"
    if message.template_name is not None:
        # We begin: their hours and what the law asks hold until it leaves.
        refused = await not_now(ctx, tx, talk.lead_id, now) if talk.lead_id else None
        return refused[0] if refused else None
    if talk.window_expires_at is None or now >= talk.window_expires_at - MARGIN:
        return "window_closed"
    return None


async def _ask(ctx: Context, order: MessageOrder) -> Answer:
    try:
        return await ctx.channels[ChannelName.WHATSAPP].start(order)
    except (Refused, Unavailable, MaybeStarted) as answer:
        return answer
    except TimeoutError:
        return MaybeStarted("timeout")


async def _record(ctx: Context, tx: AsyncConnection, leaving: Leaving, answer: Answer) -> None:
    """A callback may have come before the answer: whatever it said stands."""
    now, id_ = await clock.now(tx), leaving.message.id
    if isinstance(answer, Refused) and answer.suppress:
        await leads.lock(tx, await worked_leads.leads_of_contacts(tx, [leaving.talk.contact_id]))
    await conversations.lock(tx, leaving.talk.id)
    expected = ("sending", "unsure")
    match answer:
        case ProviderRef(ref=ref):
            await _sent(tx, leaving.talk, leaving.message, ref, now)
        case MaybeStarted():
            step = Move(expected=("sending",), to="unsure", wait=ctx.limits.inquiry_wait)
            await messages.move(tx, id_, step, now)
        case Unavailable(retry_after=wait):
            step = Move(expected=("sending",), to="composed", wait=max(wait, HURRY))
            await messages.move(tx, id_, step, now)
        case Refused():
            step = Move(expected=expected, to="failed", error_code=answer.error_code)
            if await messages.move(tx, id_, step, now):
                await _failed(ctx, tx, leaving.talk, answer, now)
        case _:
            assert_never(answer)


async def _sent(
    tx: AsyncConnection, talk: Conversation, message: Message, ref: str, now: datetime
) -> None:
    step = Move(expected=("sending", "unsure", "sent"), to="sent", provider_ref=ref)
    if await messages.move(tx, message.id, step, now):
        await conversations.spoke(tx, talk.id, now)
        await record(tx, [_event(talk, Kind.MESSAGE_SENT, message, now)])


async def _failed(
    ctx: Context, tx: AsyncConnection, talk: Conversation, refusal: Refused, now: datetime
) -> None:
    if refusal.suppress:
        reach = Reach(source=f"conversation:{talk.id}", reason=Outcome.OPTED_OUT, by=PROVIDER)
        await suppress_contacts(ctx, tx, [talk.contact_id], reach, now)
        return
    await _task(ctx, tx, talk, f"A message was refused: {refusal.reason}.", now)


async def _withhold(
    ctx: Context,
    tx: AsyncConnection,
    talk: Conversation,
    message: Message,
    why_not: str,
    now: datetime,
) -> None:
    await messages.move(tx, message.id, Move(expected=("composed",), to="cancelled"), now)
    data = {"reason": why_not}
    await record(tx, [_event(talk, Kind.MESSAGE_CANCELLED, message, now, data)])
    if why_not == "window_closed":
        await _task(ctx, tx, talk, "The window has closed: an answer needs a template.", now)
    elif message.template_name is not None and why_not != "suppressed":
        await _task(ctx, tx, talk, "A template was not sent: look at the conversation.", now)


async def look_up_lost(ctx: Context) -> int:
    """Ask the provider about messages that may have left; they are never sent again. A duty."""
    async with transaction(ctx.database) as tx:
        found = await messages.list_lost(tx, ctx.limits.recover_batch)
    for message_id in found:
        await _look_up(ctx, message_id)
    return len(found)


async def _look_up(ctx: Context, message_id: UUID) -> None:
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        message = await messages.find(tx, message_id)
        talk = await conversations.find(tx, message.conversation_id) if message else None
        if message is None or talk is None:
            return
        step = Move(expected=("sending", "unsure"), to="unsure", wait=ctx.limits.inquiry_wait)
        if not await messages.move(tx, message_id, step, now):
            return
        sender = await reached_senders.get(tx, talk.sender_id)
        asked = await inquiries.of_message(tx, message_id)
        others = await inquiries.refs_of_others(tx, message_id, asked.asked_after)
    finding = await ctx.channels[ChannelName.WHATSAPP].find(
        Inquiry(
            id=message_id,
            to=talk.phone,
            from_=sender.address,
            asked_after=asked.asked_after,
            ref=message.provider_ref,
            others=others,
        )
    )
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        await conversations.lock(tx, talk.id)
        match finding:
            case Found(ref=ref):
                await _sent(tx, talk, message, ref, now)
            case Absent():
                await _absent(ctx, tx, talk, message, now)
            case NoAnswer():
                await inquiries.unanswered(tx, message_id, ctx.limits.give_up_asking)
            case _:
                assert_never(finding)


async def _absent(
    ctx: Context, tx: AsyncConnection, talk: Conversation, message: Message, now: datetime
) -> None:
    """Lists lag: only several empty ones over some time prove that it never left."""
    proven = await inquiries.count_absent(
        tx, message.id, answers=ctx.limits.absent_answers, span=ctx.limits.absent_span
    )
    if not proven:
        return
    step = Move(expected=("unsure",), to="failed", error_code="not_placed")
    if await messages.move(tx, message.id, step, now):
        await _task(ctx, tx, talk, "A message never left: answer by hand.", now)


async def _task(
    ctx: Context, tx: AsyncConnection, talk: Conversation, body: str, now: datetime
) -> None:
    task = Task(
        id=ctx.new_id(now),
        kind="answer_message",
        body=body,
        created_by="engine",
        created_at=now,
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        due_at=now,
    )
    await open_task(tx, task)


def _event(
    talk: Conversation,
    kind: Kind,
    message: Message,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> Event:
    return Event(
        kind=kind,
        at=now,
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        data={"message_id": str(message.id), **(data or {})},
    )
