"""What is old is let go by policy: history by the month, tries that led to nothing one by one."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from orchestrator.engine.duties import fold_events
from orchestrator.engine.retention import drop_months, let_go, prune_attempts
from storage import clock, partitions
from storage.database import transaction
from storage.retention import NEEDED
from tests.orchestrator.engine.world import TUESDAY, VOICE_NUMBER, Crash, World

YEARS = timedelta(days=3 * 365)
TRIED = """
INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state, due_at,
                      reason, created_by, created_at, starting_at, ended_at, outcome)
SELECT gen_random_uuid(), campaign_id, lead_id, contact_id, n + 1 + i, channel, phone, 'ended',
       due_at, 'retry', 'engine', due_at, due_at, due_at, 'no_answer'
FROM attempts, generate_series(1, :tries) AS i WHERE campaign_id = :campaign AND n = 1
"""


async def over(world: World, name: str, *, status: str = "completed") -> UUID:
    """A campaign with three leads, each tried four times more in vain, that has ended."""
    campaign = await world.campaign(name)
    await world.leads(campaign, 3)
    await world.do(TRIED, campaign=campaign, tries=4)
    await world.do(
        "UPDATE attempts SET state = 'cancelled' WHERE campaign_id = :id AND state = 'planned'",
        id=campaign,
    )
    await world.do("UPDATE leads SET work = 'ended' WHERE campaign_id = :id", id=campaign)
    ended: datetime | None = TUESDAY if status == "completed" else None
    await world.do(
        "UPDATE campaigns SET status = :status, ended_at = :at WHERE id = :id",
        id=campaign,
        status=status,
        at=ended,
    )
    return campaign


async def later(world: World, span: timedelta) -> None:
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + span)


async def left(world: World, campaign: UUID) -> int:
    [(count,)] = await world.rows(
        "SELECT count(*) FROM attempts WHERE campaign_id = :id", id=campaign
    )
    return int(str(count))


async def test_tries_of_a_campaign_long_over_go_except_the_last_of_each_lead(world: World) -> None:
    spring, running = await over(world, "spring"), await over(world, "autumn", status="running")
    ctx = world.context(limits=replace(world.limits, prune_batch=2))
    assert await prune_attempts(ctx) == 0, "it has just ended"

    await later(world, YEARS)
    assert await prune_attempts(ctx) == 12

    assert await left(world, spring) == 3
    assert await left(world, running) == 15
    assert await prune_attempts(ctx) == 0, "once a month"


async def test_what_a_conversation_hangs_on_stays(world: World) -> None:
    spring = await over(world, "spring")
    await world.do(
        "INSERT INTO calls (id, attempt_id, lead_id, contact_id, direction, from_phone, to_phone,"
        " created_at) SELECT id, id, lead_id, contact_id, 'outbound', :ours, phone, due_at"
        " FROM attempts WHERE n = 3",
        ours=VOICE_NUMBER,
    )
    await later(world, YEARS)

    assert await prune_attempts(world.context()) == 9

    assert await left(world, spring) == 6


async def test_a_process_that_dies_while_it_prunes_is_followed_by_one_that_ends_it(
    world: World,
) -> None:
    spring = await over(world, "spring")
    await later(world, YEARS)

    def dies(step: str) -> None:
        raise Crash(step)

    few = replace(world.limits, prune_batch=1)
    with pytest.raises(Crash):
        await prune_attempts(world.context(limits=few, seam=dies))
    assert await left(world, spring) == 11

    assert await prune_attempts(world.context(limits=few)) == 8
    assert await left(world, spring) == 3


async def test_history_goes_by_the_month_when_policy_keeps_it_no_longer(world: World) -> None:
    campaign = await world.campaign("spring")
    async with transaction(world.engine) as tx:
        await partitions.ensure(tx, TUESDAY)
    await world.leads(campaign, 3)
    ctx = world.context()
    # It waits for every transaction of the server, other tests' as well.
    async with asyncio.timeout(60):
        while await world.rows(f"SELECT 1 WHERE ({NEEDED['events'].format(name='events')})"):
            await fold_events(ctx)
    counted = await world.rows("SELECT kind, count FROM tallies ORDER BY kind")
    assert counted
    # The months before it, which were made with the database, have nothing in them.
    await drop_months(ctx)
    assert await drop_months(ctx) == 0

    await later(world, ctx.limits.events_kept + timedelta(days=60))
    assert await let_go(ctx) >= 2

    assert await world.rows("SELECT FROM events WHERE campaign_id = :id", id=campaign) == []
    assert await world.rows("SELECT kind, count FROM tallies ORDER BY kind") == counted
