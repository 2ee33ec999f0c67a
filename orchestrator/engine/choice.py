"""Which number and which process does a due attempt get, and who waits because all are in use?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.engine.limits import Limits
from outreach.breaker import Breaker, State
from outreach.channel import ChannelName
from outreach.day import Day
from outreach.local_number import Place, place_of
from outreach.reason import Reason
from storage.breakers import Key, of_provider, of_sender
from storage.claiming import Candidate, DueCampaign
from storage.senders import Sender
from storage.taking import Postponed, Wish

Pools = Mapping[tuple[UUID, ChannelName], Sequence[UUID]]
"""Which numbers a campaign may use on a channel."""

LONG: Final = frozenset({Reason.PROVIDER_DOWN, Reason.SENDER_DAILY_CAP})
"""Why a number cannot be used for so long that who waits for it is told."""


@dataclass(slots=True, kw_only=True)
class Shares:
    """How many attempts, and how many calls, each campaign may take in this claim."""

    campaigns: Mapping[UUID, DueCampaign]
    attempts: dict[UUID, int] = field(default_factory=dict)
    calls: dict[UUID, int] = field(default_factory=dict)

    @classmethod
    def measure(
        cls,
        due: Sequence[DueCampaign],
        in_flight: Mapping[UUID, int],
        at_most: int,
        limits: Limits,
    ) -> "Shares":
        """Give each campaign, least recently served first, its quota while any is left.

        A campaign that is alone may take everything.
        """
        shares = cls(campaigns={campaign.id: campaign for campaign in due})
        left = at_most
        most_calls = at_most if limits.calls_at_once is None else limits.calls_at_once
        calls_left = most_calls - (0 if limits.calls_at_once is None else sum(in_flight.values()))
        for campaign in due:
            fair = left if len(due) == 1 else min(left, limits.quota * campaign.weight)
            share = campaign.pace.free(campaign.machine_now, fair)
            free = max(campaign.concurrency - in_flight.get(campaign.id, 0), 0)
            calls = max(min(share, free, calls_left), 0) if campaign.has_due_calls else 0
            shares.calls[campaign.id] = calls
            shares.attempts[campaign.id] = share if campaign.has_due_messages else calls
            left -= shares.attempts[campaign.id]
            calls_left -= calls
        return shares


@dataclass(slots=True, kw_only=True)
class Numbers:
    """What each number may still be used for in this claim; all of them are locked."""

    senders: Mapping[UUID, Sender]
    calls: Mapping[UUID, int]
    """Calls in flight by number."""
    breakers: Mapping[Key, Breaker]
    """Those that are not closed."""
    limits: Limits
    machine_now: datetime
    day: Day
    """Of the daily caps."""
    taken: Counter[UUID] = field(default_factory=Counter)
    probes: Counter[Key] = field(default_factory=Counter)
    """Orders let through half-open breakers."""
    _places: dict[str, Place] = field(default_factory=dict)

    def take(self, id: UUID) -> None:
        self.taken[id] += 1
        self.probes.update(key for key in self._keys(id) if key in self.breakers)

    def why_not(self, id: UUID) -> Reason | None:
        """Why this number cannot be used now; None when it can."""
        sender, taken = self.senders[id], self.taken[id]
        found = [self.breakers[key] for key in self._keys(id) if key in self.breakers]
        if any(one.state is State.OPEN for one in found):
            return Reason.PROVIDER_DOWN
        cap = self.limits.contacts_per_number_a_day
        if cap is not None and sender.used_today + taken >= cap:
            return Reason.SENDER_DAILY_CAP
        return None if self.room(id, 1) else Reason.SENDER_BUSY

    def room(self, id: UUID, at_most: int) -> int:
        """How often this number may still be used, and never more than `at_most`."""
        sender, taken = self.senders[id], self.taken[id]
        free = [sender.pace.free(self.machine_now, at_most + taken) - taken]
        if self.limits.contacts_per_number_a_day is not None:
            free.append(self.limits.contacts_per_number_a_day - sender.used_today - taken)
        if self.limits.calls_per_number is not None and sender.channel is ChannelName.VOICE:
            free.append(self.limits.calls_per_number - self.calls.get(id, 0) - taken)
        for key in self._keys(id):
            if (breaker := self.breakers.get(key)) is not None:
                room = breaker.room(self.limits.breaker)
                free.append(at_most if room is None else room - self.probes[key])
        return max(min(at_most, *free), 0)

    def back_at(self, ids: Sequence[UUID], now: datetime) -> datetime:
        """When the first of these numbers may be used again (business time)."""
        return min(self._back_at(id, now) for id in ids)

    def ranked(self, ids: Sequence[UUID], phone: str) -> Sequence[UUID]:
        """Nearest to the person's number first, then the least used today."""
        if len(ids) == 1:
            return ids
        here = place_of(phone)

        def rank(id: UUID) -> tuple[int, int]:
            sender = self.senders[id]
            near = self._place(sender.address).nearness(here)
            return -near, sender.used_today + self.taken[id]

        return sorted(ids, key=rank)

    def _back_at(self, id: UUID, now: datetime) -> datetime:
        if self.why_not(id) is Reason.SENDER_DAILY_CAP:
            return self.day.ends_at
        moments = [one.until for key in self._keys(id) if (one := self.breakers.get(key))]
        rests = [until - self.machine_now for until in moments if until is not None]
        return now + max([*rests, self.limits.sender_busy_wait])

    def _keys(self, id: UUID) -> tuple[Key, Key]:
        sender = self.senders[id]
        return of_sender(id), of_provider(sender.provider, sender.channel)

    def _place(self, address: str) -> Place:
        if address not in self._places:
            self._places[address] = place_of(address)
        return self._places[address]


