"""Who goes first, and from which number: in the claim, under its locks."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from orchestrator.engine.calendar import keep_calendar
from orchestrator.engine.claim import claim_due
from orchestrator.engine.limits import Limits
from orchestrator.engine.watch_numbers import rest_unanswered
from outreach.channel import ChannelName
from outreach.turns import ONE_IN
from storage import attempts, clock
from storage.attempts import NewAttempt, Priority
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, VOICE_NUMBER, World, person, sender

SECOND, THIRD = "+12025550102", "+13125550100"


async def numbers(world: World, *addresses: str) -> None:
    async with world.engine.begin() as tx:
        for address in addresses:
            await sender(tx, ChannelName.VOICE, address)


async def free(world: World) -> None:
    """Everybody has hung up."""
    await world.do(
        "UPDATE attempts SET state = 'ended', lease_until = NULL"
        " WHERE state IN ('claimed', 'starting', 'started')"
    )
    await world.do("DELETE FROM lines")


async def order_of(world: World, count: int) -> list[UUID]:
    """Who is claimed, one at a time."""
    served: list[UUID] = []
    for _ in range(count):
        served += (await claim_due(world.context(), 1)).claimed
        await free(world)
    return served


async def test_promised_then_hot_then_good_then_the_longest_due(world: World) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    hour = timedelta(hours=1)
    [low] = await world.leads(campaign, 1, priority=Priority.LOW, due_at=TUESDAY - 3 * hour)
    [later] = await world.leads(campaign, 1)
    [sooner] = await world.leads(campaign, 1, due_at=TUESDAY - hour)
    [good] = await world.leads(campaign, 1, priority=Priority.GOOD)
    [hot] = await world.leads(campaign, 1, priority=Priority.HOT)
    [promised] = await world.leads(campaign, 1, priority=Priority.PROMISED)

    assert await order_of(world, 6) == [promised, hot, good, sooner, later, low]


async def test_a_lead_that_fits_well_goes_before_others_whenever_it_is_planned(
    world: World,
) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    [first, second] = await world.leads(campaign, 2)
    await free(world)
    await world.do("UPDATE attempts SET state = 'cancelled' WHERE id = :id", id=second)
    await world.do(
        "UPDATE leads SET priority = 5 FROM attempts a WHERE a.lead_id = leads.id AND a.id = :id",
        id=second,
    )
    [(lead, contact)] = await world.rows(
        "SELECT lead_id, contact_id FROM attempts WHERE id = :id", id=second
    )
    again = NewAttempt(
        id=uuid4(),
        campaign_id=campaign,
        lead_id=UUID(str(lead)),
        contact_id=UUID(str(contact)),
        channel=ChannelName.VOICE,
        phone=person(1),
        due_at=TUESDAY,
        window_end_at=None,
        reason="retry",
    )
    async with transaction(world.engine) as tx:
        await attempts.plan(tx, [again], TUESDAY)

    assert await order_of(world, 2) == [again.id, first]


@pytest.mark.parametrize("channel", list(ChannelName))
async def test_nobody_waits_for_ever_behind_a_stream_of_hot_ones(
    world: World, channel: ChannelName
) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    overdue = TUESDAY - Limits().overdue_after
    patient = await world.leads(campaign, 3, channel=channel, due_at=overdue)
    young = await world.leads(campaign, 1, channel=channel, due_at=overdue + timedelta(minutes=30))

    served: list[UUID] = []
    for _ in range(3 * ONE_IN):
        # As many hot ones as are served, and one more.
        await world.leads(campaign, 2, channel=channel, priority=Priority.HOT)
        served += (await claim_due(world.context(), 1)).claimed
        await free(world)

    assert sorted(served.index(id) for id in patient) == [
        ONE_IN - 1,
        2 * ONE_IN - 1,
        3 * ONE_IN - 1,
    ]
    assert not set(young) & set(served)


async def test_a_promise_is_kept_behind_a_long_queue_of_overdue_ones(world: World) -> None:
    campaign = await world.campaign("spring", concurrency=4)
    await world.leads(campaign, 100, due_at=TUESDAY - timedelta(hours=9))
    promised = await world.leads(campaign, 3, priority=Priority.PROMISED)

    assert set(promised) <= (await claim_due(world.context(), 4)).claimed


async def test_calls_and_messages_of_one_campaign_share_its_pace(world: World) -> None:
    slow = timedelta(seconds=30)
    campaign = await world.campaign("spring", emission=slow, burst=1)
    await world.leads(campaign, 5, due_at=TUESDAY - timedelta(minutes=1))
    [message] = await world.leads(
        campaign, 1, channel=ChannelName.WHATSAPP, due_at=TUESDAY - timedelta(minutes=2)
    )

    assert (await claim_due(world.context(), 10)).claimed == {message}


async def test_a_stranger_is_called_from_the_nearest_number_else_the_least_used(
    world: World,
) -> None:
    await numbers(world, SECOND, THIRD)
    campaign = await world.campaign("spring")
    chicago, elsewhere = "+13125550111", "+442079460123"
    await world.leads(campaign, 4, phones=[chicago, "+12025550111", "+12025550112", elsewhere])

    await world.tick()

    used = {taken.order.to: taken.order.from_ for taken in world.voice.taken}
    assert used[chicago] == THIRD
    # Who comes first of those due at one moment is not said, so neither is which of the two.
    assert {used["+12025550111"], used["+12025550112"]} <= {VOICE_NUMBER, SECOND}
    counts = dict(await world.rows("SELECT address, used_today FROM senders"))
    assert sorted(int(str(counts[one])) for one in (VOICE_NUMBER, SECOND, THIRD)) == [1, 1, 2]


async def test_calls_spread_evenly_over_the_numbers_of_a_pool(world: World) -> None:
    await numbers(world, SECOND, "+12025550103")
    campaign = await world.campaign("spring")
    await world.leads(campaign, 30)

    await world.tick()

    assert sorted(Counter(taken.order.from_ for taken in world.voice.taken).values()) == [10] * 3


async def test_a_number_does_no_more_in_a_day_than_it_may_and_then_the_others_go_on(
    world: World,
) -> None:
    await numbers(world, SECOND)
    world.limits = Limits(contacts_per_number_a_day=3)
    campaign = await world.campaign("spring")
    await world.leads(campaign, 8)

    await world.tick()

    assert sorted(Counter(taken.order.from_ for taken in world.voice.taken).values()) == [3, 3]
    waiting = await world.rows(
        "SELECT moved_by, due_at - :now FROM attempts WHERE state = 'planned'", now=TUESDAY
    )
    assert [why for why, _ in waiting] == ["sender_daily_cap"] * 2
    # Midnight in UTC.
    assert {wait for _, wait in waiting} == {timedelta(hours=9)}


async def test_an_attempt_that_the_gate_refuses_uses_up_nobody_s_day(world: World) -> None:
    world.limits = Limits(contacts_per_number_a_day=3)
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    await world.do("DELETE FROM consents")

    await world.tick()

    assert await world.rows("SELECT sum(used_today) FROM senders") == [(0,)]


async def test_who_knows_a_busy_number_waits_and_holds_up_nobody(world: World) -> None:
    await numbers(world, SECOND)
    world.limits = Limits(calls_per_number=1)
    campaign = await world.campaign("spring")
    phone = person(900)
    await world.leads(campaign, 1, phones=[phone])
    await world.tick()
    [first] = world.voice.taken
    other = await world.campaign("other")
    await free_line(world, phone)
    [known] = await world.leads(other, 1, phones=[phone], due_at=TUESDAY - timedelta(hours=1))
    [stranger] = await world.leads(other, 1)

    await world.tick()

    assert [one.order.from_ for one in world.voice.taken[1:]] != [first.order.from_]
    assert world.voice.times_taken(stranger) == 1
    assert await world.rows("SELECT state, moved_by FROM attempts WHERE id = :id", id=known) == [
        ("planned", "sender_busy")
    ]


async def free_line(world: World, phone: str) -> None:
    """This person hangs up, and the number goes on with somebody else."""
    await world.do("DELETE FROM lines WHERE phone = :phone", phone=phone)


async def test_a_number_nobody_answers_any_more_rests_and_comes_back_by_itself(
    world: World,
) -> None:
    await numbers(world, SECOND)
    campaign = await world.campaign("spring", concurrency=1000)
    await world.leads(campaign, 240)
    await world.tick()
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE attempts SET state = 'ended', lease_until = NULL, outcome = 'no_answer',"
                " answered_by = CASE WHEN s.address = :bad OR random() < 0.2 THEN NULL"
                " ELSE 'human' END FROM senders s WHERE s.id = sender_id"
            ),
            {"bad": SECOND},
        )

    assert await rest_unanswered(world.context()) == 1
    assert await rest_unanswered(world.context()) == 0

    parked = "SELECT address, status_reason, recheck_at FROM senders WHERE status = 'parked'"
    [(address, reason, back_at)] = await world.rows(parked)
    assert (address, reason) == (SECOND, "answer_rate")
    assert back_at == await came_back(world)
    assert await world.rows(parked) == []
    assert await rest_unanswered(world.context()) == 0, "what was before does not count again"


async def came_back(world: World) -> object:
    [(back_at,)] = await world.rows("SELECT recheck_at FROM senders WHERE status = 'parked'")
    async with transaction(world.engine) as tx:
        await clock.move(tx, back_at)  # type: ignore[arg-type]
    assert await keep_calendar(world.context()) == 1
    return back_at


async def test_eight_claimers_keep_the_cap_of_a_number_and_of_all_calls(world: World) -> None:
    await numbers(world, SECOND)
    world.limits = Limits(calls_per_number=9, calls_at_once=15)
    for index in range(4):
        await world.leads(await world.campaign(f"campaign-{index}"), 20)

    async def claimer() -> None:
        ctx = world.context()
        for _ in range(4):
            await claim_due(ctx, 10)

    await asyncio.gather(*(claimer() for _ in range(8)))
    while await claim_due(world.context(), 10):
        pass

    counts = await world.rows(
        "SELECT count(*) FROM attempts WHERE state = 'claimed' GROUP BY sender_id"
    )
    assert sum(int(str(count)) for (count,) in counts) == 15
    assert max(int(str(count)) for (count,) in counts) <= 9
    await free(world)
    assert (await claim_due(world.context(), 10)).claimed, "released"
