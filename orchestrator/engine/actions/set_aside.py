"""A conversation that nobody needs to see: put off for a while, or resolved."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.take_over import hold_conversation
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, set_aside, tasks
from storage.conversations import Conversation
from storage.events import Event, record


async def snooze(
    ctx: Context, tx: AsyncConnection, conversation_id: UUID, wait: timedelta, actor: Actor
) -> datetime:
    """Put it off for so long (business time), or until the person writes; returns until when.

    Raises Rejected for no time at all, and for more than `limits.longest_snooze`.
    """
    require(actor, Role.REP)
    if not timedelta(0) < wait <= ctx.limits.longest_snooze:
        raise Rejected(
            code="bad_time",
            message=f"A conversation is put off for {ctx.limits.longest_snooze.days} days at most.",
            fix="Choose a time from the list.",
            where="wait",
        )
    talk = await hold_conversation(tx, conversation_id)
    now = await clock.now(tx)
    until = now + wait
    await set_aside.snooze(tx, talk.id, until)
    await _tell(tx, talk, Kind.CONVERSATION_SNOOZED, actor, now, until=until.isoformat())
    return until


async def resolve(ctx: Context, tx: AsyncConnection, conversation_id: UUID, actor: Actor) -> bool:
    """Nothing is left to do in it until the person writes; False if it was so.

    Whoever has it keeps it: their next word comes to the same colleague.
    """
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    now = await clock.now(tx)
    if talk.lead_id is not None:
        await tasks.finish_all(tx, talk.lead_id, "answer_message", by=actor.name, now=now)
    if not await set_aside.set_closed(tx, talk.id, closed=True):
        return False
    await _tell(tx, talk, Kind.CONVERSATION_RESOLVED, actor, now)
    return True


async def reopen(ctx: Context, tx: AsyncConnection, conversation_id: UUID, actor: Actor) -> bool:
    """Show it again, resolved or put off; False if it was there."""
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    if not talk.closed and talk.snoozed_until is None:
        return False
    if talk.snoozed_until is not None:
        await set_aside.snooze(tx, talk.id, None)
    await set_aside.set_closed(tx, talk.id, closed=False)
    await _tell(tx, talk, Kind.CONVERSATION_REOPENED, actor, await clock.now(tx))
    return True


async def _tell(
    tx: AsyncConnection, talk: Conversation, kind: Kind, actor: Actor, now: datetime, **data: str
) -> None:
    event = Event(
        kind=kind,
        at=now,
        actor=actor.name,
        lead_id=talk.lead_id,
        contact_id=talk.contact_id,
        data={"conversation_id": str(talk.id), **data},
    )
    await record(tx, [event])
