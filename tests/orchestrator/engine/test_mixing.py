"""What was simulated and what was real stay apart in one database."""

import pytest

from orchestrator.engine.actions import campaigns
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.mixing import refuse_simulated
from outreach.errors import Rejected
from storage.database import transaction
from tests.orchestrator.engine.world import World

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)


async def launch(world: World, name: str, *, allow_mixed: bool = False) -> str:
    async with transaction(world.engine) as tx:
        return await campaigns.launch(world.context(), tx, name, OPERATOR, allow_mixed=allow_mixed)


async def turn(world: World, *, simulated: bool) -> None:
    """Configure the other kind of provider, as a new start of the program would."""
    world.voice.simulated = world.whatsapp.simulated = simulated
    await world.do("UPDATE senders SET simulated = :simulated", simulated=simulated)


async def contact_somebody(world: World) -> None:
    await world.leads(await world.campaign("before"), 1)
    await world.tick()
    assert len(world.voice.taken) == 1


@pytest.mark.parametrize("status", ["draft", "paused"])
async def test_a_simulated_sender_never_serves_where_real_people_were_contacted(
    world: World, status: str
) -> None:
    await turn(world, simulated=False)
    await contact_somebody(world)
    await world.campaign("spring", status=status)
    await turn(world, simulated=True)

    for allow_mixed in (False, True):
        with pytest.raises(Rejected) as caught:
            await launch(world, "spring", allow_mixed=allow_mixed)
        assert caught.value.code == "simulated_in_real_database"
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected):
            await refuse_simulated(tx, world.channels.values())


@pytest.mark.parametrize("status", ["draft", "paused"])
async def test_real_people_are_contacted_where_others_were_simulated_only_if_that_is_meant(
    world: World, status: str
) -> None:
    await contact_somebody(world)
    await world.campaign("spring", status=status)
    await turn(world, simulated=False)

    with pytest.raises(Rejected) as caught:
        await launch(world, "spring")
    assert caught.value.code == "real_in_simulated_database"
    assert "--allow-mixed" in caught.value.fix

    assert await launch(world, "spring", allow_mixed=True) == "running"


async def test_one_kind_alone_is_launched_unasked(world: World) -> None:
    await contact_somebody(world)
    await world.campaign("spring", status="draft")

    assert await launch(world, "spring") == "running"


async def test_a_number_of_the_simulated_world_is_not_used_by_the_real_provider(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    world.voice.simulated = False

    await world.tick()

    assert world.voice.tried == []
    assert await world.rows("SELECT state, moved_by FROM attempts") == [
        ("planned", "sender_paused")
    ]
