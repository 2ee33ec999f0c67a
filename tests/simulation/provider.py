"""A provider with behaviour: late, twice, out of order, never, and the witness of what it took."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from channels.base import (
    Absent,
    CallOrder,
    Finding,
    Found,
    Inquiry,
    MaybeStarted,
    MessageOrder,
    NoAnswer,
    Order,
    ProviderRef,
    Refused,
    TextContent,
    Unavailable,
)
from channels.fake import order_id
from orchestrator.engine.ingest import receive
from outreach.channel import ChannelName
from outreach.reports import CallReported, Delivery, MachineReported, MessageReported, Report
from tests.simulation.agenda import Agenda
from tests.simulation.people import Answer, answer_to_a_call, answer_to_a_message
from tests.simulation.processes import Life, Process
from tests.simulation.steering import Steered

PASSING: Final = frozenset({"initiated", "ringing", "sent", "in-progress"})
"""Words that nothing hangs on, because a later one says more; most subscribe to few of them."""


@dataclass(slots=True, eq=False)
class Taken:
    """An order that the provider has: a call or a message, and what will become of it."""

    order: Order
    ref: str
    at: datetime
    answer: Answer
    listed_at: datetime
    """Lists do not show it before."""
    begun: bool = True
    """False while it is only accepted: the first word about it is still to come."""

    @property
    def id(self) -> UUID:
        return order_id(self.order)

    @property
    def channel(self) -> ChannelName:
        is_call = isinstance(self.order, CallOrder)
        return ChannelName.VOICE if is_call else ChannelName.WHATSAPP

    def status(self, now: datetime) -> str:
        """Its status by the provider's own clock."""
        passed = [word for after, word in self.answer.statuses if self.at + after <= now]
        return passed[-1] if passed else "queued"

    @property
    def ends_at(self) -> datetime:
        return self.at + self.answer.statuses[-1][0]


