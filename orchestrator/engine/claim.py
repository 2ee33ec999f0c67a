"""Which due attempts does this process take now? Caps, pace, fairness and lines, exactly."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.tracing import CLAIM, now_ns
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.lead import Work
from storage import claiming, clock, leads, processes, senders
from storage.claiming import Appetite, Candidate, Claim, DueCampaign, Wish
from storage.database import transaction
from storage.documents import Version
from storage.senders import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Haul:
    """What one claim brought; there may be more as long as it is not empty."""

    claimed: frozenset[UUID] = frozenset()
    channels: Mapping[UUID, ChannelName] = field(default_factory=dict)
    """Of what was claimed."""
    postponed: int = 0
    """Attempts that are due again later, because somebody else is reaching their person."""

    def __bool__(self) -> bool:
        return bool(self.claimed or self.postponed)


async def claim_due(ctx: Context, at_most: int) -> Haul:
    """Take up to `at_most` due attempts in one transaction.

    Locks in the order campaign, sender, process, then leads and attempts without waiting, then
    lines. What is counted is counted after its lock, by a statement of its own.
    """
    began = now_ns()
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        due = await claiming.lock_due_campaigns(tx, now, ctx.limits.campaigns_per_claim)
        if not due:
            return Haul()
        haul = await _claim(ctx, tx, due, now, at_most)
    ctx.seam("claimed")
    for attempt_id, channel in haul.channels.items():
        ctx.counts.add(Counted.CLAIMED, channel.value)
        ctx.tracer.step(attempt_id, CLAIM, began, {"channel": channel.value})
    return haul


async def _claim(
    ctx: Context, tx: AsyncConnection, due: Sequence[DueCampaign], now: datetime, at_most: int
) -> Haul:
    calls = await claiming.count_calls(tx, [campaign.id for campaign in due])
    known = await senders.lock_active(tx, list(ctx.channels))
    # A number of the simulated world is no number of the real provider's, nor the other way round.
    active = [one for one in known if one.simulated == ctx.channels[one.channel].simulated]
    slots = await processes.lock_free_slots(tx, ctx.limits.process_silence)
    pools = await _pools(ctx, tx, due, active)
    shares = Shares.measure(due, calls, at_most, ctx.limits.quota)
    hosted = frozenset(one.id for one in active if one.is_hosted)
    appetites = _appetites(shares, pools, sum(slots.values()), hosted)
    candidates = await claiming.lock_candidates(tx, appetites, now) if appetites else []

    choice = Choice(
        shares=shares, pools=pools, senders={one.id: one for one in active}, slots=slots
    )
    busy = [candidate.id for candidate in candidates if candidate.line_busy]
    wishes = choice.choose([one for one in candidates if not one.line_busy], due[0].machine_now)
    claim = Claim(process_id=ctx.process_id, now=now, lease=ctx.limits.attempt_lease)
    claimed = await claiming.take(tx, wishes, claim)
    busy += [wish.candidate.id for wish in wishes if wish.candidate.id not in claimed]

    taken = [wish for wish in wishes if wish.candidate.id in claimed]
    await _spend(tx, shares, choice.senders, taken)
    await leads.set_work(tx, [wish.candidate.lead_id for wish in taken], Work.IN_FLIGHT)
    due_at = now + ctx.limits.line_busy_wait
    await claiming.postpone(tx, busy, now=now, due_at=due_at)
    channels = {wish.candidate.id: wish.candidate.channel for wish in taken}
    return Haul(claimed=claimed, channels=channels, postponed=len(busy))


Pools = Mapping[tuple[UUID, ChannelName], Sequence[UUID]]
"""Which numbers a campaign may use on a channel, in its own order of preference."""


async def _pools(
    ctx: Context, tx: AsyncConnection, due: Sequence[DueCampaign], active: Sequence[Sender]
) -> Pools:
    keys = {campaign.id: Version("campaign", campaign.name, campaign.version) for campaign in due}
    documents = await ctx.library.fetch(tx, list(keys.values()))
    pools: dict[tuple[UUID, ChannelName], Sequence[UUID]] = {}
    for campaign in due:
        document = documents.get(keys[campaign.id])
        if isinstance(document, Campaign):
            for channel in document.channels & ctx.channels.keys():
                pools[campaign.id, channel] = pool(document, channel, active)
    return pools


def pool(campaign: Campaign, channel: ChannelName, active: Collection[Sender]) -> list[UUID]:
    """The numbers of a campaign's steps on this channel, else all that there are."""
    named = [
        address for step in campaign.steps if step.channel is channel for address in step.senders
    ]
    ids = {sender.address: sender.id for sender in active if sender.channel is channel}
    wanted = named or list(ids)
    return [ids[address] for address in dict.fromkeys(wanted) if address in ids]


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
        quota: int,
    ) -> "Shares":
        """Give each campaign, least recently served first, its quota while any is left.

        A campaign that is alone may take everything.
        """
        shares = cls(campaigns={campaign.id: campaign for campaign in due})
        left = at_most
        for campaign in due:
            fair = left if len(due) == 1 else min(left, quota * campaign.weight)
            share = campaign.pace.free(campaign.machine_now, fair)
            free = max(campaign.concurrency - in_flight.get(campaign.id, 0), 0)
            calls = min(share, free) if campaign.has_due_calls else 0
            shares.calls[campaign.id] = calls
            shares.attempts[campaign.id] = share if campaign.has_due_messages else calls
            left -= shares.attempts[campaign.id]
        return shares


