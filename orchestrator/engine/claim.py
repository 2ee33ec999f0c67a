"""Which due attempts does this process take now? Caps, pace, fairness and lines, exactly."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.choice import LONG, Choice, Numbers, Pools, Shares
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.tracing import CLAIM, now_ns
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.day import day_of
from outreach.lead import Work
from outreach.reason import Reason
from outreach.turns import passed_over_after, places_by_age
from storage import breakers, claiming, clock, leads, processes, senders, taking
from storage.claiming import Appetite, Calls, DueCampaign
from storage.database import transaction
from storage.documents import Version
from storage.senders import Sender, Use
from storage.taking import Claim, Postponed, Turn, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Haul:
    """What one claim brought; there may be more as long as it is not empty."""

    claimed: frozenset[UUID] = frozenset()
    channels: Mapping[UUID, ChannelName] = field(default_factory=dict)
    """Of what was claimed."""
    postponed: int = 0
    """Attempts that are due again later, because their line or their number is in use."""

    def __bool__(self) -> bool:
        return bool(self.claimed or self.postponed)


async def claim_due(ctx: Context, at_most: int) -> Haul:
    """Take up to `at_most` due attempts in one transaction.

    Locks in the order campaign, sender, breaker, process, then leads and attempts without waiting,
    then lines. What is counted is counted after its lock, by a statement of its own.
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
    choice = await _measure(ctx, tx, due, now, at_most)
    appetites = _appetites(choice, sum(choice.slots.values()), ctx.limits.spare_candidates)
    overdue = now - ctx.limits.overdue_after
    candidates = await claiming.lock_candidates(tx, appetites, now, overdue) if appetites else []

    busy = [candidate.id for candidate in candidates if candidate.line_busy]
    choice.choose([one for one in candidates if not one.line_busy])
    claim = Claim(process_id=ctx.process_id, now=now, lease=ctx.limits.attempt_lease)
    claimed = await taking.take(tx, choice.wishes, claim)
    busy += [wish.candidate.id for wish in choice.wishes if wish.candidate.id not in claimed]

    taken = [wish for wish in choice.wishes if wish.candidate.id in claimed]
    await _spend(tx, choice, taken)
    await leads.set_work(tx, [one.candidate.lead_id for one in taken], Work.IN_FLIGHT, now=now)
    due_at = now + ctx.limits.line_busy_wait
    waiting = [Postponed(id=id, reason=Reason.LINE_BUSY, due_at=due_at) for id in busy]
    postponed = [*waiting, *choice.postponed]
    await taking.postpone(tx, postponed, now)
    channels = {wish.candidate.id: wish.candidate.channel for wish in taken}
    return Haul(claimed=claimed, channels=channels, postponed=len(postponed))


async def _measure(
    ctx: Context, tx: AsyncConnection, due: Sequence[DueCampaign], now: datetime, at_most: int
) -> Choice:
    """What there is room for: by campaign, number and process, and over all."""
    day = day_of(now, ctx.limits.day_zone)
    known = await senders.lock_active(tx, list(ctx.channels), day.date)
    # A number of the simulated world is no number of the real provider's, nor the other way round.
    active = [one for one in known if one.simulated == ctx.channels[one.channel].simulated]
    not_closed = await breakers.lock_not_closed(tx)
    slots = await processes.lock_slots(tx, ctx.limits.process_silence)
    calls = await claiming.count_calls(tx)
    per_process = _sums(calls, "process_id")
    numbers = Numbers(
        senders={one.id: one for one in active},
        calls=_sums(calls, "sender_id"),
        breakers=not_closed,
        limits=ctx.limits,
        machine_now=due[0].machine_now,
        day=day,
    )
    return Choice(
        shares=Shares.measure(due, _sums(calls, "campaign_id"), at_most, ctx.limits),
        pools=await _pools(ctx, tx, due, active),
        numbers=numbers,
        slots={id: max(most - per_process[id], 0) for id, most in slots.items()},
        now=now,
    )