@dataclass(slots=True, eq=False)
class Provider:
    """One behind both channels; every chance is drawn from the seed."""

    steered: Steered
    rng: Random
    agenda: Agenda
    at_once: Callable[[Delivery], Awaitable[None]]
    """Brings a callback to some process in this very moment."""
    converse: Callable[[Process, Taken], Awaitable[None]]
    """Somebody has answered a call: ask what to say."""
    hears: Callable[[Taken], None]
    """A person was reached by a message, and may write back."""
    taken: list[Taken] = field(default_factory=list)
    tried: Counter[UUID] = field(default_factory=Counter)
    takes: int = 1
    """How often it is given one order: more, where a client repeats its requests by itself."""
    calm: bool = False
    """Everything works from now on."""

    async def start(self, order: Order, life: Life) -> ProviderRef:
        life.check()
        self.tried[order_id(order)] += 1
        chance = 1.0 if self.calm else self.rng.random()
        if chance < 0.04:
            raise Unavailable("too_many_requests", timedelta(seconds=self.rng.choice([1, 30, 600])))
        if chance < 0.06:
            raise Unavailable("provider_unreachable")
        if chance < 0.07:
            raise Unavailable("deadline_passed")
        if chance < 0.09:
            raise self._refusal(order)
        if chance < 0.12:
            # A 5xx or a time-out before it was accepted: from outside, the same as after.
            raise self._no_answer()
        for _ in range(self.takes):
            one = self._take(order)
        if chance < 0.17:
            raise self._no_answer()
        if chance < 0.25:
            await self._report_first(one)
            life.check()
        return ProviderRef(ref=one.ref, status="queued")

    def _no_answer(self) -> Exception:
        if self.rng.random() < 0.5:
            return MaybeStarted(f"http_{self.rng.choice([500, 502, 503])}")
        return TimeoutError()

    def _refusal(self, order: Order) -> Refused:
        draw = self.rng.random()
        if draw < 0.4:
            return Refused("invalid_number", "lead", "21211")
        if draw < 0.6:
            return Refused("opted_out", "lead", "21610", suppress=True)
        is_reply = isinstance(order, MessageOrder) and isinstance(order.content, TextContent)
        if draw < 0.9 or is_reply:
            return Refused("sender_not_allowed", "sender", "21212")
        return Refused("template_paused", "campaign", "63041")

    def _take(self, order: Order) -> Taken:
        is_call = isinstance(order, CallOrder)
        drawn = answer_to_a_call(self.rng) if is_call else answer_to_a_message(self.rng, order)
        lag = 0 if self.rng.random() < 0.6 else self.rng.randrange(120)
        one = Taken(
            order=order,
            ref=f"{'CA' if is_call else 'SM'}{len(self.taken):06}",
            at=self.steered.now,
            answer=drawn,
            listed_at=self.steered.now + timedelta(seconds=lag),
        )
        self.taken.append(one)
        self._plan_callbacks(one)
        return one

    def _plan_callbacks(self, one: Taken) -> None:
        for after, word in one.answer.statuses:
            if word == "in-progress":
                self.agenda.add(one.at + after, "answer", self._answering(one), again=2)
            if word not in PASSING or self.rng.random() < 0.15:
                self._plan_callback(one, one.at + after, self.report(one, word))
        if one.answer.amd is not None:
            machine = MachineReported(
                attempt_id=one.id,
                provider_ref=one.ref,
                answered_by=one.answer.amd,
                word=one.answer.amd.value,
            )
            self._plan_callback(one, one.at + one.answer.answered_after, machine)
        if one.channel is ChannelName.WHATSAPP:
            self.hears(one)

    def _plan_callback(self, one: Taken, at: datetime, report: Report) -> None:
        chance = 1.0 if self.calm else self.rng.random()
        if chance < 0.04:
            return  # It never comes.
        if chance < 0.12:
            at += timedelta(seconds=self.rng.choice([5, 40, 300, 9000]))
        delivery = Delivery(source="twilio", key=repr(report), report=report)
        again = 0 if chance < 0.5 else 3
        self.agenda.add(at, f"callback {_word(report)}", _brings(delivery), again=again)
        if 0.12 <= chance < 0.17:
            later = at + timedelta(seconds=self.rng.choice([0, 1, 70]))
            self.agenda.add(later, f"callback {_word(report)} again", _brings(delivery))

    def _answering(self, one: Taken) -> Callable[[Process], Awaitable[None]]:
        async def answer(process: Process) -> None:
            await self.converse(process, one)

        return answer

    async def _report_first(self, one: Taken) -> None:
        """Callbacks that are faster than the answer to the order itself."""
        words = [word for _, word in one.answer.statuses if word != "in-progress"]
        for word in words[: self.rng.randint(1, len(words))]:
            report = self.report(one, word)
            await self.at_once(Delivery(source="twilio", key=repr(report), report=report))

    def report(self, one: Taken, word: str) -> CallReported | MessageReported:
        if isinstance(one.order, MessageOrder):
            failed = word in ("undelivered", "failed")
            return MessageReported(
                message_id=one.id,
                provider_ref=one.ref,
                status=word,
                error_code="30003" if failed else None,
            )
        talked = int(one.answer.talk.total_seconds()) if word == "completed" else None
        return CallReported(attempt_id=one.id, provider_ref=one.ref, status=word, duration_s=talked)

    def hang_up(self, one: Taken) -> None:
        """The call is over now, whoever put the receiver down."""
        now = self.steered.now
        if now >= one.ends_at:
            return
        kept = [(after, word) for after, word in one.answer.statuses if one.at + after <= now]
        one.answer.statuses[:] = [*kept, (now - one.at, "completed")]
        self._plan_callback(one, now + timedelta(seconds=1), self.report(one, "completed"))

    async def find(self, inquiry: Inquiry, life: Life) -> Finding:
        life.check()
        if not self.calm and self.rng.random() < 0.1:
            return NoAnswer(reason="provider_unreachable")
        now = self.steered.now
        if inquiry.ref is not None:
            listed = [one for one in self.taken if one.ref == inquiry.ref]
        else:
            listed = [one for one in self.taken if one.listed_at <= now and _fits(one, inquiry)]
        if not listed:
            return Absent()
        first, *more = listed
        return Found(
            ref=first.ref,
            status=first.status(now),
            duration_s=int(first.answer.talk.total_seconds()) if first.ends_at <= now else None,
            duplicates=tuple(one.ref for one in more),
        )


def _fits(one: Taken, inquiry: Inquiry) -> bool:
    """As the real lists: by numbers and time, because they do not know our ids."""
    if one.ref in inquiry.others:
        return False
    same = (one.order.to, one.order.from_) == (inquiry.to, inquiry.from_)
    return same and one.at >= inquiry.asked_after.replace(microsecond=0)


def _word(report: Report) -> str:
    return getattr(report, "status", None) or type(report).__name__


def _brings(delivery: Delivery) -> Callable[[Process], Awaitable[None]]:
    async def bring(process: Process) -> None:
        await receive(process.ctx, delivery)

    return bring


@dataclass(slots=True, eq=False)
class Door:
    """The provider's one channel, as one process sees it."""

    provider: Provider
    life: Life
    channel: ChannelName
    simulated: bool = True

    async def start(self, order: Order) -> ProviderRef:
        return await self.provider.start(order, self.life)

    async def find(self, inquiry: Inquiry) -> Finding:
        return await self.provider.find(inquiry, self.life)

    async def end(self, ref: str, from_: str) -> None:
        """Hang up; what is over is over."""
        for one in self.provider.taken:
            if one.ref == ref:
                self.provider.hang_up(one)

    async def close(self) -> None:
        """Nothing to give back."""
