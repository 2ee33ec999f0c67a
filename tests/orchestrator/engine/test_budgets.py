"""What a campaign may use up, as a whole and in a day: reached, and released."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from orchestrator.engine import ingest
from orchestrator.engine.claim import claim_due
from orchestrator.engine.limits import Limits
from outreach.budget import Estimate
from outreach.reports import CallReported, Delivery
from storage import clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World
from tests.outreach.test_prices import PRICES

PENNY = Estimate(call_micros=100, message_micros=100)


async def limited(world: World, **budget: int) -> UUID:
    return await world.campaign("spring", document={"budget": budget})


async def waiting(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT moved_by, count(*) FROM attempts WHERE state = 'planned' GROUP BY 1 ORDER BY 1"
    )


async def test_a_day_s_attempts_are_made_and_the_rest_waits_for_midnight(world: World) -> None:
    campaign = await limited(world, attempts_per_day=3)
    await world.leads(campaign, 8)

    await world.tick()

    assert len(world.voice.taken) == 3
    [(held_until, reason)] = await world.rows("SELECT held_until, held_reason FROM campaigns")
    assert (held_until, reason) == (TUESDAY + timedelta(hours=9), "daily_budget")
    assert await world.rows("SELECT count(*) FROM events WHERE kind = 'campaign.held'") == [(1,)]
    moved = await world.rows("SELECT due_at FROM attempts WHERE moved_by = 'daily_budget'")
    # Midnight in UTC is seven in the evening in New York.
    assert {due for (due,) in moved} == {held_until}
    assert await world.tick() == 0, "nobody is claimed in vain"


async def test_the_next_day_brings_the_next_attempts(world: World) -> None:
    campaign = await limited(world, attempts_per_day=3)
    await world.leads(campaign, 8)
    await world.tick()
    await world.do("DELETE FROM lines")
    await world.do("UPDATE attempts SET state = 'ended' WHERE state = 'started'")

    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(hours=23))
    await world.tick()

    assert len(world.voice.taken) == 6


async def test_money_that_nobody_has_billed_yet_counts_with_an_estimate(world: World) -> None:
    world.limits = Limits(estimate=PENNY)
    campaign = await limited(world, amount_micros=450)
    await world.leads(campaign, 8)

    await world.tick()

    assert len(world.voice.taken) == 4
    blocked = await world.rows("SELECT count(*) FROM leads WHERE work_reason = 'budget'")
    assert blocked == [(4,)]


async def test_a_price_that_was_lower_than_the_estimate_releases_what_is_left(
    world: World,
) -> None:
    world.limits = Limits(estimate=PENNY)
    campaign = await limited(world, amount_micros_per_day=300)
    await world.leads(campaign, 3)
    await world.tick()
    await world.do("UPDATE attempts SET cost_micros = 10, cost_currency = 'USD'")
    await world.leads(campaign, 4)

    await world.tick()

    assert len(world.voice.taken) == 3 + 2, "30 spent, 200 estimated, and 70 bear no other"
    assert (await waiting(world))[0][0] == "daily_budget"


async def test_a_new_version_of_the_campaign_lifts_the_hold(world: World) -> None:
    campaign = await limited(world, attempts_per_day=1)
    await world.leads(campaign, 2)
    await world.tick()

    await world.do("UPDATE campaigns SET held_until = NULL")  # As storage.campaigns.register does.
    await world.leads(campaign, 1)

    assert (await claim_due(world.context(), 5)).claimed


async def test_four_gates_at_once_do_not_overdraw_a_budget(world: World) -> None:
    campaign = await limited(world, attempts_per_day=10)
    await world.leads(campaign, 60)
    contexts = [world.context(limits=Limits(claim_batch=7)) for _ in range(4)]

    await asyncio.gather(*(world.tick(ctx) for ctx in contexts))

    assert len(world.voice.taken) == 10


@pytest.mark.parametrize("limit", ["attempts", "amount_micros"])
async def test_a_not_placed_attempt_costs_nothing(world: World, limit: str) -> None:
    world.limits = Limits(estimate=Estimate(call_micros=1, message_micros=1))
    campaign = await limited(world, **{limit: 2})
    await world.leads(campaign, 2)
    await world.tick()
    await world.do("DELETE FROM lines")
    await world.do("UPDATE attempts SET state = 'ended', outcome = 'not_placed'")
    await world.leads(campaign, 2)

    await world.tick()

    assert len(world.voice.taken) == 4


@pytest.mark.parametrize(
    ("limit", "reason"), [("amount_micros", "budget"), ("amount_micros_per_day", "daily_budget")]
)
async def test_what_our_own_calls_cost_closes_the_budget(
    world: World, limit: str, reason: str
) -> None:
    world.limits = Limits(estimate=Estimate(call_micros=1, message_micros=1))
    campaign = await world.campaign("spring", document={"budget": {limit: 40_000}}, concurrency=1)
    await world.leads(campaign, 5)
    ctx = world.context(prices=PRICES)

    for number in range(5):
        await world.tick(ctx)
        for id, ref in await world.rows(
            "SELECT id, provider_ref FROM attempts WHERE state = 'started'"
        ):
            report = CallReported(
                attempt_id=UUID(str(id)), provider_ref=str(ref), status="completed", duration_s=60
            )
            await ingest.receive(ctx, Delivery(source="test", key=f"{number}", report=report))

    assert await world.rows("SELECT sum(cost_micros) FROM attempts") == [(42_000,)]
    assert len(world.voice.taken) == 3
    refused = "SELECT count(*) FROM attempts WHERE moved_by = :why"
    blocked = "SELECT count(*) FROM leads WHERE work_reason = :why"
    [(moved,)], [(held,)] = (
        await world.rows(refused, why=reason),
        await world.rows(blocked, why=reason),
    )
    assert int(str(moved)) + int(str(held)) > 0
