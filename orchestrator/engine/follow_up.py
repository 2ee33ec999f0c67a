"""What follows when an attempt has ended: the rules decide, and it is done in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.effects import do_effects
from orchestrator.engine.plan_next import Next, Where, plan_next, read_where
from orchestrator.engine.superseding import MOVABLE, is_same, leave, promised, supersede
from orchestrator.engine.tracing import FOLLOW_UP, step
from orchestrator.engine.worked import worked_by
from outreach.attempt import CALLED_US, IN_FLIGHT
from outreach.events import Kind
from outreach.follow_up import (
    AwaitReply,
    CallBackAt,
    Decision,
    EndedAttempt,
    Retry,
    Stop,
    SwitchChannel,
    decide,
    decide_no_reply,
    deciding,
)
from outreach.follow_up_rules import Priority as RulePriority
from outreach.lead import STATUS_AFTER, Status, Work
from outreach.outcome import CONVERSATIONS, Outcome
from storage import (
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
from storage.worked_leads import Past

PRIORITY: Final[Mapping[RulePriority, Priority]] = {
    RulePriority.LOW: Priority.LOW,
    RulePriority.NORMAL: Priority.NORMAL,
    RulePriority.HIGH: Priority.HOT,
}


async def apply(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, *, untold: bool = False
) -> None:
    """Decide what follows an attempt that has ended with an outcome, and do it; once.

    The caller holds the lead. Whoever ends an attempt with an outcome, or changes it later, sets
    `undecided` and calls this in the same transaction, or leaves it to `decide_left_over`, which
    also tells the outcome (`untold`): who foresees it while a call goes on cannot know it stands.
    """
    ended = await decisions.take(tx, attempt_id)
    if ended is None:
        return
    with step(ctx.tracer, attempt_id, FOLLOW_UP) as saying:
        saying.said["outcome"] = ended.outcome.value
        if untold:
            await _tell_result(tx, ended, await clock.now(tx))
        await _decide(ctx, tx, attempt_id, ended)


async def _decide(ctx: Context, tx: AsyncConnection, attempt_id: UUID, ended: Ended) -> None:
    now = await clock.now(tx)
    worked = await worked_by(ctx, tx, ended.campaign_id)
    where = await read_where(tx, ended.lead_id, worked, now)
    if ended.reason == CALLED_US and ended.outcome not in CONVERSATIONS:
        await _stay(tx, where)
        return
    status = STATUS_AFTER.get(ended.outcome)
    if status is not None:
        await leads.set_status(tx, [where.lead.id], status, now=where.now)
    if ended.outcome is Outcome.INVALID_NUMBER:
        await people_points.mark_invalid(tx, ended.contact_id, ended.channel, ended.phone)
        where = await read_where(tx, ended.lead_id, worked, now)
    history = await worked_leads.history_of(tx, ended.lead_id)
    decider = _decider(history, ended)
    history.sort(key=lambda one: one.id == decider)
    decision = decide(
        for_rules(history),
        worked.campaign,
        await readings.values_of(tx, ended.lead_id),
        score=where.lead.quality,
        zone=where.lead.zone,
    )
    if decider == attempt_id:
        await do_effects(ctx, tx, where, decision.effects, ended)
    await _carry_out(ctx, tx, where, decision, ended)


async def _stay(tx: AsyncConnection, where: Where) -> None:
    """They called and nothing was said: no try of ours has failed, and what is planned stands."""
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    if open_now:
        await _rest(tx, where, all(one.state in MOVABLE for one in open_now), Work.PLANNED, None)
    else:
        await _rest(tx, where, True, Work.ENDED, CALLED_US)


async def decide_left_over(ctx: Context) -> int:
    """Decide what somebody ended without deciding; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        waiting = await decisions.list_left_over(tx, ctx.limits.recover_batch)
    for attempt_id, lead_id in waiting:
        async with transaction(ctx.database) as tx:
            await worked_leads.lock(tx, lead_id)
            await apply(ctx, tx, attempt_id, untold=True)
    return len(waiting)


