"""Nobody has answered our message for as long as the campaign waits: the rules are asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import follow_up
from orchestrator.engine.context import Context
from orchestrator.engine.replan import replan_leads
from outreach.lead import Work
from storage import clock, conversations, decisions, worked_leads
from storage.database import transaction


async def count_silence(ctx: Context) -> int:
    """Decide what follows in chats that stayed silent; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        now, most = await clock.now(tx), ctx.limits.recover_batch
        found = await conversations.list_silent(tx, now, most)
        alone = await worked_leads.list_alone(tx, now, most)
    for conversation_id, lead_id in found:
        async with transaction(ctx.database) as tx:
            if lead_id is not None:
                await worked_leads.lock(tx, lead_id)
            now = await clock.now(tx)
            if not await conversations.take_silence(tx, conversation_id, now):
                continue
            talk = await conversations.find(tx, conversation_id)
            if talk is not None and talk.lead_id is not None:
                await _ask_rules(ctx, tx, talk.lead_id, talk.last_outbound_at, now)
    for lead_id in alone:
        await _count_alone(ctx, lead_id)
    return len(found) + len(alone)


async def _count_alone(ctx: Context, lead_id: UUID) -> None:
    """Their conversation speaks for another lead of theirs by now; this one was left waiting."""
    async with transaction(ctx.database) as tx:
        await worked_leads.lock(tx, lead_id)
        await _ask_rules(ctx, tx, lead_id, None, await clock.now(tx))


async def _ask_rules(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, since: datetime | None, now: datetime
) -> None:
    """`since` is when we last wrote; None counts from the end of the latest attempt.

    Somebody to whom nothing has got through yet, because a person took their conversation over
    before, is silent about nothing: what was taken back is planned again.
    """
    latest = await decisions.latest(tx, lead_id)
    if latest is not None:
        await follow_up.apply_silence(ctx, tx, lead_id, since or latest.ended_at, now)
    elif (await worked_leads.get(tx, lead_id)).work is Work.WAITING:
        await replan_leads(ctx, tx, [lead_id])
