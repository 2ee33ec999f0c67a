"""What fails is found out by all processes, left alone, asked again, and used again."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from channels.base import MaybeStarted, Order, ProviderRef, Refused, Unavailable
from channels.fake import Accept, Behaviour, Fail, FakeChannel, Lose
from orchestrator.engine.claim import claim_due
from orchestrator.engine.gate import pass_gate
from orchestrator.engine.limits import Limits
from orchestrator.engine.watch_breakers import watch_breakers
from outreach.breaker import Policy
from outreach.channel import ChannelName
from storage import breakers
from storage.attempts import Priority
from storage.database import transaction
from tests.orchestrator.engine.waiting import somebody_waits
from tests.orchestrator.engine.world import VOICE_NUMBER, World, sender

DOWN = Fail(Unavailable("provider_unavailable", timedelta(0)))
SECOND = "+12025550102"
SHORT = Limits(breaker=Policy(rest=timedelta(0)))
"""Half open at once, so that no test waits."""


class OneBadNumber(FakeChannel):
    """Nothing can be sent from this number."""

    async def start(self, order: Order) -> ProviderRef:
        self.always = DOWN if order.from_ == SECOND else Accept()
        return await FakeChannel.start(self, order)


async def fail(world: World, count: int, behaviour: Behaviour = DOWN) -> UUID:
    """So many people, and a provider that answers like this."""
    campaign = await world.campaign("spring")
    await world.leads(campaign, count)
    world.voice.always = behaviour
    await world.tick()
    return campaign


async def states(world: World) -> dict[str, str]:
    rows = await world.rows("SELECT scope, state FROM breakers")
    return {str(scope): str(state) for scope, state in rows}


async def test_five_orders_that_fail_take_the_provider_out_of_use_for_everybody(
    world: World,
) -> None:
    campaign = await fail(world, 5)

    assert await states(world) == {"provider": "open"}
    [data] = await world.rows("SELECT data FROM events WHERE kind = 'breaker.opened'")
    assert data == ({"scope": "provider", "name": "fake/voice", "calls": 5, "failures": 5},)
    await world.do("UPDATE attempts SET due_at = due_at + interval '1 day'")
    world.voice.tried.clear()
    [fresh] = await world.leads(campaign, 1)

    assert await world.tick(world.context()) == 0, "another process has not seen a failure"

    assert world.voice.tried == []
    [(state, why, later)] = await world.rows(
        "SELECT state, moved_by, due_at > created_at FROM attempts WHERE id = :id", id=fresh
    )
    assert (state, why, later) == ("planned", "provider_down", True)
    assert await world.rows("SELECT DISTINCT work FROM leads") == [("planned",)]


async def test_four_failures_or_a_third_of_them_prove_nothing(world: World) -> None:
    await fail(world, 4)
    assert await states(world) == {}

    world.voice.always = Accept()
    await world.leads(await world.campaign("other"), 8)
    await world.tick()

    assert await states(world) == {}


async def test_our_own_slowness_and_the_lead_s_fault_are_not_the_provider_s(
    world: World,
) -> None:
    await fail(world, 10, Fail(Unavailable("deadline_passed", timedelta(days=1))))
    await world.leads(await world.campaign("wrong"), 10)
    world.voice.always = Fail(Refused("invalid_number", "lead", "21211"))
    await world.tick()

    assert await states(world) == {}


async def test_orders_without_an_answer_count_as_failed(world: World) -> None:
    await fail(world, 5, Lose(taken=False))

    assert await states(world) == {"provider": "open"}


async def test_it_lets_three_through_after_its_rest_and_closes_when_they_succeed(
    world: World,
) -> None:
    world.limits = SHORT
    campaign = await fail(world, 5)
    await world.do("UPDATE attempts SET due_at = due_at + interval '1 day'")
    await world.leads(campaign, 8)
    world.voice.always = Accept()

    await watch_breakers(world.context())
    assert await states(world) == {"provider": "half_open"}
    haul = await claim_due(world.context(), 50)

    assert len(haul.claimed) == Policy().probes
    assert not await claim_due(world.context(), 50), "the others wait for the verdict"

    await world.do(
        "UPDATE attempts SET state = 'planned', sender_id = NULL, lease_until = NULL"
        " WHERE state = 'claimed'"
    )
    await world.do("DELETE FROM lines")
    await world.do("UPDATE breakers SET probes = 0")
    assert await world.tick() >= Policy().probes
    assert await states(world) == {"provider": "closed"}
    await world.tick()
    assert len(world.voice.taken) == 8
    kinds = await world.rows("SELECT kind FROM events WHERE kind LIKE 'breaker.%' ORDER BY seq")
    assert [kind for (kind,) in kinds] == [
        "breaker.opened",
        "breaker.half_opened",
        "breaker.closed",
    ]


async def test_a_probe_that_fails_opens_it_again_for_longer(world: World) -> None:
    world.limits = Limits(breaker=Policy(rest=timedelta(milliseconds=1)))
    campaign = await fail(world, 5)
    await world.do("UPDATE attempts SET due_at = due_at + interval '1 day'")
    await world.leads(campaign, 8)
    await watch_breakers(world.context())

    await world.tick()

    assert await world.rows("SELECT openings FROM breakers") == [(2,)]
    [(first,), (second,)] = await world.rows(
        "SELECT data FROM events WHERE kind = 'breaker.opened' ORDER BY seq"
    )
    assert (first["calls"], second["calls"]) == (5, Policy().probes)  # type: ignore[index]
    assert len(world.voice.tried) == 5 + Policy().probes


async def test_one_bad_number_is_left_alone_and_the_others_go_on(world: World) -> None:
    async with world.engine.begin() as tx:
        await sender(tx, ChannelName.VOICE, SECOND)
    world.voice = OneBadNumber()
    campaign = await world.campaign("spring")
    await world.leads(campaign, 20)
    await world.tick()
    assert await states(world) == {"sender": "open"}
    world.voice.tried.clear()
    await world.do("UPDATE attempts SET due_at = created_at WHERE state = 'planned'")

    await world.tick()

    assert Counter(order.from_ for order in world.voice.tried) == {VOICE_NUMBER: 10}
    assert await world.states() == {"started": 20}, "nobody's attempt has failed"


async def test_who_watches_and_who_claims_take_breakers_in_one_order(world: World) -> None:
    """Else a number of one provider and another provider would be taken crosswise."""
    async with transaction(world.engine) as tx:
        number = await sender(tx, ChannelName.VOICE, SECOND)
        await sender(tx, ChannelName.VOICE, "+12025550103")
    await world.do("UPDATE senders SET provider = 'other' WHERE address = '+12025550103'")
    for scope, name in (("sender", str(number)), ("provider", "other/voice")):
        await world.do(
            "INSERT INTO breakers (scope, name, state, changed_at, until, openings)"
            " VALUES (:scope, :name, 'open', clock_timestamp(), clock_timestamp(), 1)",
            scope=scope,
            name=name,
        )

    async with transaction(world.engine) as claim:
        await claim.execute(text("SELECT FROM breakers WHERE scope = 'provider' FOR UPDATE"))
        watching = asyncio.create_task(watch_breakers(world.context()))
        await somebody_waits(world.engine)
        assert len(await breakers.lock_not_closed(claim)) == 2

    assert await watching == 2
    assert await states(world) == {"provider": "half_open", "sender": "half_open"}


async def test_what_was_claimed_before_it_opened_waits_at_the_gate(world: World) -> None:
    campaign = await fail(world, 4)
    await world.do("UPDATE attempts SET due_at = due_at + interval '1 day'")
    ctx = world.context()
    await world.leads(campaign, 1)
    claimed = (await claim_due(ctx, 5)).claimed
    await world.leads(campaign, 1, priority=Priority.HOT)
    await world.tick()

    assert await pass_gate(ctx, claimed) == []

    [id] = claimed
    assert await world.rows("SELECT state, moved_by FROM attempts WHERE id = :id", id=id) == [
        ("planned", "provider_down")
    ]


async def test_messages_go_on_while_calls_fail(world: World) -> None:
    campaign = await fail(world, 5)
    await world.leads(campaign, 3, channel=ChannelName.WHATSAPP)

    await world.tick()

    assert len(world.whatsapp.taken) == 3


async def test_a_raised_error_is_counted_by_its_kind(world: World) -> None:
    assert isinstance(DOWN.error, Unavailable)
    assert not isinstance(DOWN.error, MaybeStarted)
    await fail(world, 5, Fail(Unavailable("too_many_requests", timedelta(0))))

    assert await states(world) == {}, "a provider that asks for a slower pace does not fail"
