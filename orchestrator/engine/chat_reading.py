"""A chat that has paused is read: what was decided in it decides what follows."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.model import Usage
from agents.reader import read
from orchestrator.engine import follow_up, results, spending
from orchestrator.engine.call_reading import honest
from orchestrator.engine.context import Context
from orchestrator.engine.lead_texts import SOMEWHERE
from orchestrator.engine.reading_rows import Source, ask_a_person, store
from orchestrator.engine.replies import as_turns
from orchestrator.engine.worked import Worked, worked_by
from outreach.channel import ChannelName
from outreach.charges import Part
from outreach.follow_up import no_reply_after
from outreach.outcome import CONVERSATIONS, Outcome
from outreach.reading import VerifiedReading
from outreach.speech import Turn
from storage import (
    answered_attempts,
    clock,
    conversations,
    decisions,
    messages,
    reported,
    worked_leads,
)
from storage.conversations import Conversation
from storage.database import transaction

TASK: Final = "read_conversation"
UNREAD: Final = ["due", "running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    talk: Conversation
    lead_id: UUID
    turns: list[Turn]
    messages: dict[int, UUID]
    worked: Worked
    zone: str


async def start_due(ctx: Context) -> int:
    """Let the chats be read that have paused; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        found = await conversations.list_paused(tx, await clock.now(tx), ctx.limits.recover_batch)
    for conversation_id in found:
        async with transaction(ctx.database) as tx:
            if await conversations.take_pause(tx, conversation_id, await clock.now(tx)):
                await ctx.side_work.defer(tx, TASK, {"conversation_id": str(conversation_id)})
    return len(found)


async def read_conversation(ctx: Context, conversation_id: str) -> None:
    """Read a chat that is due. Again, or by two at once, changes nothing.

    Raises ModelUnavailable; the job is then tried again.
    """
    todo = await _begin(ctx, UUID(conversation_id))
    if todo is None:
        return
    assert ctx.model is not None, "chats without a model are given up in `_begin`"
    agent = todo.worked.agent
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
    found = await read(
        ctx.model,
        todo.turns,
        agent.extraction if agent else (),
        now=now,
        zone=todo.zone,
        instructions=agent.prompts.reading if agent else None,
    )
    ctx.seam("chat_read")
    async with transaction(ctx.database) as tx:
        await _finish(ctx, tx, todo, honest(found.reading, todo.turns), found.usage)


async def give_up(ctx: Context, tx: AsyncConnection, conversation_id: str) -> None:
    """Nobody could read it: a person is asked, and silence goes on being counted."""
    talk = await conversations.find(tx, UUID(conversation_id))
    if talk is None or talk.lead_id is None:
        return
    await worked_leads.lock(tx, talk.lead_id)
    if not await conversations.move_reading(tx, talk.id, UNREAD, "failed"):
        return
    now = await clock.now(tx)
    source = Source(conversation_id=talk.id, lead_id=talk.lead_id)
    await ask_a_person(ctx, tx, source, talk.contact_id, now)
    lead = await worked_leads.get(tx, talk.lead_id)
    await _go_on_waiting(tx, talk, await worked_by(ctx, tx, lead.campaign_id))


async def _begin(ctx: Context, conversation_id: UUID) -> ToRead | None:
    async with transaction(ctx.database) as tx:
        if ctx.model is None:
            await give_up(ctx, tx, str(conversation_id))
            return None
        if not await conversations.move_reading(tx, conversation_id, UNREAD, "running"):
            return None
        talk = await conversations.find(tx, conversation_id)
        if talk is None or talk.lead_id is None:
            return None
        said = await messages.said_in(tx, talk.id)
        lead = await worked_leads.get(tx, talk.lead_id)
        worked = await worked_by(ctx, tx, lead.campaign_id)
    return ToRead(
        talk=talk,
        lead_id=talk.lead_id,
        turns=as_turns(said),
        messages={number: message.id for number, message in enumerate(said)},
        worked=worked,
        zone=lead.zone or SOMEWHERE,
    )


async def _finish(
    ctx: Context, tx: AsyncConnection, todo: ToRead, reading: VerifiedReading, usage: Usage
) -> None:
    await worked_leads.lock(tx, todo.lead_id)
    attempt = await answered_attempts.find(tx, todo.talk.id, None)
    if attempt is not None:
        await spending.spend_tokens(ctx, tx, attempt.id, Part.READING, usage)
    # A message that came meanwhile has made it due again, and this reading old.
    if not await conversations.move_reading(tx, todo.talk.id, ["running"], "done"):
        return
    now = await clock.now(tx)
    source = Source(
        conversation_id=todo.talk.id,
        attempt_id=attempt.id if attempt else None,
        lead_id=todo.lead_id,
        messages=todo.messages,
    )
    await store(ctx, tx, source, reading, usage, now)
    if reading.unproven:
        await ask_a_person(ctx, tx, source, todo.talk.contact_id, now)
    decided = reading.outcome is not Outcome.TALKED
    if attempt is None or not decided or attempt.outcome not in CONVERSATIONS:
        await _go_on_waiting(tx, todo.talk, todo.worked)
        return
    known = await reported.lock(tx, attempt.id)
    assert known is not None, "the attempt is held already"
    found = await results.revise(ctx, tx, known, reading.outcome, by="reader")
    if found is results.Revised.SAME:
        # They have said the same again, after it had been decided: that is decided anew.
        await decisions.decide_again(tx, attempt.id)
        await follow_up.apply(ctx, tx, attempt.id)
    elif found is results.Revised.KEPT:
        # A colleague has said something else: they have a look at what was said since.
        await ask_a_person(ctx, tx, source, todo.talk.contact_id, now)
        await _go_on_waiting(tx, todo.talk, todo.worked)


async def _go_on_waiting(tx: AsyncConnection, talk: Conversation, worked: Worked) -> None:
    """Nothing was decided: if they stay silent after our last word, the rules are asked."""
    if talk.lead_id is not None and talk.last_outbound_at is not None:
        until = talk.last_outbound_at + no_reply_after(worked.campaign, ChannelName.WHATSAPP)
        await conversations.await_reply(tx, talk.lead_id, until)
