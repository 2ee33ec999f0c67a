"""Two who decide at once on leads of one person: both are heard, whoever comes first."""

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.actions.correct_outcome import Correction, correct_outcome
from orchestrator.engine.actions.roles import Actor, Role
from outreach.outcome import Outcome
from storage import reported
from storage.database import transaction
from tests.orchestrator.engine.returning import CAMPAIGN, World, build, call
from tests.orchestrator.engine.waiting import somebody_waits

REP = Actor(name="user:1", role=Role.REP)
NO_MORE = {
    "id": "no",
    "when": {"outcome": "not_interested"},
    "then": {"suppress": "all_channels", "cancel_all": True},
}


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def in_two_campaigns(world: World) -> list[UUID]:
    """Calls that nobody answered, to one person, for two campaigns."""
    contact = await world.contact("+12025550123")
    found = []
    for name in ("summer", "autumn"):
        campaign = await world.campaign(name, rules=[*CAMPAIGN["rules"], NO_MORE])
        attempt = await world.attempt(await world.lead(contact=contact, campaign=campaign))
        await world.receive(replace(call(attempt, "no-answer"), provider_ref=f"CA-{name}"))
        found.append(attempt)
    return found


@pytest.mark.parametrize("outcome", [Outcome.OPTED_OUT, Outcome.NOT_INTERESTED])
@pytest.mark.parametrize("first", [0, 1])
async def test_corrections_of_two_leads_of_one_person_do_not_block_each_other(
    world: World, outcome: Outcome, first: int
) -> None:
    """By an opt-out and by a rule that suppresses: each takes back what the other lead had."""
    known = await in_two_campaigns(world)
    one, other = known[first], known[1 - first]
    correction = Correction(outcome=outcome)

    async def correct(attempt: UUID) -> None:
        async with transaction(world.engine) as tx:
            await correct_outcome(world.ctx, tx, attempt, correction, REP)

    async with transaction(world.engine) as tx:
        assert await reported.lock(tx, one) is not None
        second = asyncio.create_task(correct(other))
        await somebody_waits(world.engine)
        await correct_outcome(world.ctx, tx, one, correction, REP)
    await second

    outcomes = await world.run("SELECT DISTINCT outcome FROM attempts WHERE state = 'ended'")
    assert [row.outcome for row in outcomes] == [outcome.value]
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert {row.work for row in await world.run("SELECT work FROM leads")} == {"ended"}
