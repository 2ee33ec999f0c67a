"""The emergency stop: nothing new starts anywhere, and what runs goes on."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from channels.base import Order, ProviderRef
from channels.fake import FakeChannel
from orchestrator.engine import call_reports
from orchestrator.engine.actions import stop as deeds
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.limits import Limits
from orchestrator.engine.withdraw import withdraw_waiting
from outreach.channel import ChannelName
from outreach.reports import CallReported
from storage import clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)


@dataclass(slots=True, kw_only=True)
class SlowProvider(FakeChannel):
    """Takes an order when the test lets it."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, order: Order) -> ProviderRef:
        self.asked.set()
        await self.may_answer.wait()
        return await FakeChannel.start(self, order)


async def stop(world: World) -> None:
    async with transaction(world.engine) as tx:
        await deeds.stop(tx, OPERATOR)


async def resume(world: World) -> None:
    async with transaction(world.engine) as tx:
        await deeds.resume_all(tx, OPERATOR)


async def test_orders_that_have_passed_the_gate_and_wait_for_room_stay_here(
    world: World,
) -> None:
    slow = SlowProvider()
    world.voice = slow
    world.limits = Limits(starts_at_once=1, stop_read_every=timedelta(0))
    await world.leads(await world.campaign("spring"), 5)
    ticker = world.ticker()
    await ticker.tick()
    await slow.asked.wait()

    await stop(world)
    slow.may_answer.set()
    await ticker.idle()

    assert len(slow.taken) == 1, "the one that had left"
    rows = await world.rows("SELECT state, moved_by, count(*) FROM attempts GROUP BY 1, 2")
    assert sorted(rows, key=str) == [("planned", "operator_stop", 4), ("started", None, 1)]
    assert await world.rows("SELECT count(*) FROM lines") == [(1,)]
    unavailable = "SELECT count(*) FROM attempts WHERE inquiry->>'unavailable' > '0'"
    assert await world.rows(unavailable) == [(0,)], "that was not the provider's fault"


async def test_a_hint_is_enough_to_have_the_stop_read_at_once(world: World) -> None:
    slow = SlowProvider()
    world.voice = slow
    world.limits = Limits(starts_at_once=1, stop_read_every=timedelta(hours=1))
    await world.leads(await world.campaign("spring"), 3)
    ticker = world.ticker()
    await ticker.tick()
    await slow.asked.wait()

    await stop(world)
    ticker.dispatcher.stop_watch.look_again()
    slow.may_answer.set()
    await ticker.idle()

    assert len(slow.taken) == 1


async def test_what_was_held_back_starts_once_after_the_stop_is_lifted(world: World) -> None:
    await world.leads(await world.campaign("spring"), 3)
    await stop(world)
    assert await world.tick() == 0

    await resume(world)
    await world.tick()

    assert len(world.voice.taken) == 3


async def waiting_call(world: World, status: str) -> UUID:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1, phones=["+12125550111"])
    await world.tick()
    [taken] = world.voice.taken
    world.voice.report(taken.ref, status)
    return attempt


async def test_a_call_that_waits_at_the_provider_is_taken_back_and_costs_no_try(
    world: World,
) -> None:
    attempt = await waiting_call(world, "queued")
    ctx = world.context()
    assert await withdraw_waiting(ctx) == 0, "nobody has stopped anything"

    await stop(world)
    assert await withdraw_waiting(ctx) == 1
    assert await withdraw_waiting(ctx) == 0, "not asked again at once"

    [taken] = world.voice.taken
    assert world.voice.ended == [taken.ref]
    async with transaction(world.engine) as tx:
        report = CallReported(attempt_id=attempt, provider_ref=taken.ref, status="canceled")
        assert await call_reports.call_reported(ctx, tx, report)
    assert await world.rows("SELECT outcome FROM attempts WHERE id = :id", id=attempt) == [
        ("not_placed",)
    ]
    assert await world.rows("SELECT reason FROM attempts WHERE state = 'planned'") == [
        ("not_placed",)
    ]


@pytest.mark.parametrize("status", ["ringing", "in-progress", "completed"])
async def test_a_call_that_has_begun_to_ring_goes_on(world: World, status: str) -> None:
    await waiting_call(world, status)
    await stop(world)

    assert await withdraw_waiting(world.context()) == 0
    assert world.voice.ended == []


async def test_a_call_still_queued_when_the_window_closes_is_taken_back(world: World) -> None:
    await waiting_call(world, "queued")
    [(closes_at,)] = await world.rows("SELECT window_end_at FROM attempts")
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(minutes=30))
    assert await withdraw_waiting(world.context()) == 0

    async with transaction(world.engine) as tx:
        await clock.move(tx, closes_at)  # type: ignore[arg-type]

    assert await withdraw_waiting(world.context()) == 1
    assert len(world.voice.ended) == 1


async def test_messages_are_never_taken_back(world: World) -> None:
    await world.leads(await world.campaign("chat"), 1, channel=ChannelName.WHATSAPP)
    await world.tick()
    await stop(world)

    assert await withdraw_waiting(world.context()) == 0