def _sums(calls: Sequence[Calls], by: str) -> Counter[UUID]:
    sums: Counter[UUID] = Counter()
    for one in calls:
        if (id := getattr(one, by)) is not None:
            sums[id] += one.count
    return sums


async def _pools(
    ctx: Context, tx: AsyncConnection, due: Sequence[DueCampaign], active: Sequence[Sender]
) -> Pools:
    keys = {campaign.id: Version("campaign", campaign.name, campaign.version) for campaign in due}
    documents = await ctx.library.fetch(tx, list(keys.values()))
    pools: dict[tuple[UUID, ChannelName], Sequence[UUID]] = {}
    for campaign in due:
        document = documents.get(keys[campaign.id])
        if isinstance(document, Campaign):
            for channel in sorted(document.channels & ctx.channels.keys()):
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


def _appetites(choice: Choice, slots: int, spare: int) -> list[Appetite]:
    """How many due attempts to look at: what there is room for, and a few more."""
    found: list[Appetite] = []
    for (campaign_id, channel), pool in choice.pools.items():
        share = choice.shares.attempts[campaign_id]
        if channel is ChannelName.VOICE:
            share = min(share, choice.shares.calls[campaign_id])
        room = _room(choice.numbers, pool, share)
        # Calls that another platform holds take no slot of ours.
        ours = not any(choice.numbers.senders[id].is_hosted for id in pool)
        if channel is ChannelName.VOICE and room.of_numbers and ours:
            room = Room(min(room.places, slots), of_numbers=True)
        if room.places > 0:
            passed_over = choice.shares.campaigns[campaign_id].passed_over
            found.append(
                Appetite(
                    campaign_id=campaign_id,
                    channel=channel,
                    limit=min(share, room.places + spare),
                    by_age=places_by_age(passed_over, room.places),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class Room:
    """How many attempts of a campaign can be dealt with."""

    places: int
    of_numbers: bool
    """False: none can be made for long; so many are told why."""


def _room(numbers: Numbers, pool: Sequence[UUID], share: int) -> Room:
    if all(numbers.why_not(id) in LONG for id in pool):
        return Room(share, of_numbers=False)
    return Room(min(share, sum(numbers.room(id, share) for id in pool)), of_numbers=True)


async def _spend(tx: AsyncConnection, choice: Choice, taken: Sequence[Wish]) -> None:
    """Use up pace for what was really taken; each campaign that had its turn goes last."""
    numbers, shares = choice.numbers, choice.shares
    per_campaign = Counter(wish.candidate.campaign_id for wish in taken)
    by_age = Counter(wish.candidate.campaign_id for wish in taken if wish.candidate.by_age)
    per_sender = Counter(wish.sender_id for wish in taken if wish.sender_id is not None)
    await taking.spend(
        tx,
        {
            id: Turn(
                spent_until=campaign.pace.after(
                    campaign.machine_now, per_campaign[id] + _told(choice, id)
                ),
                passed_over=passed_over_after(campaign.passed_over, per_campaign[id], by_age[id]),
            )
            for id, campaign in shares.campaigns.items()
            if shares.attempts[id] or per_campaign[id]
        },
    )
    await senders.spend(tx, _uses(numbers, per_sender), numbers.day.date)
    await breakers.give_probes(tx, numbers.probes)


def _uses(numbers: Numbers, per_sender: Mapping[UUID, int]) -> dict[UUID, Use]:
    return {
        id: Use(spent_until=numbers.senders[id].pace.after(numbers.machine_now, count), times=count)
        for id, count in per_sender.items()
    }


def _told(choice: Choice, campaign_id: UUID) -> int:
    """How many of a campaign's places went to attempts that were told to wait."""
    chosen = sum(wish.candidate.campaign_id == campaign_id for wish in choice.wishes)
    return choice.spent[campaign_id] - chosen
