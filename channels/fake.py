"""A provider that does what a test or a rehearsal tells it, and counts what it was really given."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never
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
from channels.boottime import boottime


@dataclass(frozen=True, slots=True)
class Accept:
    """Takes the order and says so."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Does not take it, and says why."""

    error: Refused | Unavailable


@dataclass(frozen=True, slots=True)
class Lose:
    """No answer comes back, whether it took the order or not."""

    taken: bool


Behaviour = Accept | Fail | Lose


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An order that the provider has."""

    order: Order
    ref: str
    at: datetime | None
    """None where the fake was given no clock."""
    status: str = "queued"
    visible_in: int = 0
    """So many lists do not show it yet."""


@dataclass(slots=True, kw_only=True)
class FakeChannel:
    """One channel in memory: `script` plays first, one behaviour per order, then `always`."""

    always: Behaviour = field(default_factory=Accept)
    script: deque[Behaviour] = field(default_factory=deque)
    clock: Callable[[], Awaitable[datetime]] | None = None
    """Business time; needed where free text is sent."""
    lag: int = 0
    """How many lists do not yet show what has been taken."""
    unanswered: int = 0
    """How many of the next questions get no answer."""
    simulated: bool = True
    tried: list[Order] = field(default_factory=list)
    """Every order that reached it in time, taken or not."""
    taken: list[Taken] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    closed: bool = False

    async def start(self, order: Order) -> ProviderRef:
        await self._check(order)
        self.tried.append(order)
        behaviour = self.script.popleft() if self.script else self.always
        match behaviour:
            case Fail(error):
                # A new one each time: an exception collects the traces of all who raised it.
                raise replace(error)
            case Lose(taken):
                if taken:
                    await self._take(order)
                raise MaybeStarted("no_usable_answer")
            case Accept():
                return await self._take(order)
        assert_never(behaviour)

    async def _check(self, order: Order) -> None:
        if boottime() >= order.deadline:
            raise Unavailable("deadline_passed")
        match order:
            case MessageOrder(content=TextContent() as text):
                now = await self._now()
                if now is not None and now >= text.window_expires_at:
                    raise Refused("window_closed", "lead")
            case MessageOrder() | CallOrder():
                return

    async def _take(self, order: Order) -> ProviderRef:
        ref = f"fake-{len(self.taken) + 1}-{order_id(order)}"
        self.taken.append(Taken(order=order, ref=ref, at=await self._now(), visible_in=self.lag))
        return ProviderRef(ref=ref, status="queued")

    async def _now(self) -> datetime | None:
        return None if self.clock is None else await self.clock()

    async def find(self, inquiry: Inquiry) -> Finding:
        if self.unanswered:
            self.unanswered -= 1
            return NoAnswer(reason="provider_unreachable")
        matching = [one for one in self.taken if _matches(one, inquiry)]
        if inquiry.ref is None:
            shown = [one for one in matching if one.visible_in == 0]
            self.taken = [
                replace(one, visible_in=max(0, one.visible_in - 1)) if one in matching else one
                for one in self.taken
            ]
            matching = shown
        if not matching:
            return Absent()
        first, *more = matching
        return Found(ref=first.ref, status=first.status, duplicates=tuple(one.ref for one in more))

    async def end(self, ref: str, from_: str) -> None:
        self.ended.append(ref)
        self.report(ref, "completed")

    async def close(self) -> None:
        self.closed = True

    def report(self, ref: str, status: str) -> None:
        """From now on `find` says this of it."""
        self.taken = [replace(one, status=status) if one.ref == ref else one for one in self.taken]

    def times_taken(self, id_: UUID) -> int:
        """How often the provider has this order; more than once is what must never be."""
        return sum(order_id(one.order) == id_ for one in self.taken)


def order_id(order: Order) -> UUID:
    """The attempt's or the message's."""
    return order.attempt_id if isinstance(order, CallOrder) else order.message_id


def _matches(taken: Taken, inquiry: Inquiry) -> bool:
    if inquiry.ref is not None:
        return taken.ref == inquiry.ref
    if taken.ref in inquiry.others:
        return False
    return (taken.order.to, taken.order.from_) == (inquiry.to, inquiry.from_) and (
        taken.at is None or taken.at >= inquiry.asked_after.replace(microsecond=0)
    )
