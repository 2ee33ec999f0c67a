"""What a person takes back never happens, also when it is taken back twice."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import silence, way_back
from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from orchestrator.engine.actions.consent import Allowance, grant_consent
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.duties import outward_duties
from orchestrator.engine.tick import Ticker
from outreach.errors import Rejected
from storage import idleness
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build, call, status, written

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def test_a_cancelled_follow_up_never_fires(world: World) -> None:
    lead = await world.lead()
    await world.receive(call(await world.attempt(lead), "no-answer"))

    for _ in range(2):
        async with transaction(world.engine) as tx:
            await cancel_follow_up(world.ctx, tx, lead, OPERATOR)

    row = await world.one("SELECT state, cancelled_by FROM attempts WHERE n = 2")
    assert tuple(row) == ("cancelled", "user:1")
    assert (await world.one("SELECT work, work_reason FROM leads")) == (
        "ended",
        "follow_up_cancelled",
    )
    assert len(await world.run("SELECT FROM events WHERE kind = 'attempt.cancelled'")) == 1


async def test_a_cancelled_wait_for_an_answer_plans_nothing(world: World) -> None:
    lead = await world.lead()
    await world.receive(status(await world.attempt(lead, "started", "whatsapp"), "delivered"))

    async with transaction(world.engine) as tx:
        await cancel_follow_up(world.ctx, tx, lead, OPERATOR)
    await world.move_clock(timedelta(days=4))

    assert await silence.count_silence(world.ctx) == 0
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []


async def test_an_unknown_lead_is_said_so(world: World) -> None:
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected, match="There is no lead"):
            await cancel_follow_up(world.ctx, tx, uuid4(), OPERATOR)


async def test_a_suppressed_number_takes_its_whole_person_along(world: World) -> None:
    lead = await world.lead()
    await world.attempt(lead, "planned")
    reach = Reach(source="file.txt", reason="do_not_contact", by=OPERATOR)

    now = await world.now()
    async with transaction(world.engine) as tx:
        assert await suppress_point(world.ctx, tx, "phone", "+12025550123", reach, now)
        again = await suppress_point(world.ctx, tx, "phone", "+12025550123", reach, now)
        await suppress_point(world.ctx, tx, "phone", "+12025550177", reach, now)

    assert not again
    assert (await world.one("SELECT state FROM attempts")).state == "cancelled"
    assert (await world.one("SELECT status, work FROM leads")) == ("do_not_contact", "ended")
    assert len(await world.run("SELECT FROM suppressions")) == 2


async def test_a_call_under_way_at_an_opt_out_is_followed_by_nothing(world: World) -> None:
    contact = await world.contact("+12025550123")
    running = await world.attempt(await world.lead(contact=contact), "started")
    other = await world.lead(contact=contact, campaign=await world.campaign("autumn"))
    await world.attempt(other, "started", "whatsapp")
    await world.receive(written("STOP"))
    assert (await world.one("SELECT work FROM leads WHERE id <> :id", id=other)).work == "in_flight"

    await world.receive(call(running, "no-answer"))

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert {row.work for row in await world.run("SELECT work FROM leads")} == {"ended"}


async def test_a_refusal_for_an_opt_out_at_the_provider_is_final(world: World) -> None:
    attempt = await world.attempt(
        await world.lead(), "ended", outcome="failed", undecided=True, ended_at=await world.now()
    )

    async with transaction(world.engine) as tx:
        await way_back.AFTERMATH.suppress(world.ctx, tx, attempt, "opted_out")
        await way_back.AFTERMATH.follow_up(world.ctx, tx, attempt)

    assert (await world.one("SELECT outcome FROM attempts")).outcome == "opted_out"
    assert (await world.one("SELECT status, work FROM leads")) == ("unsubscribed", "ended")


async def test_a_channel_that_is_closed_to_somebody_is_not_planned_on(world: World) -> None:
    lead = await world.lead()
    await world.run(
        "INSERT INTO suppressions (id, kind, value, scope, reason, source, created_at, created_by)"
        " SELECT id, 'phone', phone, 'voice', 'blocked', 'test', created_at, 'test' FROM leads"
    )

    await world.receive(call(await world.attempt(lead), "busy"))

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert (await world.one("SELECT work, work_reason FROM leads")) == ("blocked", "suppressed")


async def test_a_consent_lets_a_blocked_lead_be_looked_at_again(world: World) -> None:
    lead = await world.lead()
    await world.run("UPDATE leads SET work = 'blocked', work_reason = 'no_consent'")
    contact = (await world.one("SELECT contact_id FROM leads WHERE id = :id", id=lead))[0]

    async with transaction(world.engine) as tx:
        given = Allowance(basis="web form", source="user:1")
        await grant_consent(world.ctx, tx, contact, given, OPERATOR)

    assert (await world.one("SELECT recheck_at FROM leads")).recheck_at is not None


async def test_idleness_names_the_next_due_time_and_what_is_under_way(world: World) -> None:
    async def look() -> tuple[bool, bool]:
        async with transaction(world.engine) as tx:
            return await idleness.busy(tx), await idleness.next_due(tx) is not None

    assert await look() == (False, False)
    attempt = await world.attempt(await world.lead(), "started")
    assert await look() == (True, False)
    await world.receive(call(attempt, "no-answer"))
    assert await look() == (False, True)
    due = await world.one("SELECT due_at FROM attempts WHERE state = 'planned'")
    async with transaction(world.engine) as tx:
        assert await idleness.next_due(tx) == due.due_at


async def test_what_is_due_is_named_by_duties_that_there_are(world: World) -> None:
    dispatcher = Dispatcher(ctx=world.ctx, after=way_back.AFTERMATH)
    ticker = Ticker(ctx=world.ctx, dispatcher=dispatcher)
    known = {duty.name for duty in outward_duties(world.ctx, ticker, way_back.AFTERMATH)}

    named = {name for names in idleness.DUTIES.values() for name in names}

    assert named <= known | set(way_back.DUTIES)