@dataclass(slots=True, kw_only=True)
class Choice:
    """Gives candidates their number and slot, in order, while campaign, number and slot last."""

    shares: Shares
    pools: Pools
    numbers: Numbers
    slots: dict[UUID, int]
    now: datetime
    """Business time."""
    spent: Counter[UUID] = field(default_factory=Counter)
    """Places used by campaign: attempts that were chosen, and those that were told to wait."""
    wishes: list[Wish] = field(default_factory=list)
    postponed: list[Postponed] = field(default_factory=list)

    def choose(self, candidates: Sequence[Candidate]) -> None:
        """Fill `wishes` and `postponed`; who is in neither waits for the next claim."""
        for candidate in candidates:
            if self.spent[candidate.campaign_id] >= self.shares.attempts[candidate.campaign_id]:
                continue
            match self._equipped(candidate):
                case Wish() as wish:
                    self.spent[candidate.campaign_id] += 1
                    self.wishes.append(wish)
                case Postponed(reason=Reason.SENDER_BUSY) as postponed:
                    self.postponed.append(postponed)
                case Postponed() as postponed:
                    # As many are told to wait as would have been made: at the campaign's pace.
                    self.spent[candidate.campaign_id] += 1
                    self.postponed.append(postponed)
                case None:
                    pass

    def _equipped(self, candidate: Candidate) -> Wish | Postponed | None:
        """With what it needs to be made; None while that is all in use for a moment."""
        pool = self.pools[candidate.campaign_id, candidate.channel]
        if not pool:
            return Wish(candidate=candidate, sender_id=None, simulated=False, process_id=None)
        found = self._sender(candidate, pool)
        if not isinstance(found, Sender):
            return found
        needs_slot = candidate.channel is ChannelName.VOICE and not found.is_hosted
        process_id = self._slot() if needs_slot else None
        if needs_slot and process_id is None:
            return None
        self.numbers.take(found.id)
        if process_id is not None:
            self.slots[process_id] -= 1
        return Wish(
            candidate=candidate,
            sender_id=found.id,
            simulated=found.simulated,
            process_id=process_id,
        )

    def _sender(self, candidate: Candidate, pool: Sequence[UUID]) -> Sender | Postponed | None:
        """The number the person knows, else the nearest, else the least used today."""
        known = candidate.known_sender
        if known is not None and known in pool:
            why_not = self.numbers.why_not(known)
            if why_not is None:
                return self.numbers.senders[known]
            if why_not is Reason.SENDER_BUSY:
                return self._wait_for_known(candidate, pool)
        ranked = self.numbers.ranked(pool, candidate.phone)
        reasons: list[Reason | None] = []
        for id in ranked:
            why_not = self.numbers.why_not(id)
            if why_not is None and self._has_slot(self.numbers.senders[id]):
                return self.numbers.senders[id]
            reasons.append(why_not)
        # None: the number is free, and no process is.
        if not set(reasons) <= LONG:
            return None
        down = Reason.PROVIDER_DOWN in reasons
        return Postponed(
            id=candidate.id,
            reason=Reason.PROVIDER_DOWN if down else Reason.SENDER_DAILY_CAP,
            due_at=self.numbers.back_at(pool, self.now),
        )

    def _wait_for_known(self, candidate: Candidate, pool: Sequence[UUID]) -> Postponed | None:
        """Step aside where another number is free for those behind, else just wait."""
        if all(self.numbers.why_not(id) is not None for id in pool):
            return None
        due_at = self.now + self.numbers.limits.sender_busy_wait
        return Postponed(id=candidate.id, reason=Reason.SENDER_BUSY, due_at=due_at)

    def _has_slot(self, sender: Sender) -> bool:
        """Whether somebody could hold its call; another platform holds those of its own numbers."""
        if sender.channel is not ChannelName.VOICE or sender.is_hosted:
            return True
        return any(room > 0 for room in self.slots.values())

    def _slot(self) -> UUID | None:
        """The process with the most room; the lowest id where several have as much."""
        free = [(-room, id) for id, room in self.slots.items() if room > 0]
        return min(free)[1] if free else None
