"""What follows when an attempt has ended: the rules decide, and it is done in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import ENGINE
from orchestrator.engine.actions.suppress import Reach, cancel_for, suppress_contacts
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Next, Where, plan_next, read_where
from orchestrator.engine.tracing import FOLLOW_UP, step
from orchestrator.engine.worked import worked_by
from outreach.attempt import IN_FLIGHT, State
from outreach.events import Kind
from outreach.follow_up import (
    AwaitReply,
    CallBackAt,
    CancelAll,
    CreateTask,
    Decision,
    Effect,
    EndedAttempt,
    LeaveMessage,
    Notify,
    Retry,
    SetStatus,
    Stop,
    Suppress,
    SwitchChannel,
    decide,
    decide_no_reply,
)
from outreach.follow_up_rules import Priority as RulePriority
from outreach.follow_up_rules import SuppressScope
from outreach.lead import STATUS_AFTER, Status, Work
from outreach.outcome import Outcome
from storage import (
    attempts,
    clock,
    conversations,
    decisions,
    leads,
    people_points,
    readings,
    worked_leads,
)
from storage.attempts import Priority
from storage.database import transaction
from storage.decisions import Ended
from storage.events import Event, record
from storage.tasks import Task, open_task
from storage.worked_leads import Open, Past

PRIORITY: Final[Mapping[RulePriority, Priority]] = {
    RulePriority.LOW: Priority.LOW,
    RulePriority.NORMAL: Priority.NORMAL,
    RulePriority.HIGH: Priority.HOT,
}
NO_MORE: Final = frozenset({Outcome.OPTED_OUT, Outcome.NOT_INTERESTED, Outcome.WRONG_PERSON})
"""Outcomes after which even a call that was promised is not made."""


async def apply(ctx: Context, tx: AsyncConnection, attempt_id: UUID) -> None:
    """Decide what follows an attempt that has ended with an outcome, and do it; once.

    The caller holds the lead. Whoever ends an attempt with an outcome sets `undecided` and calls
    this in the same transaction, or leaves it to `decide_left_over`.
    """
    ended = await decisions.take(tx, attempt_id)
    if ended is None:
        return
    with step(ctx.tracer, attempt_id, FOLLOW_UP) as saying:
        saying.said["outcome"] = ended.outcome.value
        await _decide(ctx, tx, attempt_id, ended)


async def _decide(ctx: Context, tx: AsyncConnection, attempt_id: UUID, ended: Ended) -> None:
    now = await clock.now(tx)
    worked = await worked_by(ctx, tx, ended.campaign_id)
    where = await read_where(tx, ended.lead_id, worked, now)
    status = STATUS_AFTER.get(ended.outcome)
    if status is not None:
        await leads.set_status(tx, [where.lead.id], status)
    if ended.outcome is Outcome.INVALID_NUMBER:
        await people_points.mark_invalid(tx, ended.contact_id, ended.channel, ended.phone)
        where = await read_where(tx, ended.lead_id, worked, now)
    history = await worked_leads.history_of(tx, ended.lead_id)
    # The decision is about this attempt, whatever has ended since.
    history.sort(key=lambda one: one.id == attempt_id)
    decision = decide(
        _for_rules(history),
        worked.campaign,
        await readings.values_of(tx, ended.lead_id),
        zone=where.lead.zone,
    )
    await _carry_out(ctx, tx, where, decision, ended)


async def decide_left_over(ctx: Context) -> int:
    """Decide what somebody ended without deciding; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        waiting = await decisions.list_left_over(tx, ctx.limits.recover_batch)
    for attempt_id, lead_id in waiting:
        async with transaction(ctx.database) as tx:
            await worked_leads.lock(tx, lead_id)
            await apply(ctx, tx, attempt_id)
    return len(waiting)


async def apply_silence(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, since: datetime, now: datetime
) -> None:
    """Decide what follows when nobody has answered us `since` then. The caller holds the lead."""
    latest = await decisions.latest(tx, lead_id)
    if latest is None:
        return
    worked = await worked_by(ctx, tx, latest.campaign_id)
    where = await read_where(tx, lead_id, worked, now)
    if where.lead.work is not Work.WAITING:
        return
    history = await worked_leads.history_of(tx, lead_id)
    decision = decide_no_reply(_for_rules(history), worked.campaign, since, now)
    await _carry_out(ctx, tx, where, decision, latest)


