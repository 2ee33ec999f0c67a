"""Campaigns by the clock: they start when they should, end when they must, complete when done."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.engine.actions import campaigns as actions
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.calendar import keep_calendar, reopen
from orchestrator.engine.replan import replan_leads
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.pace import Pace
from storage import clock, idleness, senders
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)


async def launch(world: World, name: str) -> str:
    async with transaction(world.engine) as tx:
        return await actions.launch(world.context(), tx, name, OPERATOR)


async def test_a_launch_before_the_start_waits_for_it(world: World) -> None:
    start_at = TUESDAY + timedelta(hours=2)
    campaign = await world.campaign("spring", status="draft", start_at=start_at)
    await world.leads(campaign, 2)
    ctx = world.context()

    assert await launch(world, "spring") == "scheduled"
    await keep_calendar(ctx)
    assert await world.tick() == 0

    async with transaction(world.engine) as tx:
        await clock.move(tx, start_at)
    await keep_calendar(ctx)
    assert await world.rows("SELECT status FROM campaigns") == [("running",)]
    assert await world.tick() == 2


async def test_a_launch_twice_is_one_launch(world: World) -> None:
    await world.campaign("spring", status="draft")

    assert [await launch(world, "spring"), await launch(world, "spring")] == ["running"] * 2

    told = await world.rows("SELECT count(*) FROM events WHERE kind = 'campaign.launched'")
    assert told == [(1,)]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"steps": [{"channel": "voice", "from": ["+12025550199"]}]}, "no_sender"),
        ({"steps": [{"channel": "whatsapp", "template": "other"}]}, "unknown_template"),
    ],
)
async def test_a_campaign_that_could_reach_nobody_is_not_launched(
    world: World, document: dict[str, object], code: str
) -> None:
    await world.campaign("spring", status="draft", document=document)

    with pytest.raises(Rejected) as refused:
        await launch(world, "spring")

    assert refused.value.code == code
    assert refused.value.fix


async def test_at_its_end_a_campaign_takes_back_what_is_planned(world: World) -> None:
    end_at = TUESDAY + timedelta(hours=1)
    campaign = await world.campaign("spring", end_at=end_at)
    await world.leads(campaign, 3, due_at=TUESDAY + timedelta(hours=2))
    ctx = world.context()
    await keep_calendar(ctx)
    assert await world.states() == {"planned": 3}

    async with transaction(world.engine) as tx:
        await clock.move(tx, end_at)
    await keep_calendar(ctx)
    await keep_calendar(ctx)

    assert await world.states() == {"cancelled": 3}
    leads = await world.rows("SELECT DISTINCT work, work_reason FROM leads")
    assert leads == [("ended", "campaign_ended")]
    assert await world.rows("SELECT status FROM campaigns") == [("completed",)]


async def test_a_cancelled_campaign_lets_its_calls_end_and_starts_no_other(
    world: World,
) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    await world.leads(campaign, 3)
    await world.tick()

    async with transaction(world.engine) as tx:
        await actions.cancel(world.context(), tx, "spring", OPERATOR)
    await keep_calendar(world.context())

    assert await world.states() == {"started": 1, "cancelled": 2}
    works = await world.rows("SELECT work, count(*) FROM leads GROUP BY work ORDER BY work")
    assert works == [("ended", 2), ("in_flight", 1)]
    assert await world.tick() == 0


async def test_a_campaign_is_complete_when_it_owes_nobody_anything(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 2)
    await world.campaign("empty")
    ctx = world.context()
    await world.tick()
    await keep_calendar(ctx)
    assert await world.rows("SELECT DISTINCT status FROM campaigns") == [("running",)]

    await world.do("UPDATE attempts SET state = 'ended'")
    await world.do("UPDATE leads SET work = 'ended'")
    await world.do(
        "UPDATE leads SET work = 'blocked', work_reason = 'no_consent'"
        " WHERE id = (SELECT min(id::text)::uuid FROM leads)"
    )
    await keep_calendar(ctx)

    statuses = dict(await world.rows("SELECT name, status FROM campaigns"))
    assert statuses == {"spring": "completed", "empty": "running"}


async def test_people_are_planned_side_by_side_in_a_completed_campaign_which_then_goes_on(
    world: World,
) -> None:
    """Who plans holds leads, so none of them may ask for the campaign's row."""
    campaign = await world.campaign("spring", status="completed")
    await world.leads(campaign, 2, phones=["+12025550124", "+12025550125"])
    await world.do("DELETE FROM attempts")
    await world.do("UPDATE leads SET work = 'ended'")
    first, second = [row[0] for row in await world.rows("SELECT id FROM leads ORDER BY id")]
    assert isinstance(first, UUID)
    assert isinstance(second, UUID)
    ctx = world.context()
    assert await reopen(ctx) == 0

    async with transaction(world.engine) as one, transaction(world.engine) as other:
        assert await replan_leads(ctx, one, [first]) == 1
        assert await replan_leads(ctx, other, [second]) == 1
    async with transaction(world.engine) as tx:
        assert await idleness.next_due(tx) is not None, "a clock that jumps does not pass them over"
    assert (await reopen(ctx), await reopen(ctx)) == (1, 0)

    assert await world.tick() == 2
    told = await world.rows("SELECT data->>'reason' FROM events WHERE kind LIKE 'campaign.%'")
    assert told == [("follow_up",)]


async def test_a_start_frees_a_number_that_was_parked_for_credentials_and_no_other(
    world: World,
) -> None:
    await world.do(
        "UPDATE senders SET status = 'parked', recheck_at = :at, status_reason ="
        " CASE channel WHEN 'voice' THEN 'credentials_refused' ELSE 'x' END",
        at=TUESDAY + timedelta(hours=1),
    )

    pace = Pace(emission=timedelta(0), burst=1, spent_until=None)
    for channel, address in await world.rows("SELECT channel, address FROM senders"):
        known = senders.Sender(
            id=uuid4(),
            channel=ChannelName(channel),
            provider="fake",
            address=address,
            simulated=True,
            pace=pace,
        )
        async with transaction(world.engine) as tx:
            await senders.register(tx, known)

    assert await world.rows(
        "SELECT status, status_reason, recheck_at IS NULL FROM senders ORDER BY channel"
    ) == [("active", None, True), ("parked", "x", False)]


async def test_a_parked_number_is_used_again_when_its_time_has_come(world: World) -> None:
    await world.do(
        "UPDATE senders SET status = 'parked', status_reason = 'x', recheck_at = :now",
        now=TUESDAY,
    )

    assert await keep_calendar(world.context()) == 2

    assert await world.rows("SELECT DISTINCT status, status_reason FROM senders") == [
        ("active", None)
    ]
