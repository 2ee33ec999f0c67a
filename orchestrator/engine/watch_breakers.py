"""How the provider answers is counted for all processes together, and breakers open and close."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_waiting
from outreach.breaker import Breaker, State, Tally, is_failing, is_provider_failing, judge
from outreach.events import Kind
from outreach.lifting import Lifter
from storage import breakers, clock
from storage.breakers import Answered, Key, of_sender
from storage.database import transaction
from storage.events import Event, record
from storage.wake import notify

log = structlog.get_logger(__name__)

KINDS: Final = {
    State.OPEN: Kind.BREAKER_OPENED,
    State.HALF_OPEN: Kind.BREAKER_HALF_OPENED,
    State.CLOSED: Kind.BREAKER_CLOSED,
}


@dataclass(slots=True, eq=False)
class Observations:
    """What one process has seen of the provider's answers and not yet told the others."""

    ctx: Context
    _seen: dict[UUID, Tally] = field(default_factory=dict)

    def note(self, sender_id: UUID | None, *, failed: bool) -> None:
        """One order of this number was answered, or was not."""
        if sender_id is not None:
            one = Tally(calls=1, failures=int(failed))
            self._seen[sender_id] = self._seen.get(sender_id, Tally()) + one

    async def tell(self) -> None:
        """Add it to what all have seen, and judge at once where something failed.

        Successes are told by the way, at the next tick: nobody waits for them.
        """
        seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            async with transaction(self.ctx.database) as tx:
                await breakers.add(tx, seen)
            await watch_breakers(self.ctx)
        except SQLAlchemyError:
            # What was seen is lost; if the provider still fails, more will be seen.
            log.warning("answers were not counted", exc_info=True)


async def watch_breakers(ctx: Context) -> int:
    """Open, half-open and close what is due; returns how many breakers changed. A duty."""
    async with transaction(ctx.database) as tx:
        machine_now = await breakers.lock_watch(tx)
        known = {shown.key: shown.breaker for shown in await breakers.list_all(tx)}
        answered = await breakers.list_answers(tx, ctx.limits.breaker.window)
        judged = _judge(ctx, known, answered, machine_now)
        # In the order in which a claim locks them.
        changes = sorted(judged, key=lambda one: (one.key.scope, one.key.name))
        for change in changes:
            await breakers.put(tx, change.key, change.after, change.tally)
        await breakers.forget_answers(tx, {id for one in changes for id in one.sender_ids})
        await _tell(tx, [one for one in changes if one.before.state is not one.after.state])
        await breakers.prune(tx, ctx.limits.answers_kept)
    ctx.seam("breakers watched")
    if any(one.after.state is State.CLOSED for one in changes):
        # Apart, because attempts are locked by whoever reports how a call has ended.
        async with transaction(ctx.database) as tx:
            await lift_waiting(tx, Lifter.BREAKER_CLOSED)
    return len(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    key: Key
    before: Breaker
    after: Breaker
    tally: Tally
    sender_ids: Sequence[UUID]
    """Numbers whose answers are counted anew from here on."""


def _judge(
    ctx: Context, known: dict[Key, Breaker], answered: Sequence[Answered], machine_now: datetime
) -> list[Change]:
    """The provider first: while it fails, its numbers are not to blame."""
    policy = ctx.limits.breaker
    changes: list[Change] = []
    for provider in sorted({one.provider for one in answered}, key=lambda key: key.name):
        theirs = [one for one in answered if one.provider == provider]
        tallies = [one.tally for one in theirs]
        before = known.get(provider, Breaker())
        failing = is_provider_failing(tallies, policy)
        together = sum(tallies, Tally())
        after = judge(before, failing, together, machine_now, policy)
        if after != before:
            ids = [one.sender_id for one in theirs]
            changes.append(
                Change(key=provider, before=before, after=after, tally=together, sender_ids=ids)
            )
        is_to_blame = after != before or after.state is not State.CLOSED
        changes += _judge_numbers(ctx, known, theirs, machine_now, provider_fails=is_to_blame)
    return changes


def _judge_numbers(
    ctx: Context,
    known: dict[Key, Breaker],
    answered: Sequence[Answered],
    machine_now: datetime,
    *,
    provider_fails: bool,
) -> list[Change]:
    policy = ctx.limits.breaker
    changes: list[Change] = []
    for one in answered:
        tally = Tally() if provider_fails else one.tally
        key = of_sender(one.sender_id)
        before = known.get(key, Breaker())
        after = judge(before, is_failing(tally, policy), tally, machine_now, policy)
        if after != before:
            ids = [one.sender_id]
            changes.append(Change(key=key, before=before, after=after, tally=tally, sender_ids=ids))
    return changes


async def _tell(tx: AsyncConnection, changes: Sequence[Change]) -> None:
    """Write it into the history, and wake who waits."""
    if not changes:
        return
    now = await clock.now(tx)
    for change in changes:
        log.warning(
            "breaker",
            scope=change.key.scope,
            name=change.key.name,
            state=change.after.state.value,
            calls=change.tally.calls,
            failures=change.tally.failures,
        )
    await record(tx, [_event(change, now) for change in changes])
    await notify(tx)


def _event(change: Change, now: datetime) -> Event:
    data = {
        "scope": change.key.scope,
        "name": change.key.name,
        "calls": change.tally.calls,
        "failures": change.tally.failures,
    }
    return Event(kind=KINDS[change.after.state], at=now, data=data)
