"""When will a campaign's people be contacted, by what is planned and how fast it may go?

Hour by hour: who may be contacted legally in it, and how many there is room for. First attempts are
what is planned; later ones depend on who answers, so they are an expectation between two bounds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.hours import Interval
from outreach.prices import Prices, Used

HOUR: Final = timedelta(hours=1)
HORIZON: Final = timedelta(days=21)
RINGING_S: Final = 30
"""How long a call holds its slot that nobody answers, in seconds."""
ANSWERED: Final = 0.25
"""Share of calls that a person answers, until the campaign has figures of its own."""
ENOUGH_CALLS: Final = 50
"""Ended calls from which on its own figures count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Planned first attempts that are due together and may be made in the same hours."""

    channel: ChannelName
    leads: int
    due_at: datetime
    open: Sequence[Interval]
    """Legal stretches from then on, in order, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How fast a campaign may go, and what it does when nobody answers."""

    calls_at_once: int
    call_s: float
    """How long an answered call lasts."""
    interval: timedelta
    """Between two starts; zero is no limit."""
    answered: float
    """0..1, of the calls."""
    waits: tuple[timedelta, ...]
    """Before the first, second … retry of a call that nobody answered."""
    most: int
    """Attempts that the rules allow for one lead, besides callbacks that people ask for."""

    def starts_an_hour(self, channel: ChannelName) -> float:
        """How many may start in a whole hour; infinite where nothing limits them."""
        paced = HOUR / self.interval if self.interval else math.inf
        if channel is not ChannelName.VOICE:
            return paced
        held_s = self.answered * self.call_s + (1 - self.answered) * RINGING_S
        return min(paced, self.calls_at_once * HOUR.total_seconds() / held_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    begins_at: datetime
    first: int
    """First attempts made in it."""
    later: int
    """Retries expected in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    hours: tuple[Hour, ...]
    """In order; those in which nothing happens are left out."""
    callable_now: int
    """Leads whose first attempt could be made at this moment."""
    opens_at: datetime | None
    """When the first of them may be contacted; None: nobody ever, or now."""
    first_done_at: datetime | None
    """The end of the hour in which everybody was tried once; None: not within the horizon."""
    done_at: datetime | None
    """The same for the retries that are expected."""
    fewest: int
    """Attempts in all if everybody answers the first."""
    expected: int
    most: int
    """Attempts in all if nobody ever answers."""
    expected_calls: int
    answered_calls: int


@dataclass(slots=True)
class _Queue:
    """Attempts of a group that wait for their hour."""

    group: Group
    ready_at: datetime
    waiting: float
    tries: int
    """Made before."""


def room_of(campaign: Campaign, *, calls: int, answered: int) -> Room:
    """What the document allows; `calls` ended so far and `answered` of them by a person."""
    unanswered = [rule.then.retry for rule in campaign.rules if "no_answer" in rule.when.outcome]
    retry = next((one for one in unanswered if one is not None), None)
    waits = [retry.after[min(n, len(retry.after) - 1)] for n in range(retry.max)] if retry else []
    retries = [rule.then.retry.max for rule in campaign.rules if rule.then.retry is not None]
    return Room(
        calls_at_once=campaign.concurrency,
        call_s=campaign.expected_call_s,
        interval=campaign.pace.interval,
        answered=answered / calls if calls >= ENOUGH_CALLS else ANSWERED,
        waits=tuple(waits),
        most=len(campaign.steps) + sum(retries),
    )


def forecast(groups: Sequence[Group], room: Room, now: datetime) -> Forecast:
    """Play the campaign forward from `now`, hour by hour, for at most `HORIZON`."""
    leads = sum(group.leads for group in groups)
    waiting = [
        _Queue(group, max(group.due_at, now), group.leads, 0) for group in groups if group.leads
    ]
    hours, expected, calls = [], 0.0, 0.0
    first_done_at = done_at = None
    begins_at = now.replace(minute=0, second=0, microsecond=0)
    while waiting and begins_at < now + HORIZON:
        made = _play(waiting, room, max(begins_at, now), begins_at + HOUR)
        first = sum(number for one, number in made if one.tries == 0)
        all_in = sum(number for _, number in made)
        if round(all_in):
            hours.append(Hour(begins_at=begins_at, first=round(first), later=round(all_in - first)))
        expected += all_in
        calls += sum(number for one, number in made if one.group.channel is ChannelName.VOICE)
        waiting = [one for one in waiting if one.waiting >= 0.5]
        begins_at += HOUR
        if first_done_at is None and all(one.tries for one in waiting):
            first_done_at = begins_at
    if not waiting:
        done_at = begins_at
    return Forecast(
        hours=tuple(hours),
        callable_now=sum(one.leads for one in groups if one.due_at <= now and _is_open(one, now)),
        opens_at=_opens_at(groups, now),
        first_done_at=first_done_at,
        done_at=done_at,
        fewest=leads,
        expected=round(expected),
        most=leads * room.most,
        expected_calls=round(calls),
        answered_calls=round(calls * room.answered),
    )


def _play(
    waiting: list[_Queue], room: Room, start: datetime, end: datetime
) -> list[tuple[_Queue, float]]:
    """What is made between two moments; who did not answer waits for their retry."""
    made = []
    left = {
        channel: room.starts_an_hour(channel) * ((end - start) / HOUR) for channel in ChannelName
    }
    for one in sorted(waiting, key=lambda one: one.ready_at):
        share = _open_share(one, start, end)
        if not share or left[one.group.channel] <= 0:
            continue
        channel = one.group.channel
        number = min(one.waiting, left[channel], room.starts_an_hour(channel) * share)
        left[channel] -= number
        one.waiting -= number
        made.append((one, number))
        if channel is ChannelName.VOICE and one.tries < len(room.waits):
            again = number * (1 - room.answered)
            ready_at = max(start, one.ready_at) + room.waits[one.tries]
            waiting.append(_Queue(one.group, ready_at, again, one.tries + 1))
    return made


def _open_share(one: _Queue, start: datetime, end: datetime) -> float:
    """How much of an hour is open to them between two moments."""
    start = max(start, one.ready_at)
    stretches = (min(closes, end) - max(opens, start) for opens, closes in one.group.open)
    return sum(span / HOUR for span in stretches if span > timedelta(0))


def _is_open(group: Group, at: datetime) -> bool:
    return any(opens <= at < closes for opens, closes in group.open)


def _opens_at(groups: Sequence[Group], now: datetime) -> datetime | None:
    """The first moment from now on at which somebody may be contacted who is due then."""
    moments = [
        max(opens, group.due_at, now)
        for group in groups
        for opens, closes in group.open
        if closes > max(group.due_at, now)
    ]
    first = min(moments, default=None)
    return first if first is not None and first > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """In millionths of `currency`; calls and messages alone, without speech and model."""

    currency: str
    expected: int
    most: int
    """If every attempt is answered."""


def cost_of(
    found: Forecast, groups: Sequence[Group], room: Room, prices: Prices | None
) -> Cost | None:
    """What the attempts come to by the default tariffs; None where there are no prices."""
    if prices is None:
        return None
    a_call = prices.micros(Used(call_s=round(room.call_s)), "+")
    a_message = prices.micros(Used(messages=1), "+")
    dearest = max(
        (a_call if one.channel is ChannelName.VOICE else a_message for one in groups), default=0
    )
    messages = found.expected - found.expected_calls
    return Cost(
        currency=prices.currency,
        expected=found.answered_calls * a_call + messages * a_message,
        most=found.most * dearest,
    )
