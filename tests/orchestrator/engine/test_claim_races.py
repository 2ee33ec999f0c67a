"""Eight claimers at once: caps exact, nobody twice, no deadlock, fair, and at the right pace."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.claim import claim_due
from orchestrator.engine.limits import Limits
from outreach.channel import ChannelName
from storage.attempts import Priority
from storage.database import open_engine
from tests.orchestrator.engine.world import TUESDAY, World, person, sender

CLAIMERS = 8
IN_FLIGHT = "('claimed', 'starting', 'started', 'live', 'unsure')"


async def claim_all(world: World, rounds: int, at_most: int = 40) -> Counter[UUID]:
    """Eight processes claim in a loop, then one until nothing is left to claim.

    Counts how often each attempt was claimed. Whoever finds all campaigns locked gets nothing, so
    the eight alone need not come to the end.
    """
    taken: Counter[UUID] = Counter()

    async def claimer() -> None:
        ctx = world.context()
        for _ in range(rounds):
            taken.update((await claim_due(ctx, at_most)).claimed)

    await asyncio.gather(*(claimer() for _ in range(CLAIMERS)))
    while haul := await claim_due(world.context(), at_most):
        taken.update(haul.claimed)
    return taken


async def test_eight_claimers_keep_every_cap_and_take_nobody_twice(world: World) -> None:
    for index in range(6):
        campaign = await world.campaign(f"campaign-{index}", concurrency=25)
        await world.leads(campaign, 80)

    taken = await claim_all(world, rounds=8)

    assert set(taken.values()) == {1}
    per_campaign = await world.rows(
        f"SELECT count(*) FROM attempts WHERE state IN {IN_FLIGHT} GROUP BY campaign_id"
    )
    assert per_campaign == [(25,)] * 6
    assert sum(taken.values()) == 150
    assert await world.rows("SELECT count(*) FROM lines") == [(150,)]
    assert await world.rows("SELECT count(*) FROM leads WHERE work = 'in_flight'") == [(150,)]


async def test_people_in_several_campaigns_are_claimed_by_one_at_a_time(world: World) -> None:
    numbers = [person(index) for index in range(60)]
    for index in range(4):
        campaign = await world.campaign(f"campaign-{index}", concurrency=100)
        await world.leads(campaign, 60, phones=numbers)

    taken = await claim_all(world, rounds=6)

    assert set(taken.values()) == {1}
    claimed = await world.rows(
        f"SELECT phone, count(*) FROM attempts WHERE state IN {IN_FLIGHT} GROUP BY phone"
    )
    assert claimed == [(phone, 1) for phone, _ in claimed]
    assert len(claimed) == 60
    waiting = await world.rows("SELECT DISTINCT moved_by FROM attempts WHERE state = 'planned'")
    assert waiting == [("line_busy",)]


async def test_claims_and_what_ends_attempts_do_not_wait_for_each_other_in_a_circle(
    world: World,
) -> None:
    numbers = [person(index) for index in range(40)]
    for index in range(3):
        campaign = await world.campaign(f"campaign-{index}", concurrency=30)
        await world.leads(campaign, 40, phones=numbers)
    done = asyncio.Event()
    errors: list[str] = []

    async def closer() -> None:
        while not done.is_set():
            try:
                await world.do(
                    "WITH few AS (SELECT a.id FROM attempts a JOIN leads l ON l.id = a.lead_id"
                    " WHERE a.state = 'claimed' ORDER BY l.id, a.id LIMIT 7"
                    " FOR NO KEY UPDATE OF l, a),"
                    " ended AS (UPDATE attempts SET state = 'ended' FROM few"
                    " WHERE attempts.id = few.id RETURNING attempts.id)"
                    " DELETE FROM lines USING ended WHERE attempt_id = ended.id"
                )
            except DBAPIError as error:
                errors.append(str(error.orig))
            await asyncio.sleep(0)

    closers = [asyncio.create_task(closer()) for _ in range(3)]
    taken = await claim_all(world, rounds=10, at_most=15)
    done.set()
    await asyncio.gather(*closers)

    assert set(taken.values()) == {1}
    assert errors == []


async def test_voice_slots_of_all_processes_bound_the_calls_of_all_campaigns(
    world: World,
) -> None:
    await world.do("UPDATE processes SET voice_slots = 12")
    for index in range(3):
        campaign = await world.campaign(f"campaign-{index}", concurrency=50)
        await world.leads(campaign, 30)

    taken = await claim_all(world, rounds=5)

    assert sum(taken.values()) == 12


async def test_a_silent_process_gets_no_call(world: World) -> None:
    await world.do("UPDATE processes SET heartbeat_at = clock_timestamp() - interval '2 hours'")
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)

    assert await world.tick() == 0


async def test_messages_do_not_count_towards_the_concurrency_of_calls(world: World) -> None:
    campaign = await world.campaign("chat", concurrency=1)
    await world.leads(campaign, 10, channel=ChannelName.WHATSAPP)
    await world.leads(campaign, 3)

    await world.tick()

    assert len(world.whatsapp.taken) == 10
    assert len(world.voice.taken) == 1


async def test_small_campaigns_behind_a_huge_one_are_served_within_six_ticks(
    world: World,
) -> None:
    huge = await world.campaign("huge", concurrency=100_000)
    await world.leads(huge, 2_000, due_at=TUESDAY - timedelta(hours=1))
    for index in range(19):
        small = await world.campaign(f"small-{index}")
        await world.leads(small, 5)
    ctx = world.context()

    ticks = 0
    while await world.rows(
        "SELECT 1 FROM attempts a JOIN campaigns c ON c.id = a.campaign_id"
        " WHERE a.state = 'planned' AND c.name <> 'huge' LIMIT 1"
    ):
        await claim_due(ctx, Limits().claim_batch)
        ticks += 1

    assert ticks <= 6


async def test_the_pace_of_a_campaign_and_of_a_number_hold_for_all_processes_together(
    world: World, engine: AsyncEngine
) -> None:
    await world.do("UPDATE senders SET emission = interval '50 milliseconds'")
    slow = await world.campaign("slow", emission=timedelta(milliseconds=100), burst=1)
    quick = await world.campaign("quick")
    await world.leads(slow, 200)
    await world.leads(quick, 200)
    began = asyncio.get_running_loop().time()

    while asyncio.get_running_loop().time() - began < 1.5:
        await claim_all(world, rounds=1)

    took = asyncio.get_running_loop().time() - began
    counts = dict(
        await world.rows(
            "SELECT c.name, count(*) FROM attempts a JOIN campaigns c ON c.id = a.campaign_id"
            " WHERE a.state = 'claimed' GROUP BY c.name"
        )
    )
    # One at once, then one each 100 ms; and one each 50 ms for all campaigns of the number.
    assert 1 <= int(str(counts["slow"])) <= took / 0.1 + 1
    assert sum(int(str(count)) for count in counts.values()) <= took / 0.05 + 1


async def test_a_promised_callback_goes_before_older_work(world: World) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    await world.leads(campaign, 5, due_at=TUESDAY - timedelta(hours=2))
    [promised] = await world.leads(campaign, 1, priority=Priority.PROMISED)

    haul = await claim_due(world.context(), 10)

    assert haul.claimed == {promised}


async def test_a_person_hears_from_the_number_that_they_know(world: World) -> None:
    async with world.engine.begin() as tx:
        await sender(tx, ChannelName.VOICE, "+12025550102")
    campaign = await world.campaign("spring")
    number = person(1)
    await world.leads(campaign, 1, phones=[number])
    await world.tick()
    [first] = world.voice.taken
    await world.do("UPDATE attempts SET state = 'ended'")
    await world.do("DELETE FROM lines")
    # The other number would be the first choice now.
    known = {"+12025550100", "+12025550102"} - {first.order.from_}
    other = await world.campaign(
        "other", document={"steps": [{"channel": "voice", "from": [*known, first.order.from_]}]}
    )

    await world.leads(other, 1, phones=[number])
    await world.tick()

    assert [taken.order.from_ for taken in world.voice.taken] == [first.order.from_] * 2


async def test_two_databases_connections_are_enough_for_a_claim(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    url = world.engine.url.render_as_string(hide_password=False)
    small = await open_engine(url, pool_size=1, overflow=1)

    assert len((await claim_due(world.context(database=small), 10)).claimed) == 3

    await small.dispose()