def _for_rules(history: Sequence[Past]) -> list[EndedAttempt]:
    return [
        EndedAttempt(
            channel=one.channel,
            outcome=one.outcome,
            ended_at=one.ended_at,
            rule_id=one.rule_id,
        )
        for one in history
    ]


async def _carry_out(
    ctx: Context, tx: AsyncConnection, where: Where, decision: Decision, ended: Ended
) -> None:
    await _do_effects(ctx, tx, where, decision.effects, ended)
    if await _is_final(tx, where, ended):
        return
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    promised = {one.id for one in open_now if one.priority == Priority.PROMISED}
    keep = promised if ended.outcome not in NO_MORE else set()
    await _make_room(tx, [one for one in open_now if one.id not in keep], ended, where.now)
    resting = not any(one.state in IN_FLIGHT for one in open_now)
    if keep:
        # What was promised in the conversation stands; the rules do not plan beside it.
        if resting:
            await leads.set_work(tx, [where.lead.id], Work.PLANNED)
        return
    match decision:
        case Retry() | CallBackAt() | SwitchChannel():
            if where.worked.is_closed:
                await _rest(tx, where, resting, Work.ENDED, "campaign_ended")
            else:
                await plan_next(ctx, tx, where, _next(decision, ended))
        case AwaitReply(until=until):
            await conversations.await_reply(tx, where.lead.id, until)
            await _rest(tx, where, resting, Work.WAITING, "reply")
        case Stop(status=status):
            if status is not None:
                await leads.set_status(tx, [where.lead.id], status)
            await _rest(tx, where, resting, Work.ENDED, ended.outcome)
        case _:
            assert_never(decision)


async def _is_final(tx: AsyncConnection, where: Where, ended: Ended) -> bool:
    """Who wants no more contact gets none, however an attempt that was under way has ended."""
    lead = await worked_leads.get(tx, where.lead.id)
    if lead.status not in (Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT):
        return False
    open_now = await worked_leads.open_attempts(tx, lead.id)
    await _make_room(tx, open_now, ended, where.now)
    if not any(one.state in IN_FLIGHT for one in open_now):
        await leads.set_work(tx, [lead.id], Work.ENDED, ended.outcome)
    return True


async def _rest(tx: AsyncConnection, where: Where, resting: bool, work: Work, reason: str) -> None:
    """An attempt that is under way keeps the lead's work; it decides when it ends."""
    if resting:
        await leads.set_work(tx, [where.lead.id], work, reason)


def _next(decision: Retry | CallBackAt | SwitchChannel, ended: Ended) -> Next:
    match decision:
        case CallBackAt():
            return Next(
                channel=decision.channel,
                wanted_at=decision.at,
                reason="callback",
                rule_id=decision.rule_id,
                priority=Priority.PROMISED,
                exempt_from_caps=True,
            )
        case Retry():
            placed = ended.outcome is not Outcome.NOT_PLACED
            return Next(
                channel=decision.channel,
                wanted_at=decision.not_before,
                reason="retry" if placed else "not_placed",
                rule_id=decision.rule_id,
                priority=PRIORITY[decision.priority],
                avoid=decision.daypart_to_avoid,
                jitter=placed,
            )
        case SwitchChannel():
            return Next(
                channel=decision.channel,
                wanted_at=decision.not_before,
                reason="next_step",
                rule_id=decision.rule_id,
                priority=PRIORITY[decision.priority],
            )
    assert_never(decision)


async def _make_room(tx: AsyncConnection, old: Sequence[Open], ended: Ended, now: datetime) -> None:
    """Take back what was planned before: the newest decision counts."""
    planned = [one.id for one in old if one.state is State.PLANNED]
    reason = f"superseded_by_{ended.outcome}"
    await attempts.cancel(tx, planned, by=ENGINE.name, reason=reason, now=now)


async def _do_effects(
    ctx: Context,
    tx: AsyncConnection,
    where: Where,
    effects: Sequence[Effect],
    ended: Ended,
) -> None:
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
    if await open_task(tx, task):
        event = Event(
            kind=Kind.TASK_CREATED,
            at=where.now,
            campaign_id=where.lead.campaign_id,
            lead_id=where.lead.id,
            contact_id=where.lead.contact_id,
            data={"task_id": str(task.id), "kind": kind},
        )
        await record(tx, [event])
