"""The person gets in touch: what was planned for them gives way, as the campaign says."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Next, Where, read_where, when
from orchestrator.engine.superseding import MOVABLE
from orchestrator.engine.worked import worked_by
from outreach.attempt import CALLED_US, State
from outreach.campaign import OnReply
from outreach.channel import ChannelName
from outreach.follow_up import no_reply_after
from outreach.lead import Work
from outreach.planning import Blocked
from storage import attempts, conversations, leads, worked_leads
from storage.attempts import Cause, Priority
from storage.worked_leads import Open

REPLIED = "replied"


async def park_for_reply(ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime) -> None:
    """They have written: the plans give way, and the conversation decides what comes next.

    The caller holds the lead. What was promised to them stands.
    """
    where, open_now = await _look(ctx, tx, lead_id, now)
    left = await _give_way(ctx, tx, where, open_now, REPLIED)
    if not left and not _is_busy(open_now):
        # The conversation may come to speak for another lead of theirs; this one stays due.
        until = now + no_reply_after(where.worked.campaign, ChannelName.WHATSAPP)
        await leads.set_work(tx, [lead_id], Work.WAITING, "conversation", until)


async def park_for_call(ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime) -> None:
    """They have called: the plans give way, and a colleague has the task to call back.

    The silence of a message they have not answered gives way too. The caller holds the lead.
    """
    where, open_now = await _look(ctx, tx, lead_id, now)
    policy = where.worked.campaign.on_reply
    left = await _give_way(ctx, tx, where, open_now, CALLED_US)
    lead = where.lead
    match policy.action:
        case "continue":
            return
        case "pause":
            await conversations.wait_longer(tx, lead_id, now + policy.pause)
            await leads.recheck_later(tx, lead_id, now + policy.pause)
        case "stop":
            await conversations.stop_waiting(tx, lead_id)
        case _:
            assert_never(policy.action)
    rests = not left and not _is_busy(open_now) and lead.work is not Work.ENDED
    parked = any(one.state in MOVABLE for one in open_now)
    if rests and (policy.action == "stop" or parked):
        await leads.set_work(tx, [lead_id], Work.ENDED, CALLED_US)


async def _look(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime
) -> tuple[Where, list[Open]]:
    lead = await worked_leads.get(tx, lead_id)
    where = await read_where(tx, lead_id, await worked_by(ctx, tx, lead.campaign_id), now)
    return where, await worked_leads.open_attempts(tx, lead_id)


def _is_busy(open_now: list[Open]) -> bool:
    """An attempt is under way, and its end decides."""
    return any(one.state not in MOVABLE for one in open_now)


async def _give_way(
    ctx: Context, tx: AsyncConnection, where: Where, open_now: list[Open], why: str
) -> bool:
    """Stop or park what has not begun; whether anything is still planned, promised or parked."""
    policy = where.worked.campaign.on_reply
    waiting = [one for one in open_now if one.state in MOVABLE]
    planned = [one for one in waiting if one.priority != Priority.PROMISED]
    promised = len(waiting) > len(planned)
    match policy.action:
        case "continue":
            return bool(waiting)
        case "stop":
            ids = [one.id for one in planned]
            await attempts.cancel(tx, ids, by="engine", reason=why, now=where.now)
            return promised
        case "pause":
            parked = [await _park(ctx, tx, where, one, policy, why) for one in planned]
            return promised or any(parked)
        case _:
            assert_never(policy.action)


async def _park(
    ctx: Context, tx: AsyncConnection, where: Where, one: Open, policy: OnReply, why: str
) -> bool:
    """Plan it again after the pause; False when no legal moment is left and it is cancelled."""
    now = where.now
    wanted = Next(
        channel=one.channel, wanted_at=max(one.due_at, now + policy.pause), reason=one.reason
    )
    found = await when(ctx, tx, where, wanted)
    if isinstance(found, Blocked):
        await attempts.cancel(tx, [one.id], by="engine", reason=found.reason, now=now)
        return False
    await attempts.move(
        tx,
        one.id,
        MOVABLE,
        State.PLANNED,
        Cause(at=now, data={"reason": why, "due_at": found.due_at.isoformat()}),
        due_at=found.due_at,
        window_end_at=found.window_end_at,
        moved_by=why,
        sender_id=None,
        voice_process=None,
        claimed_by=None,
        lease_until=None,
    )
    # Whatever had claimed it finds it planned and lets it be.
    if one.state is State.CLAIMED:
        await leads.set_work(tx, [one.lead_id], Work.PLANNED)
    return True
