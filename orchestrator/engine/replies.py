"""The agent answers in a chat: claimed under a lease, said only if nothing has changed since."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from agents.chat import ChatContext, Reply, next_reply
from agents.model import ModelUnavailable
from agents.prompting import chat_prompt
from orchestrator.engine import spending
from orchestrator.engine.agent_tools import BoundTools
from orchestrator.engine.companies.briefing import known_of
from orchestrator.engine.context import Context
from orchestrator.engine.lead_texts import listener
from orchestrator.engine.plan_next import read_where
from orchestrator.engine.worked import worked_by
from outreach.charges import Part
from outreach.events import Kind
from outreach.message_template import Missing
from outreach.speech import Speaker, Turn
from storage import answered_attempts, clock, conversations, gating, messages, worked_leads
from storage.conversations import Conversation
from storage.database import transaction
from storage.events import Event, record
from storage.messages import Composed, Message
from storage.tasks import Task, open_task

log = structlog.get_logger(__name__)

WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300))
"""Business time before the next try when the model gave nothing; then a person is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What the agent is given, and what it may do."""

    context: ChatContext
    tools: BoundTools


async def answer_due(ctx: Context) -> int:
    """Answer the conversations in which an answer is due; returns how many were taken. A duty."""
    async with transaction(ctx.database) as tx:
        if await gating.is_stopped(tx):
            return 0
        now = await clock.now(tx)
        claimed = await conversations.claim_replies(
            tx,
            now,
            process=ctx.process_id,
            lease=ctx.limits.reply_lease,
            limit=ctx.limits.reply_batch,
        )
    ctx.seam("replies_claimed")
    # All at once, because each is held under the same lease while the model thinks.
    await asyncio.gather(*(answer(ctx, talk) for talk in claimed))
    return len(claimed)


async def answer(ctx: Context, talk: Conversation) -> None:
    """Compose one answer; whatever changes meanwhile wins over it."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        chat = await chat_of(ctx, tx, talk, now)
        if chat is None:
            await _give_to_a_person(ctx, tx, talk, "no_agent", now)
            return
    if ctx.model is None:
        await _failed(ctx, talk, "no_model")
        return
    try:
        reply = await next_reply(ctx.model, chat.context, chat.tools)
    except ModelUnavailable as error:
        await _failed(ctx, talk, error.reason)
        return
    ctx.seam("reply_composed")
    async with transaction(ctx.database) as tx:
        await _commit(ctx, tx, talk, reply)


async def chat_of(
    ctx: Context, tx: AsyncConnection, talk: Conversation, now: datetime
) -> Chat | None:
    """None where nobody can speak: no lead, no agent, or a prompt that lacks a value."""
    if talk.lead_id is None:
        return None
    lead = await worked_leads.get(tx, talk.lead_id)
    where = await read_where(tx, lead.id, await worked_by(ctx, tx, lead.campaign_id), now)
    agent = where.worked.agent
    if agent is None or where.worked.is_closed:
        return None
    person = listener(lead, await known_of(tx, lead.contact_id, now))
    system = chat_prompt(agent, where.worked.campaign, person, now)
    if isinstance(system, Missing):
        return None
    said = await messages.said_in(tx, talk.id)
    tools = BoundTools(
        ctx=ctx,
        lead_id=lead.id,
        contact_id=lead.contact_id,
        source=f"conversation:{talk.id}",
    )
    context = ChatContext(system=system, turns=as_turns(said), tools=agent.tools)
    return Chat(context=context, tools=tools)


def as_turns(said: list[Message]) -> list[Turn]:
    """A chat as the model and the reader see it; a button counts by what stands on it."""
    return [
        Turn(number=number, speaker=_speaker(message), text=message.body or message.button or "")
        for number, message in enumerate(said)
    ]


def _speaker(message: Message) -> Speaker:
    if message.direction == "in":
        return Speaker.PERSON
    return Speaker.AGENT if message.author == "agent" else Speaker.REP


async def _commit(ctx: Context, tx: AsyncConnection, talk: Conversation, reply: Reply) -> None:
    """Store what will be sent, if lease, handler and last message are as they were."""
    now = await clock.now(tx)
    # What was thought is paid for, also when it comes too late to be said.
    payer = await answered_attempts.find(tx, talk.id, None)
    if payer is not None:
        await spending.spend_tokens(ctx, tx, payer.id, Part.CHAT, reply.usage)
    await conversations.lock(tx, talk.id)
    assert talk.last_inbound_id is not None, "a reply answers something"
    ours = await conversations.is_still_ours(
        tx, talk.id, process=ctx.process_id, last_inbound_id=talk.last_inbound_id
    )
    if not ours:
        await conversations.release(tx, talk.id, process=ctx.process_id)
        log.info("A reply came too late", conversation_id=str(talk.id))
        return
    await conversations.clear_reply(tx, talk.id)
    if not reply.text:
        return
    message_id = ctx.new_id(now)
    answer = Composed(
        id=message_id,
        conversation_id=talk.id,
        author="agent",
        body=reply.text[: ctx.limits.longest_message],
        answers_id=talk.last_inbound_id,
        created_at=now,
    )
    if await messages.compose(tx, answer):
        data = {"message_id": str(message_id), "tools": list(reply.tools_used)}
        await record(tx, [_event(talk, Kind.MESSAGE_COMPOSED, now, data)])


async def _failed(ctx: Context, talk: Conversation, reason: str) -> None:
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        if talk.reply_tries >= len(WAITS):
            await _give_to_a_person(ctx, tx, talk, reason, now)
            return
        await conversations.release(
            tx,
            talk.id,
            process=ctx.process_id,
            due_at=now + WAITS[talk.reply_tries],
            failed=True,
        )


async def _give_to_a_person(
    ctx: Context, tx: AsyncConnection, talk: Conversation, reason: str, now: datetime
) -> None:
    held = await conversations.lock(tx, talk.id)
    if held is None or held.last_inbound_id != talk.last_inbound_id:
        await conversations.release(tx, talk.id, process=ctx.process_id)
        return
    await conversations.clear_reply(tx, talk.id)
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
    await open_task(tx, task, reason=reason)


def _event(talk: Conversation, kind: Kind, now: datetime, data: Mapping[str, object]) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor="agent",
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        data=data,
    )
