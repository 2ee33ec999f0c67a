"""Nobody has answered our message for as long as the campaign waits: the rules are asked."""

from orchestrator.engine import follow_up
from orchestrator.engine.context import Context
from storage import clock, conversations, worked_leads
from storage.database import transaction


async def count_silence(ctx: Context) -> int:
    """Decide what follows in chats that stayed silent; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        found = await conversations.list_silent(tx, await clock.now(tx), ctx.limits.recover_batch)
    for conversation_id, lead_id in found:
        async with transaction(ctx.database) as tx:
            if lead_id is not None:
                await worked_leads.lock(tx, lead_id)
            now = await clock.now(tx)
            if not await conversations.take_silence(tx, conversation_id, now):
                continue
            talk = await conversations.find(tx, conversation_id)
            if talk is None or talk.lead_id is None or talk.last_outbound_at is None:
                continue
            await follow_up.apply_silence(ctx, tx, talk.lead_id, talk.last_outbound_at, now)
    return len(found)
