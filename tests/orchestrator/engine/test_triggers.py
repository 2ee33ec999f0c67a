"""A company's move starts what a trigger says: once, for a few people, by the campaign's rules."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.journeys.follow import look_daily
from orchestrator.engine.journeys.triggers import work_off
from outreach.accounts.trigger_document import Trigger
from outreach.errors import Rejected
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build
from tests.orchestrator.engine.test_journeys import company
from tests.orchestrator.engine.test_touchpoints_delivered import ANN, tell, visit

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)
ENROL = {"enrol": {"campaign": "spring", "at_most": 2, "titles": ["vp"]}}


class Crash(BaseException):
    """The process died here."""


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def triggers(world: World, then: dict[str, Any], **changes: Any) -> None:
    document = Trigger.model_validate(
        {
            "kind": "trigger",
            "name": "warm",
            "title": "Warm companies",
            "when": {"stage": "education"},
            "then": then,
            **changes,
        }
    )
    async with transaction(world.engine) as tx:
        await apply(world.ctx, tx, document, OPERATOR)


async def colleague(world: World, acme: UUID, phone: str, title: str = "") -> UUID:
    contact = await world.contact(phone)
    await world.run(
        "UPDATE contacts SET company_id = :acme, title = :title, first_name = 'Kim',"
        " country = 'US', time_zone = 'America/New_York' WHERE id = :id",
        acme=acme,
        title=title,
        id=contact,
    )
    return contact


async def leads(world: World) -> list[UUID]:
    return [row.contact_id for row in await world.run("SELECT contact_id FROM leads ORDER BY id")]


@pytest.mark.row("S0-14")
async def test_a_stage_change_brings_people_into_a_campaign_by_title(world: World) -> None:
    acme = await company(world)
    await colleague(world, acme, "+12125550101", "Accountant")
    vp = await colleague(world, acme, "+12125550102", "VP Engineering")
    await colleague(world, acme, "+12125550103", "Clerk")
    await triggers(world, ENROL)

    await tell(world, visit(email=ANN))
    await work_off(world.ctx)
    await work_off(world.ctx)

    found = await leads(world)
    assert len(found) == 2
    assert vp in found
    fired = await world.one("SELECT data FROM events WHERE kind = 'trigger.fired'")
    touchpoint = await world.one("SELECT id FROM touchpoints")
    assert fired.data["touchpoint_id"] == str(touchpoint.id)
    assert len(fired.data["leads"]) == 2


async def test_nobody_is_enrolled_without_consent_or_against_a_suppression(world: World) -> None:
    acme = await company(world)
    await colleague(world, acme, "+12125550101")
    banned = await colleague(world, acme, "+12125550102")
    await world.run(
        "INSERT INTO suppressions (id, kind, value, reason, source, created_at, created_by)"
        " VALUES (:id, 'phone', '+12125550102', 'opted_out', 'test', now(), 'test')",
        id=uuid4(),
    )
    await triggers(world, ENROL)

    await tell(world, visit(email=ANN))
    await work_off(world.ctx)

    works = await world.run("SELECT contact_id, work, work_reason FROM leads")
    assert works
    assert {row.work for row in works} <= {"blocked", "ended"}
    reasons = {row.contact_id: row.work_reason for row in works}
    assert reasons.get(banned) in (None, "suppressed")
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []


async def test_who_was_taken_out_by_a_colleague_is_not_brought_back(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    await world.run("UPDATE leads SET closed_reason = 'removed', work = 'ended'")
    await colleague(world, acme, "+12125550102")
    await triggers(world, {"enrol": {"campaign": "spring", "at_most": 1}})

    await tell(world, visit(email=ANN))
    await work_off(world.ctx)

    assert len(await leads(world)) == 1
    assert (await world.one("SELECT closed_reason FROM leads")).closed_reason == "removed"


async def test_a_company_is_left_alone_until_the_cooldown_is_over(world: World) -> None:
    await company(world)
    when = {"touchpoint": {"score": 70}}
    await triggers(world, {"task": "Ring them."}, when=when, cooldown="P10D")

    for n in range(3):
        await tell(world, visit(f"v{n}", email=ANN), key=str(n))
        await world.move_clock(timedelta(days=6))
    await work_off(world.ctx)

    fired = await world.run("SELECT FROM events WHERE kind = 'trigger.fired'")
    assert len(fired) == 2
    # The same work is asked for once, as long as nobody has done it.
    assert (await world.one("SELECT body FROM tasks")).body == "Acme: Ring them."


async def test_silence_is_noticed_by_the_daily_look(world: World) -> None:
    await company(world)
    await triggers(world, {"task": "Wake them."}, when={"silent_for": "P7D"}, cooldown="P1D")
    await tell(world, visit(email=ANN))

    for _ in range(10):
        await world.move_clock(timedelta(days=1))
        await look_daily(world.ctx)
        await work_off(world.ctx)

    assert len(await world.run("SELECT FROM events WHERE kind = 'trigger.fired'")) == 1


async def test_a_status_is_set_and_never_lowered(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    other = await world.lead("+12125550177")
    await world.run(
        "UPDATE contacts SET company_id = (SELECT id FROM companies)"
        " WHERE id = (SELECT contact_id FROM leads WHERE id = :id)",
        id=other,
    )
    await world.run("UPDATE leads SET status = 'converted' WHERE id = :id", id=other)
    await triggers(world, {"status": "engaged"})

    await tell(world, visit(email=ANN))
    await work_off(world.ctx)

    rows = await world.run("SELECT id, status FROM leads")
    assert {row.id: row.status for row in rows} == {lead: "engaged", other: "converted"}


async def test_a_process_that_dies_on_the_way_enrols_nobody_twice(world: World) -> None:
    acme = await company(world)
    for n in range(4):
        await colleague(world, acme, f"+1212555010{n}")
    await triggers(world, ENROL)
    await tell(world, visit(email=ANN))
    seam = world.ctx.seam

    def dies(step: str) -> None:
        seam(step)
        if step == "trigger enrolled":
            raise Crash

    world.ctx = replace(world.ctx, seam=dies)
    with pytest.raises(Crash):
        await work_off(world.ctx)
    world.ctx = replace(world.ctx, seam=seam)
    await work_off(world.ctx)

    assert len(await leads(world)) == 2
    assert (await world.one("SELECT state FROM trigger_firings")).state == "done"


async def test_a_trigger_into_a_campaign_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        await triggers(world, {"enrol": {"campaign": "autumn"}})

    assert refused.value.code == "unknown_campaign"
