"""The duties of the way out: what is done again and again, and how often."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.calendar import keep_calendar
from orchestrator.engine.companies.briefing import follow_briefs
from orchestrator.engine.companies.rescoring import rescore
from orchestrator.engine.companies.sorting import sort_imported
from orchestrator.engine.context import Context
from orchestrator.engine.drain import renew
from orchestrator.engine.edit_jobs import work_off_edits
from orchestrator.engine.import_jobs import forget_lists
from orchestrator.engine.journeys.follow import follow_news, look_daily
from orchestrator.engine.journeys.triggers import work_off
from orchestrator.engine.lead_quality import fade_quality, follow_quality
from orchestrator.engine.recover import recover
from orchestrator.engine.replan import unblock
from orchestrator.engine.retention import let_go
from orchestrator.engine.tick import Ticker
from orchestrator.engine.watch_abandonment import pause_abandoned
from orchestrator.engine.watch_breakers import watch_breakers
from orchestrator.engine.watch_numbers import rest_unanswered
from orchestrator.engine.withdraw import withdraw_waiting
from storage import clock, duties, imports, partitions, processes, tallies
from storage.database import transaction
from storage.processes import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something that is done every so often (real time), harmless when done twice."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[object]]
    alone: bool = False
    """At most one process of all does it at a time."""


def outward_duties(ctx: Context, ticker: Ticker, after: Aftermath) -> list[Duty]:
    """Claiming and starting, recovery, blocked leads, campaigns by the clock."""
    limits = ctx.limits
    return [
        Duty(name="tick", every=limits.tick_every, do=ticker.tick),
        Duty(name="recover", every=limits.recover_every, do=lambda: recover(ctx, after)),
        Duty(name="unblock", every=limits.duty_every, do=lambda: unblock(ctx)),
        Duty(name="edits", every=limits.duty_every, do=lambda: work_off_edits(ctx)),
        Duty(name="calendar", every=limits.duty_every, do=lambda: keep_calendar(ctx), alone=True),
        Duty(name="breakers", every=limits.duty_every, do=lambda: watch_breakers(ctx), alone=True),
        Duty(name="withdraw", every=limits.duty_every, do=lambda: withdraw_waiting(ctx)),
        Duty(
            name="numbers",
            every=limits.slow_duty_every,
            do=lambda: rest_unanswered(ctx),
            alone=True,
        ),
        Duty(
            name="abandonment",
            every=limits.slow_duty_every,
            do=lambda: pause_abandoned(ctx),
            alone=True,
        ),
        Duty(name="imports", every=limits.slow_duty_every, do=lambda: _end_killed(ctx), alone=True),
        Duty(name="companies", every=limits.fold_every, do=lambda: _companies(ctx), alone=True),
        Duty(name="months", every=limits.months_every, do=lambda: _months(ctx), alone=True),
        Duty(name="retention", every=limits.months_every, do=lambda: let_go(ctx), alone=True),
        Duty(name="tallies", every=limits.fold_every, do=lambda: fold_events(ctx), alone=True),
        Duty(name="journeys", every=limits.fold_every, do=lambda: _journeys(ctx), alone=True),
        Duty(name="briefs", every=limits.fold_every, do=lambda: follow_briefs(ctx), alone=True),
        Duty(name="triggers", every=limits.fold_every, do=lambda: work_off(ctx), alone=True),
        Duty(name="decay", every=limits.months_every, do=lambda: _decay(ctx), alone=True),
    ]


def heartbeat_duty(ctx: Context, process: Process) -> Duty:
    """Says that this process lives; whoever falls silent gets no further call."""
    return Duty(name="heartbeat", every=ctx.limits.heartbeat_every, do=lambda: beat(ctx, process))


def renewal_duty(ctx: Context, live: Collection[UUID]) -> Duty:
    """Says of the calls that this process holds that they live; `live` changes meanwhile."""
    every = min(ctx.limits.renew_every, ctx.limits.started_lease / 3)
    return Duty(name="renew", every=every, do=lambda: renew(ctx, set(live)))


async def beat(ctx: Context, process: Process) -> None:
    async with transaction(ctx.database) as tx:
        await processes.beat(tx, process)
        await processes.forget_silent(tx, ctx.limits.process_silence * 10)


async def _end_killed(ctx: Context) -> None:
    """Call an import failed whose process died: while it runs its campaign is never over."""
    async with transaction(ctx.database) as tx:
        await imports.end_silent(tx, ctx.limits.import_silence, await clock.now(tx))
    await forget_lists(ctx)


async def _companies(ctx: Context) -> None:
    """Sort in whom imports have brought, and measure all by a profile that is new."""
    await sort_imported(ctx)
    await rescore(ctx)


async def _journeys(ctx: Context) -> None:
    """Make touchpoints of what has happened, move the companies, and score the leads."""
    await follow_news(ctx)
    await follow_quality(ctx)


async def _decay(ctx: Context) -> None:
    """Let a day pass for companies and leads."""
    await look_daily(ctx)
    await fade_quality(ctx)


async def _months(ctx: Context) -> None:
    """Make the months of events and inbox ahead of time, once a day."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if await duties.claim_period(tx, "months", today):
            await partitions.ensure(tx, now)


async def fold_events(ctx: Context) -> int:
    """Count what has happened since the last time into the tallies; returns how many events."""
    total, folded = 0, ctx.limits.fold_batch
    while folded == ctx.limits.fold_batch:
        async with transaction(ctx.database) as tx:
            folded = await tallies.fold(tx, ctx.limits.fold_batch)
        ctx.seam("folded")
        total += folded
    return total
