"""Asks the provider for what the gate has passed, many at a time, and says what came of each."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, assert_never

import structlog

from channels.base import MaybeStarted, ProviderRef, Refused, Unavailable
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.orders import Ready
from orchestrator.engine.refusals import refused
from orchestrator.engine.stop_watch import StopWatch
from orchestrator.engine.tracing import START, step
from orchestrator.engine.transitions import Change, Transitions
from orchestrator.engine.watch_breakers import Observations
from outreach.reason import Reason
from storage.dispatching import NotStarted, Started, Unsure
from storage.gating import Claimed

log = structlog.get_logger(__name__)

RESTS_NUMBER: Final = frozenset({"too_many_requests", "provider_unreachable"})
"""Not the fault of one lead's order: asking for the next one at once would make it worse."""

FAULTS: Final = frozenset(
    {"provider_unreachable", "provider_unavailable", "provider_down", "carrier_unknown_error"}
)
"""Why nothing was started, where that is the provider's fault and not one order's or our own."""

STOPPED_WAIT: Final = timedelta(minutes=1)
"""Business time until an order that an operator's stop held back asks the gate again."""

Answer = ProviderRef | Refused | Unavailable | MaybeStarted


@dataclass(slots=True, eq=False)
class Dispatcher:
    """The starts of one process: at most `limits.starts_at_once` at a time."""

    ctx: Context
    after: Aftermath
    transitions: Transitions = field(init=False)
    observations: Observations = field(init=False)
    stop_watch: StopWatch = field(init=False)
    _room: asyncio.Semaphore = field(init=False)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.transitions = Transitions(self.ctx)
        self.observations = Observations(self.ctx)
        self.stop_watch = StopWatch(self.ctx)
        self._room = asyncio.Semaphore(self.ctx.limits.starts_at_once)

    @property
    def load(self) -> int:
        """Orders that are not yet answered, or whose answer is not yet durable."""
        return len(self._running)

    def dispatch(self, ready: Collection[Ready]) -> None:
        """Begin these starts and return at once."""
        for one in ready:
            task = asyncio.create_task(self._carry_out(one))
            self._running.add(task)
            task.add_done_callback(self._finished)

    async def idle(self) -> None:
        """Return when every start that has begun is answered and its answer durable."""
        while self._running:
            await asyncio.wait(self._running)
        await self.transitions.idle()
        await self.observations.tell()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The attempt is `starting` in the database: its lease runs out and it is asked about.
            log.error("start failed", exc_info=error)

    async def _carry_out(self, ready: Ready) -> None:
        async with self._room:
            stopped = await self.stop_watch.forbids(ready.passed_at)
            if not stopped:
                answer = await self._start(ready)
        if stopped:
            await self._hold_back(ready)
            return
        self.ctx.seam("answered")
        await self._record(ready, answer)
        self.ctx.seam("recorded")
        if self._note(ready.attempt, answer):
            await self.observations.tell()

    async def _start(self, ready: Ready) -> Answer:
        self.ctx.seam("starting")
        with step(self.ctx.tracer, ready.attempt.id, START) as saying:
            answer = await self._ask(ready)
            saying.said |= {"channel": ready.attempt.channel.value, "answer": _word(answer)}
        self.ctx.counts.add(Counted.STARTED, _word(answer))
        return answer

    async def _hold_back(self, ready: Ready) -> None:
        """An operator has stopped everything while this order waited for room."""
        attempt = ready.attempt
        move = NotStarted(
            id=attempt.id,
            lead_id=attempt.lead_id,
            reason=Reason.OPERATOR_STOP,
            retry_after=STOPPED_WAIT,
            moved_by=Reason.OPERATOR_STOP,
        )
        await self.transitions.add(Change(move=move, sender_id=attempt.sender_id))

    def _note(self, attempt: Claimed, answer: Answer) -> bool:
        """Count how the provider answered; returns whether it failed."""
        match answer:
            case ProviderRef() | Refused(scope="lead"):
                failed = False
            case MaybeStarted():
                failed = True
            case Unavailable(reason=reason) if reason in FAULTS:
                failed = True
            case Unavailable() | Refused():
                return False
            case _:
                assert_never(answer)
        self.observations.note(attempt.sender_id, failed=failed)
        return failed

    async def _ask(self, ready: Ready) -> Answer:
        channel = self.ctx.channels[ready.attempt.channel]
        try:
            async with asyncio.timeout(self.ctx.limits.http_timeout.total_seconds()):
                return await channel.start(ready.order)
        except (Refused, Unavailable, MaybeStarted) as answer:
            return answer
        except TimeoutError:
            return MaybeStarted("timeout")

    async def _record(self, ready: Ready, answer: Answer) -> None:
        attempt, add = ready.attempt, self.transitions.add
        match answer:
            case ProviderRef(ref=ref, status=status):
                wait = ready.no_reply_after
                started = Started(id=attempt.id, ref=ref, status=status, no_reply_after=wait)
                await add(Change(move=started))
            case MaybeStarted(reason=reason):
                await add(Change(move=Unsure(id=attempt.id, reason=reason)))
            case Unavailable() if attempt.times_unavailable >= self.ctx.limits.most_unavailable:
                gave_up = Refused(answer.reason, "lead")
                await refused(self.ctx, self.after, attempt, gave_up)
            case Unavailable(reason=reason, retry_after=wait):
                move = NotStarted(
                    id=attempt.id, lead_id=attempt.lead_id, reason=reason, retry_after=wait
                )
                rest = min(wait, self.ctx.limits.longest_rest) if reason in RESTS_NUMBER else None
                await add(Change(move=move, sender_id=attempt.sender_id, rest=rest))
            case Refused():
                await refused(self.ctx, self.after, attempt, answer)
            case _:
                assert_never(answer)


def _word(answer: Answer) -> str:
    """The provider's answer as one code."""
    match answer:
        case ProviderRef():
            return "taken"
        case Refused():
            return "refused"
        case Unavailable():
            return "unavailable"
        case MaybeStarted():
            return "unsure"
    assert_never(answer)
