"""A campaign that wants people for itself lets the one that began first finish with them."""

from datetime import timedelta

from storage import clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World, person

ALONE = {"overlap": "one_at_a_time"}
STANDS = (
    "SELECT c.name, a.state, a.moved_by, a.gate ->> 'detail' FROM attempts a"
    " JOIN campaigns c ON c.id = a.campaign_id WHERE a.state <> 'ended' ORDER BY c.name"
)


async def ended(world: World) -> None:
    """What was started is over, and its line free."""
    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'busy', ended_at = :now"
        " WHERE state = 'started'",
        now=TUESDAY,
    )
    await world.do("DELETE FROM lines")


async def later(world: World, minutes: int) -> None:
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(minutes=minutes))


async def begun_by_spring(world: World, overlap: dict[str, str]) -> None:
    """Spring has called once and goes on working; summer has the same person."""
    spring = await world.campaign("spring")
    await world.leads(spring, 1)
    await world.tick()
    await ended(world)
    await world.do("UPDATE leads SET work = 'waiting'")
    summer = await world.campaign("summer", document=overlap)
    await world.leads(summer, 1, phones=[person(0)])
    await later(world, 1)


async def test_who_is_worked_by_another_campaign_waits_and_the_reason_says_by_which(
    world: World,
) -> None:
    await begun_by_spring(world, ALONE)

    await world.tick()

    assert await world.rows(STANDS) == [("summer", "planned", "worked_elsewhere", "spring")]


async def test_they_are_called_when_the_other_is_done_with_them(world: World) -> None:
    await begun_by_spring(world, ALONE)
    await world.tick()

    await world.do(
        "UPDATE leads SET work = 'ended' WHERE campaign_id ="
        " (SELECT id FROM campaigns WHERE name = 'spring')"
    )
    await later(world, 7)
    await world.tick()

    assert [row[:2] for row in await world.rows(STANDS)] == [("summer", "started")]


async def test_they_are_called_when_the_other_campaign_runs_no_longer(world: World) -> None:
    await begun_by_spring(world, ALONE)
    await world.do("UPDATE campaigns SET status = 'paused' WHERE name = 'spring'")

    await world.tick()

    assert [row[:2] for row in await world.rows(STANDS)] == [("summer", "started")]


async def test_a_campaign_that_allows_it_goes_on(world: World) -> None:
    await begun_by_spring(world, {"overlap": "allow"})

    await world.tick()

    assert [row[:2] for row in await world.rows(STANDS)] == [("summer", "started")]


async def test_a_time_that_they_asked_for_is_kept(world: World) -> None:
    await begun_by_spring(world, ALONE)
    await world.do("UPDATE attempts SET exempt_from_caps = true WHERE state = 'planned'")

    await world.tick()

    assert [row[:2] for row in await world.rows(STANDS)] == [("summer", "started")]


async def test_two_that_both_want_them_alone_do_not_wait_for_each_other(world: World) -> None:
    for name in ("spring", "summer"):
        await world.leads(await world.campaign(name, document=ALONE), 1, phones=[person(0)])
    await world.do("UPDATE leads SET work = 'planned'")

    await world.tick()
    await ended(world)
    # One of them held the line and gave way; the other comes again before it.
    await later(world, 2)
    await world.tick()

    started = "SELECT count(*) FROM attempts WHERE starting_at IS NOT NULL"
    assert await world.rows(started) == [(1,)]
