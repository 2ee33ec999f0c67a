"""Briefs follow what changes, a while later and once, and forget whom nobody may know any more."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.actions.companies import override_fit, set_values
from orchestrator.engine.actions.erase_person import erase_person
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.companies.briefing import READER, Read, follow_briefs, known_of, of_contact
from orchestrator.engine.journeys.follow import FIRST
from outreach.accounts.brief import Part
from outreach.accounts.fit import Label
from outreach.marks import Marks
from outreach.outcome import Outcome
from storage import clock, readings
from storage.database import transaction
from storage.readings import Extraction, Reading
from tests.orchestrator.engine.following import follow
from tests.orchestrator.engine.returning import World, build
from tests.orchestrator.engine.test_journeys import REP, came_to, company, talked

ROOT = Actor(name="cli", role=Role.OWNER)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def later(world: World, by: timedelta) -> None:
    await world.run("UPDATE brief_orders SET due_at = due_at - cast(:by AS interval)", by=by)
    await follow(world, READER, follow_briefs)


async def versions(world: World) -> list[tuple[int, str]]:
    rows = await world.run("SELECT version, why FROM briefs ORDER BY version")
    return [tuple(row) for row in rows]


async def read(world: World, lead: UUID) -> Read | None:
    (row,) = await world.run("SELECT contact_id FROM leads WHERE id = :id", id=lead)
    async with transaction(world.engine) as tx:
        return await of_contact(tx, row.contact_id, await clock.now(tx))


async def changed(world: World, acme: UUID, value: str) -> None:
    async with transaction(world.engine) as tx:
        await set_values(world.ctx, tx, acme, {"industry": value}, REP)
    await follow(world, READER, follow_briefs)


@pytest.mark.row("S0-8")
@pytest.mark.row("S3-8")
async def test_it_is_written_once_ten_minutes_after_the_last_change(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    await came_to(world, await talked(world, lead, 180), Outcome.TALKED)
    await changed(world, acme, "Software")
    await later(world, timedelta(minutes=9))
    early = await versions(world)

    await later(world, timedelta(minutes=1))
    await later(world, timedelta(hours=1))

    assert early == []
    assert await versions(world) == [(1, "field")]
    found = await read(world, lead)
    assert found is not None
    assert [one.text for one in found.brief.sections[0].claims][1:] == [
        "Industry: Software.",
        "Stage of its journey: education.",
    ]
    assert "Talked with us, 73 of 100." in found.lately[0].text


async def test_another_version_tells_what_differs_and_the_same_makes_none(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    await changed(world, acme, "Software")
    await later(world, timedelta(hours=1))
    await changed(world, acme, "Cattle")
    await later(world, timedelta(hours=1))
    await changed(world, acme, "Software")
    await changed(world, acme, "Cattle")
    await later(world, timedelta(hours=1))

    assert await versions(world) == [(1, "field"), (2, "field")]
    found = await read(world, lead)
    assert found is not None
    assert [one.after or one.before for one in found.changes] == [
        "Industry: Software.",
        "Industry: Cattle.",
    ]


async def test_who_does_not_fit_has_none_and_agents_are_told_nothing(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    await changed(world, acme, "Software")
    await later(world, timedelta(hours=1))
    (row,) = await world.run("SELECT contact_id FROM leads WHERE id = :id", id=lead)
    async with transaction(world.engine) as tx:
        told = await known_of(tx, row.contact_id, await clock.now(tx))
        await override_fit(world.ctx, tx, acme, Label.NOT_A_FIT, REP)
        nothing = await known_of(tx, row.contact_id, await clock.now(tx))
        stranger = await known_of(tx, FIRST, await clock.now(tx))

    assert '- The company: "Industry: Software."' in told
    assert (nothing, stranger) == ("", "")
    assert await read(world, lead) is None


async def heard(world: World, lead: UUID, attempt: UUID, quote: str) -> None:
    """A call of this lead was read: how many seats, no budget, and an objection."""
    now = await world.now()
    fields = (
        Extraction(id=uuid4(), field="seats", value=40, evidence_turn=3, quote=quote),
        Extraction(id=uuid4(), field="budget", value=None),
    )
    reading = Reading(
        id=uuid4(),
        created_at=now,
        made_by="reader",
        outcome="not_interested",
        call_id=attempt,
        lead_id=lead,
        evidence_turn=1,
        quote="not this year",
        extractions=fields,
    )
    async with transaction(world.engine) as tx:
        await readings.store(tx, reading)


async def test_it_quotes_the_words_with_their_turn_and_whoever_is_erased_is_not_in_it(
    world: World,
) -> None:
    lead, colleague = await world.lead(), await world.lead("+12025550124")
    acme = await company(world, lead)
    await world.run("UPDATE contacts SET company_id = :company", company=acme)
    attempt = await talked(world, lead)
    await came_to(world, attempt, Outcome.TALKED)
    await heard(world, lead, attempt, "about forty of us")
    await changed(world, acme, "Software")
    await later(world, timedelta(hours=1))
    found = await read(world, colleague)
    assert found is not None
    claims = {one.part: one.claims for one in found.brief.sections}
    assert claims[Part.SAID][0].text == "Somebody, seats: 40: “about forty of us”"
    assert claims[Part.SAID][0].refs == (f"call:{attempt}#3",)
    assert claims[Part.DO_NOT_SAY][0].refs == (f"call:{attempt}#1",)
    assert claims[Part.OPEN][-1].text == "Somebody was asked and did not say: budget."

    async with transaction(world.engine) as tx:
        ctx = replace(world.ctx, marks=Marks(b"a key that nobody knows and that is long enough"))
        await erase_person(ctx, tx, "phone", "+12025550123", ROOT)

    assert await versions(world) == []
    await later(world, timedelta(0))
    found = await read(world, colleague)
    assert found is not None
    assert "forty" not in str(found.brief.sections)
