"""Whatever dies: an attempt is made once, or found, or planned again; never twice, never lost."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from channels.fake import Lose
from orchestrator.engine.limits import Limits
from orchestrator.engine.recover import recover, return_claimed
from outreach.channel import ChannelName
from outreach.reports import CallReported
from tests.orchestrator.engine.world import Crash, World

QUICK = replace(
    Limits(),
    http_timeout=timedelta(seconds=5),
    inquiry_wait=timedelta(0),
    absent_span=timedelta(0),
)

SEAMS = ["claimed", "gated", "starting", "answered", "recorded"]


def dies_at(step: str) -> Callable[[str], None]:
    def seam(reached: str) -> None:
        if reached == step:
            raise Crash(step)

    return seam


async def forget_leases(world: World) -> None:
    """As if all leases had run out, and the inquiries had begun long ago."""
    await world.do(
        "UPDATE attempts SET lease_until = clock_timestamp() - interval '1 second',"
        " inquiry = CASE WHEN inquiry ? 'since' THEN inquiry || jsonb_build_object('since',"
        " clock_timestamp() - interval '10 minutes') ELSE inquiry END"
        " WHERE lease_until IS NOT NULL"
    )


async def crashed(world: World, step: str) -> None:
    """Run one process until it dies at this step."""
    ticker = world.ticker(world.context(seam=dies_at(step)))
    with suppress(Crash):
        await ticker.tick()
        await ticker.idle()


@pytest.mark.parametrize("channel", list(ChannelName))
@pytest.mark.parametrize("step", SEAMS)
async def test_a_process_that_dies_anywhere_contacts_its_lead_exactly_once(
    world: World, step: str, channel: ChannelName
) -> None:
    world.limits = QUICK
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1, channel=channel)
    fake = world.voice if channel is ChannelName.VOICE else world.whatsapp

    await crashed(world, step)
    await forget_leases(world)
    ctx = world.context()
    for _ in range(5):
        await recover(ctx, world.after)
        await world.tick(ctx)
        await forget_leases(world)

    states = await world.states()
    if step in ("gated", "starting"):
        # Dead before the bytes left: the provider never had it, and the rules will plan anew.
        assert fake.times_taken(attempt) == 0
        assert states == {"ended": 1}
        assert await world.rows("SELECT outcome FROM attempts") == [("not_placed",)]
        assert world.heard.follow_ups == [attempt]
    else:
        assert fake.times_taken(attempt) == 1
        assert states == {"started": 1}
        assert await world.rows("SELECT provider_ref FROM attempts") == [(fake.taken[0].ref,)]


async def test_a_claim_that_nobody_knows_of_is_planned_again_with_its_line(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    await crashed(world, "claimed")

    assert await recover(world.context(), world.after) == 0, "the lease still runs"
    await forget_leases(world)
    assert await recover(world.context(), world.after) == 3

    assert await world.states() == {"planned": 3}
    assert await world.rows("SELECT 1 FROM lines") == []
    assert await world.rows("SELECT DISTINCT work FROM leads") == [("planned",)]


async def test_a_process_that_ends_gives_back_what_it_claimed(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    ctx = world.context(seam=dies_at("claimed"))
    with pytest.raises(Crash):
        await world.ticker(ctx).tick()

    assert await return_claimed(replace(ctx, seam=lambda step: None), own=True) == 3

    assert await world.states() == {"planned": 3}


async def test_an_empty_list_proves_nothing_until_it_is_empty_for_long_enough(
    world: World,
) -> None:
    world.limits = replace(QUICK, absent_span=timedelta(seconds=120))
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Lose(taken=True))
    world.voice.lag = 4
    ctx = world.context()
    await world.tick(ctx)

    for _ in range(4):
        await forget_leases(world)
        await recover(ctx, world.after)
        assert await world.states() == {"unsure": 1}
    await forget_leases(world)
    await recover(ctx, world.after)

    assert await world.states() == {"started": 1}
    assert len(world.voice.taken) == 1


async def test_empty_lists_within_the_time_of_the_request_do_not_count(world: World) -> None:
    world.limits = QUICK
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Lose(taken=False))
    ctx = world.context()
    await world.tick(ctx)

    for _ in range(5):
        await recover(ctx, world.after)

    assert await world.states() == {"unsure": 1}


async def test_without_any_answer_for_an_hour_it_stays_unsure_for_a_person(world: World) -> None:
    world.limits = QUICK
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Lose(taken=False))
    world.voice.unanswered = 100
    ctx = world.context()
    await world.tick(ctx)
    await world.do(
        "UPDATE attempts SET inquiry = inquiry || jsonb_build_object('since',"
        " clock_timestamp() - interval '61 minutes')"
    )

    await recover(ctx, world.after)
    assert await recover(ctx, world.after) == 0

    assert await world.rows("SELECT state, lease_until FROM attempts") == [("unsure", None)]
    assert await world.rows("SELECT count(*) FROM lines") == [(1,)]


async def test_a_silent_call_is_asked_about_and_its_state_taken_in_like_a_report(
    world: World,
) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1)
    ctx = world.context()
    await world.tick(ctx)
    assert await recover(ctx, world.after) == 0
    world.voice.report(world.voice.taken[0].ref, "no-answer")
    await forget_leases(world)

    assert await recover(ctx, world.after) == 1

    [delivery] = world.heard.deliveries
    assert isinstance(delivery.report, CallReported)
    assert (delivery.report.attempt_id, delivery.report.status) == (attempt, "no-answer")


async def test_what_nobody_can_be_asked_about_is_not_in_the_way_of_what_can(world: World) -> None:
    campaign = await world.campaign("spring")
    without, other = await world.leads(campaign, 2)
    ctx = world.context(limits=replace(world.limits, recover_batch=1))
    await world.tick(ctx)
    await world.do("UPDATE attempts SET sender_id = NULL WHERE id = :id", id=without)
    world.voice.report(str(await ref_of(world, other)), "no-answer")
    await forget_leases(world)
    await world.do(
        "UPDATE attempts SET lease_until = lease_until - interval '1 hour' WHERE id = :id",
        id=without,
    )

    assert await recover(ctx, world.after) == 1

    [delivery] = world.heard.deliveries
    assert isinstance(delivery.report, CallReported)
    assert delivery.report.attempt_id == other


async def ref_of(world: World, attempt: UUID) -> object:
    [(ref,)] = await world.rows("SELECT provider_ref FROM attempts WHERE id = :id", id=attempt)
    return ref
