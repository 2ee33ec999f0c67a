"""A person takes a conversation, writes in it, and gives it back; they always win."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_people
from orchestrator.engine.worked import worked_by
from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.follow_up import no_reply_after
from outreach.lead import Work
from outreach.lifting import Lifter
from storage import (
    accounts,
    attempts,
    clock,
    conversations,
    leads,
    left_alone,
    messages,
    set_aside,
    tasks,
    worked_leads,
)
from storage.conversations import Conversation
from storage.events import Event, record
from storage.messages import Composed


async def take_over(ctx: Context, tx: AsyncConnection, conversation_id: UUID, actor: Actor) -> None:
    """From now on the actor speaks; whatever the machine had prepared for this lead is gone.

    Taking what is one's own changes nothing, but that it stays theirs for longer. Raises Rejected
    for an unknown conversation.
    """
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    await _hand_to(ctx, tx, talk, actor.name, actor)


async def assign(
    ctx: Context, tx: AsyncConnection, conversation_id: UUID, user_id: UUID, actor: Actor
) -> None:
    """From now on this colleague speaks. Raises Rejected for somebody who may not."""
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    user = await accounts.get(tx, user_id)
    if user is None or user.disabled_at is not None or Role[user.role.upper()] < Role.REP:
        raise Rejected(
            code="no_colleague",
            message="Nobody by this name may answer people.",
            fix="Choose a colleague with the role rep or above.",
            where="to",
        )
    await _hand_to(ctx, tx, talk, f"user:{user_id}", actor)


async def _hand_to(
    ctx: Context, tx: AsyncConnection, talk: Conversation, assignee: str, actor: Actor
) -> None:
    now = await clock.now(tx)
    if talk.lead_id is not None:
        await _park_lead(tx, talk.lead_id, actor, now)
    returns_at = now + ctx.limits.returns_after
    changed = await conversations.set_handler(
        tx, talk.id, handler="human", assignee=assignee, returns_at=returns_at
    )
    if not changed:
        await set_aside.keep_until(tx, talk.id, returns_at)
    cancelled = await messages.cancel_composed(tx, conversation_id=talk.id)
    events = [
        _event(talk, Kind.MESSAGE_CANCELLED, actor, now, message_id=str(one.id))
        for one in cancelled
    ]
    if changed:
        to = {} if assignee == actor.name else {"to": assignee.removeprefix("user:")}
        events.append(_event(talk, Kind.CONVERSATION_TAKEN, actor, now, **to))
    await record(tx, events)


async def give_back(ctx: Context, tx: AsyncConnection, conversation_id: UUID, actor: Actor) -> None:
    """The agent speaks again from the person's next message on.

    Where they stay silent the rules are asked, as after a message of the agent.
    """
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    now = await clock.now(tx)
    if await conversations.set_handler(tx, talk.id, handler="agent", assignee=None):
        await record(tx, [_event(talk, Kind.CONVERSATION_RETURNED, actor, now)])
        await lift_people(tx, Lifter.CONVERSATION_RETURNED, [talk.contact_id])
        if talk.lead_id is not None:
            await _wait_again(ctx, tx, talk.id, talk.lead_id, now)


async def _wait_again(
    ctx: Context, tx: AsyncConnection, talk_id: UUID, lead_id: UUID, now: datetime
) -> None:
    lead = await worked_leads.get(tx, lead_id)
    if lead.work is Work.WAITING:
        worked = await worked_by(ctx, tx, lead.campaign_id)
        patience = no_reply_after(worked.campaign, ChannelName.WHATSAPP)
        # Whoever spoke last: nobody holds the lead any more, so somebody has to look at it again.
        await conversations.count_silence(tx, talk_id, now + patience)
        await leads.set_work(tx, [lead_id], Work.WAITING, "reply", now + patience)


async def write(
    ctx: Context,
    tx: AsyncConnection,
    conversation_id: UUID,
    body: str,
    actor: Actor,
    *,
    once: UUID | None = None,
) -> UUID:
    """Write to the person, which takes the conversation; returns the message's id.

    It leaves after what is already being sent. `once` becomes the message's id: who sends a form
    twice writes once. Raises Rejected where free text is not allowed.
    """
    require(actor, Role.REP)
    text = body.strip()
    if not text or len(text) > ctx.limits.longest_message:
        raise Rejected(
            code="bad_message",
            message=f"A message has 1 to {ctx.limits.longest_message} characters.",
            fix="Write a shorter text, or several.",
            where="body",
        )
    talk = await hold_conversation(tx, conversation_id)
    if once is not None and await is_written(tx, talk, once, actor):
        return once
    now = await clock.now(tx)
    if talk.window_expires_at is None or talk.window_expires_at <= now:
        raise Rejected(
            code="window_closed",
            message="Their last message is more than 24 hours old, so free text is not allowed.",
            fix="Use a template.",
            where="body",
        )
    await refuse_left_alone(ctx, tx, talk)
    message = Composed(
        id=once or ctx.new_id(now),
        conversation_id=talk.id,
        author=actor.name,
        body=text,
        created_at=now,
    )
    await compose_by_hand(ctx, tx, talk, message, actor)
    return message.id


async def compose_by_hand(
    ctx: Context, tx: AsyncConnection, talk: Conversation, message: Composed, actor: Actor
) -> None:
    """Take the conversation, and have the message leave; the caller has asked whether it may."""
    await _hand_to(ctx, tx, talk, actor.name, actor)
    now = message.created_at
    if talk.lead_id is not None:
        await tasks.finish_all(tx, talk.lead_id, "answer_message", by=actor.name, now=now)
    if await messages.compose(tx, message):
        composed = _event(talk, Kind.MESSAGE_COMPOSED, actor, now, message_id=str(message.id))
        await record(tx, [composed])


async def is_written(tx: AsyncConnection, talk: Conversation, once: UUID, actor: Actor) -> bool:
    """Whether this form was sent before. Raises Rejected for the id of another message."""
    known = await messages.find(tx, once)
    if known is None:
        return False
    if (known.conversation_id, known.author) != (talk.id, actor.name):
        raise Rejected(
            code="bad_message",
            message="This form belongs to another message.",
            fix="Load the page again, and repeat.",
        )
    return True


async def refuse_left_alone(ctx: Context, tx: AsyncConnection, talk: Conversation) -> None:
    if await left_alone.holds(tx, ctx.marks, phone=talk.phone, channel=ChannelName.WHATSAPP):
        raise Rejected(
            code="suppressed",
            message="This person is on the suppression list.",
            fix="Leave them alone, unless they have given a new consent.",
        )


async def hold_conversation(tx: AsyncConnection, conversation_id: UUID) -> Conversation:
    """The conversation with its person's leads, held. Raises Rejected for an unknown one."""
    known = await conversations.find(tx, conversation_id)
    if known is not None:
        held = await worked_leads.leads_of_contacts(tx, [known.contact_id])
        await leads.lock(tx, held)
        known = await conversations.lock(tx, conversation_id)
    if known is None:
        raise Rejected(
            code="unknown_conversation",
            message=f"There is no conversation {conversation_id}.",
            fix="Take its id from the list of conversations.",
            where="conversation",
        )
    return known


async def _park_lead(tx: AsyncConnection, lead_id: UUID, actor: Actor, now: datetime) -> None:
    open_now = await worked_leads.open_attempts(tx, lead_id)
    planned = [one.id for one in open_now if one.state in (State.PLANNED, State.CLAIMED)]
    await attempts.cancel(tx, planned, by=actor.name, reason="human_owns", now=now)
    lead = await worked_leads.get(tx, lead_id)
    if lead.work is Work.ENDED and not planned:
        return
    resting = await worked_leads.not_in_flight(tx, [lead_id])
    await leads.set_work(tx, resting, Work.WAITING, "person")


def _event(talk: Conversation, kind: Kind, actor: Actor, now: datetime, **data: str) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=actor.name,
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        data={"conversation_id": str(talk.id), **data},
    )
