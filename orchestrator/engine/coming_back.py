"""Conversations come back by themselves: to the agent after a while, to the list after a snooze."""

from orchestrator.engine.actions.actor import ENGINE
from orchestrator.engine.actions.take_over import give_back, hold_conversation
from orchestrator.engine.context import Context
from outreach.events import Kind
from storage import clock, set_aside
from storage.database import transaction
from storage.events import Event, record


async def bring_back(ctx: Context) -> int:
    """Returns how many came back. A duty."""
    return await _to_the_agent(ctx) + await _to_the_list(ctx)


async def _to_the_agent(ctx: Context) -> int:
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        found = await set_aside.list_returning(tx, now, ctx.limits.recover_batch)
    for conversation_id in found:
        async with transaction(ctx.database) as tx:
            talk = await hold_conversation(tx, conversation_id)
            # Whoever has it may have written in it meanwhile.
            if talk.returns_at is not None and talk.returns_at <= await clock.now(tx):
                await give_back(ctx, tx, conversation_id, ENGINE)
    return len(found)


async def _to_the_list(ctx: Context) -> int:
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        woken = await set_aside.wake(tx, now, ctx.limits.recover_batch)
        events = [
            Event(
                kind=Kind.CONVERSATION_WOKEN,
                at=now,
                lead_id=one.lead_id,
                contact_id=one.contact_id,
                data={"conversation_id": str(one.id)},
            )
            for one in woken
        ]
        await record(tx, events)
    return len(woken)