def _appetites(
    shares: Shares, pools: Pools, slots: int, hosted: Collection[UUID]
) -> list[Appetite]:
    found: list[Appetite] = []
    for (campaign_id, channel), numbers in pools.items():
        limit = shares.attempts[campaign_id]
        if channel is ChannelName.VOICE:
            # Calls that another platform holds take no slot of ours.
            ours = numbers and not any(id in hosted for id in numbers)
            limit = min(shares.calls[campaign_id], slots if ours else limit)
        if limit > 0:
            found.append(Appetite(campaign_id=campaign_id, channel=channel, limit=limit))
    return found


@dataclass(slots=True, kw_only=True)
class Choice:
    """Gives candidates their sender and slot, in order, while campaign, number and slot last."""

    shares: Shares
    pools: Pools
    senders: Mapping[UUID, Sender]
    slots: dict[UUID, int]
    spent: Counter[UUID] = field(default_factory=Counter)
    """Attempts chosen per campaign and per sender."""

    def choose(self, candidates: Sequence[Candidate], machine_now: datetime) -> list[Wish]:
        wishes: list[Wish] = []
        for candidate in candidates:
            if self.spent[candidate.campaign_id] >= self.shares.attempts[candidate.campaign_id]:
                continue
            wish = self._equipped(candidate, machine_now)
            if wish is not None:
                self.spent[candidate.campaign_id] += 1
                wishes.append(wish)
        return wishes

    def _equipped(self, candidate: Candidate, machine_now: datetime) -> Wish | None:
        """With what it needs to be made; None while that is all in use."""
        if not self.pools[candidate.campaign_id, candidate.channel]:
            return Wish(candidate=candidate, sender_id=None, simulated=False, process_id=None)
        sender = self._sender(candidate, machine_now)
        if sender is None:
            return None
        needs_slot = candidate.channel is ChannelName.VOICE and not sender.is_hosted
        process_id = self._slot() if needs_slot else None
        if needs_slot and process_id is None:
            return None
        self.spent[sender.id] += 1
        if process_id is not None:
            self.slots[process_id] -= 1
        return Wish(
            candidate=candidate,
            sender_id=sender.id,
            simulated=sender.simulated,
            process_id=process_id,
        )

    def _sender(self, candidate: Candidate, machine_now: datetime) -> Sender | None:
        """The number the person knows, and no other while that one may be used; else the first
        of the pool that is not at its pace."""
        numbers = self.pools[candidate.campaign_id, candidate.channel]
        if candidate.known_sender is not None and candidate.known_sender in numbers:
            numbers = [candidate.known_sender]
        for id in numbers:
            sender = self.senders[id]
            if sender.pace.free(machine_now, self.spent[id] + 1) > self.spent[id]:
                return sender
        return None

    def _slot(self) -> UUID | None:
        """The process with the most room; the lowest id where several have as much."""
        free = [(-room, id) for id, room in self.slots.items() if room > 0]
        return min(free)[1] if free else None


async def _spend(
    tx: AsyncConnection, shares: Shares, numbers: Mapping[UUID, Sender], taken: Sequence[Wish]
) -> None:
    """Use up pace for what was really taken; each campaign that had its turn goes last."""
    per_campaign = Counter(wish.candidate.campaign_id for wish in taken)
    per_sender = Counter(wish.sender_id for wish in taken if wish.sender_id is not None)
    machine_now = next(iter(shares.campaigns.values())).machine_now
    await claiming.spend(
        tx,
        {
            id: campaign.pace.after(campaign.machine_now, per_campaign[id])
            for id, campaign in shares.campaigns.items()
            if shares.attempts[id] or per_campaign[id]
        },
    )
    await senders.spend(
        tx, {id: numbers[id].pace.after(machine_now, count) for id, count in per_sender.items()}
    )