async def _tell_result(tx: AsyncConnection, ended: Ended, now: datetime) -> None:
    event = Event(
        kind=Kind.ATTEMPT_RESULT,
        at=now,
        campaign_id=ended.campaign_id,
        lead_id=ended.lead_id,
        contact_id=ended.contact_id,
        attempt_id=ended.id,
        data={"outcome": ended.outcome},
    )
    await record(tx, [event])


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
    decision = decide_no_reply(for_rules(history), worked.campaign, since, now)
    await do_effects(ctx, tx, where, decision.effects, latest)
    await _carry_out(ctx, tx, where, decision, latest)


def for_rules(history: Sequence[Past]) -> list[EndedAttempt]:
    """What was tried, as the rules read it."""
    return [
        EndedAttempt(
            channel=one.channel,
            outcome=one.outcome,
            ended_at=one.ended_at,
            rule_id=one.rule_id,
        )
        for one in history
    ]


def _decider(history: Sequence[Past], ended: Ended) -> UUID:
    """The attempt that the rules follow now; `history` is oldest first."""
    ids = [one.id for one in history]
    if ended.outdated_by in ids and ended.outcome not in CONVERSATIONS:
        return ids[ids.index(ended.outdated_by)]
    return ids[deciding([one.outcome for one in history], ids.index(ended.id))]


async def _carry_out(
    ctx: Context, tx: AsyncConnection, where: Where, decision: Decision, ended: Ended
) -> None:
    wanted = next_of(decision, ended.outcome)
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    begun = await decisions.list_begun_after(tx, ended.id)
    await leave(tx, begun, open_now, ended, wanted, where.now)
    final = await _is_final(tx, where)
    kept = [] if final else promised(open_now, ended)
    old = [one for one in open_now if one.state in MOVABLE and one not in kept]
    if not final and not begun and any(is_same(one, wanted) for one in old):
        return
    await supersede(tx, old, ended, wanted, where.now)
    resting = not begun and not any(one.state in IN_FLIGHT for one in open_now if one not in old)
    if final:
        await _rest(tx, where, resting, Work.ENDED, ended.outcome)
    elif kept:
        # What was promised in the conversation stands; the rules do not plan beside it.
        await _rest(tx, where, resting, Work.PLANNED, None)
    elif not begun or isinstance(decision, CallBackAt):
        await _plan(ctx, tx, where, decision, ended, resting)


async def _plan(
    ctx: Context,
    tx: AsyncConnection,
    where: Where,
    decision: Decision,
    ended: Ended,
    resting: bool,
) -> None:
    wanted = next_of(decision, ended.outcome)
    if wanted is not None and where.worked.is_closed:
        await _rest(tx, where, resting, Work.ENDED, "campaign_ended")
        return
    match decision:
        case Retry() | CallBackAt() | SwitchChannel():
            assert wanted is not None
            await plan_next(ctx, tx, where, wanted)
        case AwaitReply(until=until):
            await conversations.await_reply(tx, where.lead.id, until)
            if resting:
                # Their conversation may soon speak for another lead of theirs; this one stays due.
                await leads.set_work(
                    tx, [where.lead.id], Work.WAITING, "reply", until, now=where.now
                )
        case Stop(status=status):
            if status is not None:
                await leads.set_status(tx, [where.lead.id], status, now=where.now)
            await _rest(tx, where, resting, Work.ENDED, ended.outcome)
        case _:
            assert_never(decision)


async def _is_final(tx: AsyncConnection, where: Where) -> bool:
    """Who wants no more contact gets none, however an attempt that was under way has ended."""
    lead = await worked_leads.get(tx, where.lead.id)
    return lead.status in (Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT)


async def _rest(
    tx: AsyncConnection, where: Where, resting: bool, work: Work, reason: str | None
) -> None:
    """An attempt that is under way keeps the lead's work; it decides when it ends."""
    if resting:
        await leads.set_work(tx, [where.lead.id], work, reason, now=where.now)


def next_of(decision: Decision, outcome: Outcome) -> Next | None:
    """The attempt that a decision asks for; None where it asks for none."""
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
            placed = outcome is not Outcome.NOT_PLACED
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
        case AwaitReply() | Stop():
            return None
    assert_never(decision)
