"""Asks the one gate for many claimed attempts, and stores every yes and every no."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import MessageOrder
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.gate_facts import Deployment, Seen, facts_of, read
from orchestrator.engine.materials import gather
from orchestrator.engine.orders import Ready, opening_of, order_of
from orchestrator.engine.pre_dial import ask_first
from orchestrator.engine.tracing import GATE, now_ns
from orchestrator.engine.transitions import give_back
from outreach import planning
from outreach.follow_up import no_reply_after
from outreach.gate import Allowed, Effect, Facts, Refused, decide
from outreach.hours import WindowsMemo
from outreach.lead import Work
from outreach.reason import Reason
from storage import campaigns, clock, gating, leads, lines, openings
from storage.campaigns import Hold
from storage.database import transaction
from storage.gating import Again, Claimed, Never, Pass
from storage.leads import WorkChange
from storage.openings import Opening

BUSY_WAIT_S = 0.02
"""Machine time until attempts are asked for again that somebody else held."""


@dataclass(slots=True, kw_only=True)
class Verdicts:
    """What one transaction of the gate will write."""

    began_at: float
    """Reading of CLOCK_BOOTTIME before the transaction."""
    deadline: float
    """Reading of CLOCK_BOOTTIME by which the orders must have left."""
    passes: list[Pass] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    never: list[Never] = field(default_factory=list)
    work: list[WorkChange] = field(default_factory=list)
    unused: Counter[UUID] = field(default_factory=Counter)
    """How often each number was given to an attempt that is not made now."""
    used_up_today: set[UUID] = field(default_factory=set)
    """Campaigns whose budget bears nothing more before midnight."""
    day_ends_at: datetime | None = None
    """None: nobody was decided on."""

    def wait(self, attempt: Claimed, again: Again) -> None:
        self._not_now(attempt)
        self.again.append(again)
        self.work.append(WorkChange(lead_id=attempt.lead_id, work=Work.PLANNED))

    def refuse(self, attempt: Claimed, never: Never, work: WorkChange) -> None:
        self._not_now(attempt)
        self.never.append(never)
        self.work.append(work)

    def _not_now(self, attempt: Claimed) -> None:
        if attempt.sender_id is not None:
            self.unused[attempt.sender_id] += 1


async def pass_gate(ctx: Context, claimed: Collection[UUID]) -> list[Ready]:
    """Decide on attempts of this process; returns those that are `starting` now, with orders.

    Attempts whose rows somebody else holds are skipped and asked for again, so that a gate
    never waits for one row while it holds others.
    """
    ready: list[Ready] = []
    waiting: Sequence[UUID] = list(claimed)
    await ask_first(ctx, claimed)
    while waiting:
        # Read before the transaction: the lease, which the database counts, begins later.
        began_at, began_ns = ctx.boottime(), now_ns()
        async with transaction(ctx.database) as tx:
            verdicts = await _decide(ctx, tx, waiting, began_at)
            waiting = await gating.still_claimed(tx, waiting, ctx.process_id)
        _tell(ctx, verdicts, began_ns)
        ctx.seam("gated")
        ready += verdicts.ready
        await _tell_numbers_and_campaigns(ctx, verdicts)
        if waiting:
            await asyncio.sleep(BUSY_WAIT_S)
    return ready


async def _decide(
    ctx: Context, tx: AsyncConnection, ids: Sequence[UUID], began_at: float
) -> Verdicts:
    deadline = began_at + ctx.limits.http_deadline.total_seconds()
    verdicts = Verdicts(began_at=began_at, deadline=deadline)
    campaigns = await gating.hold_campaigns(tx, ids)
    materials = await gather(tx, ctx.library, list(campaigns.values()))
    # Before the leads: who waits for another gate's budget keeps nobody's report waiting.
    await gating.hold_budgets(tx, [id for id, one in materials.items() if one.campaign.budget])
    attempts = await gating.lock_claimed(tx, ids, ctx.process_id)
    if not attempts:
        return verdicts
    now = await clock.now(tx)
    deployment = Deployment(
        rulebook=ctx.rulebook,
        limits=ctx.limits,
        marks=ctx.marks,
        answers_hold=None if ctx.pre_dial is None else ctx.pre_dial.valid_for,
    )
    seen = await read(tx, attempts, materials, now, deployment)

    memo: WindowsMemo = {}
    for attempt in attempts:
        verdict = decide(facts := facts_of(attempt, seen), memo)
        match verdict:
            case Allowed():
                _pass(ctx, attempt, facts, seen, verdicts, verdict.until)
            case Refused():
                _refuse(attempt, facts, verdict, verdicts, memo)
            case _:
                assert_never(verdict)
    verdicts.day_ends_at = seen.day.ends_at
    await _store(ctx, tx, verdicts, now)
    return verdicts


async def _tell_numbers_and_campaigns(ctx: Context, verdicts: Verdicts) -> None:
    """What a gate cannot write while it holds leads: numbers and campaigns are locked before."""
    await give_back(ctx, verdicts.unused)
    if verdicts.used_up_today and verdicts.day_ends_at is not None:
        hold = Hold(until=verdicts.day_ends_at, reason=Reason.DAILY_BUDGET)
        async with transaction(ctx.database) as tx:
            await campaigns.hold(tx, verdicts.used_up_today, hold, await clock.now(tx))


def _tell(ctx: Context, verdicts: Verdicts, began_ns: int) -> None:
    """What was committed, for whoever watches."""
    for ready in verdicts.ready:
        ctx.tracer.step(ready.attempt.id, GATE, began_ns, {"verdict": "allowed"})
    refused = [(one.id, one.reason) for one in verdicts.again]
    refused += [(one.id, one.reason) for one in verdicts.never]
    for id, reason in refused:
        ctx.counts.add(Counted.REFUSED, str(reason))
        ctx.tracer.step(id, GATE, began_ns, {"verdict": str(reason)})


def _pass(
    ctx: Context, attempt: Claimed, facts: Facts, seen: Seen, verdicts: Verdicts, until: datetime
) -> None:
    materials = seen.materials[attempt.campaign_id]
    # The next attempt of the same person in this very batch counts this one.
    seen.contacts.setdefault(attempt.contact_id, []).append(seen.now)
    if (purse := seen.purses.get(attempt.campaign_id)) is not None:
        purse.take(attempt.channel)
    order = order_of(attempt, materials, seen.now, verdicts.deadline)
    wait = no_reply_after(materials.campaign, attempt.channel)
    verdicts.ready.append(
        Ready(attempt=attempt, order=order, no_reply_after=wait, passed_at=verdicts.began_at)
    )
    verdicts.passes.append(
        Pass(
            id=attempt.id,
            window_end_at=until,
            versions={**ctx.versions, **materials.versions},
            facts=_shown(facts),
        )
    )
    if isinstance(order, MessageOrder):
        id = ctx.new_id(seen.now)
        verdicts.openings.append(opening_of(attempt, order, materials, conversation_id=id))


def _refuse(
    attempt: Claimed, facts: Facts, refused: Refused, verdicts: Verdicts, memo: WindowsMemo
) -> None:
    shown = _shown(facts) | ({"detail": refused.detail} if refused.detail else {})
    reason, recheck_at = refused.reason, refused.recheck_at
    if reason is Reason.DAILY_BUDGET:
        verdicts.used_up_today.add(attempt.campaign_id)
    match refused.effect:
        case Effect.WAIT:
            due_at = recheck_at or facts.now
            again = Again(
                id=attempt.id, reason=reason, due_at=due_at, window_end_at=None, facts=shown
            )
            verdicts.wait(attempt, again)
        case Effect.REPLAN:
            _replan(attempt, facts, refused, verdicts, memo)
        case Effect.BLOCK:
            verdicts.refuse(
                attempt,
                Never(id=attempt.id, reason=reason, facts=shown),
                _blocked(attempt, reason, recheck_at),
            )
        case Effect.CLOSE:
            verdicts.refuse(
                attempt,
                Never(id=attempt.id, reason=reason, facts=shown),
                WorkChange(lead_id=attempt.lead_id, work=Work.ENDED, reason=reason),
            )
        case _:
            assert_never(refused.effect)


def _replan(
    attempt: Claimed, facts: Facts, refused: Refused, verdicts: Verdicts, memo: WindowsMemo
) -> None:
    """Find the next legal moment; where there is none, the lead is blocked for that reason."""
    shown = _shown(facts) | ({"detail": refused.detail} if refused.detail else {})
    wish = planning.Wish(
        now=facts.now,
        wanted_at=refused.recheck_at or facts.now,
        zones=facts.zones,
        hours=facts.hours,
        contacts=facts.contacts,
        caps=facts.caps,
        rest=facts.rest,
        not_before=facts.not_before,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
    )
    plan = planning.plan(wish, memo)
    match plan:
        case planning.Planned():
            again = Again(
                id=attempt.id,
                reason=refused.reason,
                due_at=plan.due_at,
                window_end_at=plan.window_end_at,
                facts=shown,
            )
            verdicts.wait(attempt, again)
        case planning.Blocked():
            never = Never(id=attempt.id, reason=plan.reason, facts=shown)
            over = plan.reason is Reason.CAMPAIGN_ENDED
            ended = WorkChange(lead_id=attempt.lead_id, work=Work.ENDED, reason=plan.reason)
            blocked = _blocked(attempt, plan.reason, plan.recheck_at)
            verdicts.refuse(attempt, never, ended if over else blocked)
        case _:
            assert_never(plan)


def _blocked(attempt: Claimed, reason: Reason, recheck_at: datetime | None) -> WorkChange:
    return WorkChange(
        lead_id=attempt.lead_id, work=Work.BLOCKED, reason=reason, recheck_at=recheck_at
    )


def _shown(facts: Facts) -> dict[str, object]:
    """What the gate saw, as it is kept with the attempt: codes, counts and zones."""
    return {
        "campaign": facts.campaign.value,
        "consent": facts.consent.value,
        "sender": facts.sender.value,
        "suppressed": facts.suppressed,
        "human_owns": facts.human_owns,
        "zones": sorted(facts.zones),
        "contacts_30_days": len(facts.contacts),
    }


async def _store(ctx: Context, tx: AsyncConnection, verdicts: Verdicts, now: datetime) -> None:
    lease = ctx.limits.attempt_lease
    written = await openings.prepare(tx, verdicts.openings, now, lease)
    busy = {one.attempt_id for one in verdicts.openings} - written
    _let_wait(verdicts, busy, now + ctx.limits.line_busy_wait)
    await gating.let_pass(tx, verdicts.passes, now, lease)
    await gating.plan_again(tx, verdicts.again, now)
    await gating.refuse(tx, verdicts.never, now)
    await leads.set_each_work(tx, verdicts.work, now=now)
    no_longer = [one.id for one in verdicts.again] + [one.id for one in verdicts.never]
    await lines.release(tx, no_longer)


def _let_wait(verdicts: Verdicts, busy: Collection[UUID], due_at: datetime) -> None:
    """Attempts whose conversation has a message under way wait, as for a line."""
    for one in verdicts.ready:
        if one.attempt.id in busy:
            again = Again(
                id=one.attempt.id, reason=Reason.LINE_BUSY, due_at=due_at, window_end_at=None
            )
            verdicts.wait(one.attempt, again)
    verdicts.ready = [one for one in verdicts.ready if one.attempt.id not in busy]
    verdicts.passes = [one for one in verdicts.passes if one.id not in busy]
