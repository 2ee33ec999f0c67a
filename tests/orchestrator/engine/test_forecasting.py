"""A forecast says what then happens: the same people, minutes and counts."""

from collections import Counter
from datetime import timedelta

from orchestrator.engine.forecasting import Outlook, look_ahead
from orchestrator.engine.library import Library
from outreach.channel import ChannelName
from outreach.marks import Marks
from storage import clock
from storage.database import transaction
from tests.law import RULEBOOK
from tests.orchestrator.engine.world import TUESDAY, World

HOUR = timedelta(hours=1)
NEW_YORK, LOS_ANGELES = "+1212555", "+1213555"
MADE = "SELECT phone, due_at FROM attempts WHERE starting_at IS NOT NULL ORDER BY due_at, id"


async def ahead(world: World, name: str) -> Outlook:
    async with transaction(world.engine) as tx:
        ((campaign,),) = await tx.exec_driver_sql(f"SELECT id FROM campaigns WHERE name = '{name}'")
        return await look_ahead(
            tx, campaign, rulebook=RULEBOOK, marks=Marks(), prices=None, library=Library()
        )


async def test_first_attempts_happen_when_and_as_often_as_it_said(world: World) -> None:
    spring = await world.campaign("spring", concurrency=100)
    await world.leads(spring, 3, phones=[f"{NEW_YORK}010{n}" for n in range(3)])
    later = TUESDAY + 3 * HOUR
    await world.leads(spring, 2, phones=[f"{LOS_ANGELES}010{n}" for n in range(2)], due_at=later)
    found = await ahead(world, "spring")

    counted: Counter[object] = Counter()
    for hour in range(6):
        async with transaction(world.engine) as tx:
            await clock.move(tx, TUESDAY + hour * HOUR + timedelta(minutes=1))
        counted[TUESDAY + hour * HOUR] = await world.tick()
    said = {hour.begins_at: hour.first for hour in found.forecast.hours if hour.first}
    assert said == {at: number for at, number in counted.items() if number}
    assert [(one.address, one.due_at) for one in found.first] == await world.rows(MADE)


async def test_who_is_worked_by_another_running_campaign_is_counted(world: World) -> None:
    spring, summer = await world.campaign("spring"), await world.campaign("summer")
    await world.leads(spring, 2, phones=[f"{NEW_YORK}0110", f"{NEW_YORK}0111"])
    await world.leads(summer, 1, phones=[f"{NEW_YORK}0111"])
    assert (await ahead(world, "spring")).elsewhere == 1
    await world.do("UPDATE campaigns SET status = 'completed' WHERE name = 'summer'")
    assert (await ahead(world, "spring")).elsewhere == 0


async def test_a_campaign_that_has_ended_its_dates_calls_nobody(world: World) -> None:
    over = {"end_at": (TUESDAY + 2 * HOUR).isoformat()}
    spring = await world.campaign("spring", document={"schedule": over})
    await world.leads(spring, 1, due_at=TUESDAY + 3 * HOUR)
    found = (await ahead(world, "spring")).forecast
    assert (found.hours, found.first_done_at) == ((), None)


async def test_messages_and_calls_are_told_apart(world: World) -> None:
    spring = await world.campaign("spring")
    await world.leads(spring, 2, channel=ChannelName.WHATSAPP)
    found = (await ahead(world, "spring")).forecast
    assert (found.fewest, found.expected_calls) == (2, 0)
