"""What a rule does beside planning the next step: status, tasks, suppression."""

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import ENGINE
from orchestrator.engine.actions.suppress import Reach, cancel_for, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Where
from outreach.decisions import (
    CancelAll,
    CreateTask,
    Effect,
    LeaveMessage,
    Notify,
    SetStatus,
    Suppress,
)
from outreach.follow_up_rules import SuppressScope
from storage import leads
from storage.decisions import Ended
from storage.tasks import Task, open_task


async def do_effects(
    ctx: Context,
    tx: AsyncConnection,
    where: Where,
    effects: Sequence[Effect],
    ended: Ended,
) -> None:
    """Do all of them, in the transaction of the decision that they belong to."""
    for effect in effects:
        match effect:
            case SetStatus(status=status):
                await leads.set_status(tx, [where.lead.id], status)
            case Notify(who=who):
                assignee = where.lead.owner if who == "owner" else who
                await _task(ctx, tx, where, "notify", f"{ended.outcome}: have a look.", assignee)
            case CreateTask(text=text):
                await _task(ctx, tx, where, "follow_up", text, where.lead.owner)
            case Suppress(scope=scope):
                reach = Reach(
                    source=f"attempt:{ended.id}",
                    reason=ended.outcome,
                    by=ENGINE,
                    scope="all" if scope is SuppressScope.ALL_CHANNELS else ended.channel,
                )
                await suppress_contacts(ctx, tx, [where.lead.contact_id], reach, where.now)
            case CancelAll():
                await cancel_for(tx, [where.lead.contact_id], ENGINE.name, ended.outcome, where.now)
            case LeaveMessage():
                # Asked anew when the machine answers: outreach.follow_up.may_leave_message.
                pass
            case _:
                assert_never(effect)


async def _task(
    ctx: Context, tx: AsyncConnection, where: Where, kind: str, body: str, assignee: str | None
) -> None:
    task = Task(
        id=ctx.new_id(where.now),
        kind=kind,
        body=body,
        created_by="engine",
        created_at=where.now,
        lead_id=where.lead.id,
        contact_id=where.lead.contact_id,
        assignee=assignee,
    )
    await open_task(tx, task, campaign_id=where.lead.campaign_id)
