"""A newer plan of a lead stands; what would be planned again beside it is cancelled, and alone."""

import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from uuid import UUID

import pytest

from channels.base import Unavailable
from channels.fake import Fail, FakeChannel
from orchestrator.engine.claim import claim_due
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.gate import pass_gate
from orchestrator.engine.recover import return_claimed
from outreach.channel import ChannelName
from outreach.ids import new_id
from storage import attempts
from storage.attempts import NewAttempt, Priority
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World

Step = Callable[[World, Context, Collection[UUID], UUID], Awaitable[None]]


async def promise(world: World, beside: UUID) -> UUID:
    """A callback for tomorrow, for the lead of this attempt."""
    [(campaign, lead, contact, phone)] = await world.rows(
        "SELECT campaign_id, lead_id, contact_id, phone FROM attempts WHERE id = :id", id=beside
    )
    assert isinstance(campaign, UUID)
    assert isinstance(lead, UUID)
    assert isinstance(contact, UUID)
    plan = NewAttempt(
        id=new_id(TUESDAY, secrets.token_bytes(10)),
        campaign_id=campaign,
        lead_id=lead,
        contact_id=contact,
        channel=ChannelName.VOICE,
        phone=str(phone),
        due_at=TUESDAY + timedelta(days=1),
        window_end_at=TUESDAY + timedelta(days=1, hours=8),
        reason="callback",
        priority=Priority.PROMISED,
    )
    async with transaction(world.engine) as tx:
        assert await attempts.plan(tx, [plan], TUESDAY) == {plan.id}
    return plan.id


async def the_provider_is_down(
    world: World, ctx: Context, claimed: Collection[UUID], one: UUID
) -> None:
    world.whatsapp.always = world.voice.always = Fail(Unavailable("provider_down"))
    ready = await pass_gate(ctx, claimed)
    await promise(world, one)
    dispatcher = Dispatcher(ctx, world.after)
    dispatcher.dispatch(ready)
    await dispatcher.idle()


async def the_gate_says_not_now(
    world: World, ctx: Context, claimed: Collection[UUID], one: UUID
) -> None:
    await promise(world, one)
    await world.do("UPDATE operator_stop SET stopped = true")
    assert await pass_gate(ctx, claimed) == []


async def the_process_ends(
    world: World, ctx: Context, claimed: Collection[UUID], one: UUID
) -> None:
    await promise(world, one)
    assert await return_claimed(ctx, own=True) == len(claimed)


@pytest.mark.parametrize("channel", list(ChannelName))
@pytest.mark.parametrize("step", [the_provider_is_down, the_gate_says_not_now, the_process_ends])
async def test_a_newer_plan_replaces_what_would_be_planned_again(
    world: World, step: Step, channel: ChannelName
) -> None:
    campaign = await world.campaign("spring")
    one, other = await world.leads(campaign, 2, channel=channel)
    ctx = world.context()
    claimed = (await claim_due(ctx, 2)).claimed

    await step(world, ctx, claimed, one)

    rows = await world.rows("SELECT id, state, cancel_reason, starting_at, sender_id FROM attempts")
    found = {row[0]: row[1:] for row in rows}
    assert found.pop(one) == ("cancelled", "replaced", None, None)
    assert found.pop(other) == ("planned", None, None, None)
    assert [state for state, *_ in found.values()] == ["planned"]
    assert await world.rows("SELECT DISTINCT work FROM leads") == [("planned",)]
    assert await world.rows("SELECT FROM lines") == []
    assert await world.rows("SELECT FROM messages") == []
    told = (
        "SELECT data->>'reason' FROM events WHERE kind = 'attempt.cancelled' AND attempt_id = :id"
    )
    assert await world.rows(told, id=one) == [("replaced",)]


async def test_the_newer_plan_is_made_at_its_own_time(world: World) -> None:
    [one] = await world.leads(await world.campaign("spring"), 1)
    ctx = world.context()
    claimed = (await claim_due(ctx, 1)).claimed
    await the_provider_is_down(world, ctx, claimed, one)
    world.voice = FakeChannel()

    await world.do("UPDATE attempts SET due_at = :now WHERE state = 'planned'", now=TUESDAY)
    assert await world.tick() == 1

    assert world.voice.times_taken(one) == 0
    assert await world.states() == {"cancelled": 1, "started": 1}
