"""Calls that another platform holds are gated and paced as ours, and take no slot of ours."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from outreach.channel import ChannelName
from outreach.outcome import Outcome
from tests.channels.platform import StandIn, stand_in
from tests.channels.providers import hosted_channel
from tests.orchestrator.engine.world import TUESDAY, VOICE_NUMBER, World, person


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    """Its number is a platform's, and no process of ours can hold a call."""
    made = World(engine)
    await made.begin()
    await made.do("UPDATE senders SET provider = 'hosted:retell' WHERE channel = 'voice'")
    await made.do("UPDATE processes SET voice_slots = 0")
    return made


async def tick(world: World, platform: StandIn) -> int:
    channel = hosted_channel("retell", platform.base_url)
    ctx = world.context(channels={**world.channels, ChannelName.VOICE: channel})
    try:
        return await world.tick(ctx)
    finally:
        await channel.close()


async def test_a_hosted_call_starts_without_a_process_to_hold_it(world: World) -> None:
    attempts = await world.leads(await world.campaign("spring"), 3)

    async with stand_in("retell", TUESDAY) as platform:
        assert await tick(world, platform) == 3

    assert await world.states() == {"started": 3}
    assert await world.rows("SELECT DISTINCT voice_process FROM attempts") == [(None,)]
    orders = {call.attempt_id: call.order for call in platform.calls}
    assert orders.keys() == {str(id) for id in attempts}
    first = orders[str(attempts[0])]
    assert (first["from_number"], first["to_number"]) == (VOICE_NUMBER, person(0))
    assert first["override_agent_id"] == "agent_1"
    told = first["retell_llm_dynamic_variables"]
    assert (told["first_name"], told["agent_name"]) == ("Lee", "Ada")
    assert all(isinstance(value, str) for value in json.loads(json.dumps(told)).values())


async def test_a_call_of_ours_still_needs_a_slot(world: World) -> None:
    await world.do("UPDATE senders SET provider = 'twilio' WHERE channel = 'voice'")
    await world.leads(await world.campaign("spring"), 1)

    assert await world.tick() == 0

    assert await world.states() == {"planned": 1}


async def test_concurrency_and_pace_hold_for_hosted_calls(world: World) -> None:
    await world.leads(await world.campaign("slow", concurrency=2), 5)
    async with stand_in("retell", TUESDAY) as platform:
        assert await tick(world, platform) == 2

        await world.do("UPDATE senders SET emission = '1 hour' WHERE channel = 'voice'")
        await world.leads(await world.campaign("other"), 3)
        assert await tick(world, platform) == 1
        assert await tick(world, platform) == 0

    assert len(platform.calls) == 3


async def test_the_gate_stands_before_hosted_calls_too(world: World) -> None:
    await world.leads(await world.campaign("spring"), 1)
    await world.do("UPDATE consents SET state = 'revoked'")

    async with stand_in("retell", TUESDAY) as platform:
        await tick(world, platform)

    assert platform.orders == 0
    assert await world.states() == {"cancelled": 1}


@pytest.mark.parametrize(
    ("status", "body", "state", "parked"),
    [
        (401, {"error": "unauthorized"}, "planned", "credentials_refused"),
        (402, {"error": "pay first"}, "planned", "payment_required"),
        (422, {"error_message": "to_number is not valid"}, "ended", None),
        (503, {}, "unsure", None),
    ],
)
async def test_each_refusal_has_its_consequence(
    world: World, status: int, body: object, state: str, parked: str | None
) -> None:
    await world.leads(await world.campaign("spring"), 1)

    async with stand_in("retell", TUESDAY) as platform:
        platform.refuse_with = (status, body)
        await tick(world, platform)

    assert (await world.rows("SELECT state FROM attempts WHERE n = 1")) == [(state,)]
    reasons = await world.rows("SELECT status_reason FROM senders WHERE channel = 'voice'")
    assert reasons == [(parked,)]
    if state == "ended":
        outcomes = await world.rows("SELECT outcome FROM attempts WHERE n = 1")
        assert outcomes == [(Outcome.INVALID_NUMBER.value,)]
