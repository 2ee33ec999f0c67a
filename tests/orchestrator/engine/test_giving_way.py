"""Somebody gets in touch, books or takes their consent back: what was planned gives way at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.tools import ScheduleCallback
from orchestrator.engine import call_reading, silence
from orchestrator.engine.actions.consent import Allowance, grant_consent, revoke_consent
from orchestrator.engine.actions.correct_outcome import Correction, correct_outcome
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.take_over import give_back, take_over
from orchestrator.engine.agent_tools import BoundTools
from orchestrator.engine.recover import return_claimed
from orchestrator.engine.replan import unblock
from outreach.outcome import Outcome
from outreach.reports import CallReceived, Report
from storage.database import transaction
from tests.orchestrator.engine.returning import (
    VOICE_SENDER,
    World,
    build,
    call,
    status,
    written,
)
from tests.orchestrator.engine.test_readings import TALK, reading, talked

REP = Actor(name="user:1", role=Role.REP)
OPERATOR = Actor(name="user:2", role=Role.OPERATOR)
PERSON = "+12025550123"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


def rings() -> CallReceived:
    return CallReceived(call_id=uuid4(), provider_ref="CA77", from_=PERSON, to=VOICE_SENDER)


TOUCHES = {"reply": lambda: written("Hello, who is this please?"), "call": rings}


async def planned(world: World, on_reply: str, channel: str) -> UUID:
    """A lead that was written to and called, with another step planned; returns that one."""
    campaign = await world.campaign(f"on-{on_reply.split()[0]}", on_reply=on_reply)
    lead = await world.lead(campaign=campaign)
    message = await world.attempt(lead, "started", "whatsapp")
    await world.receive(status(message, "delivered"))
    ended = {"outcome": "no_answer", "ended_at": await world.now()}
    await world.attempt(lead, "ended", "voice", **ended)
    await world.run("UPDATE leads SET work = 'planned'")
    return await world.attempt(lead, "planned", channel)


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize("channel", ["voice", "whatsapp"])
@pytest.mark.parametrize("state", ["planned", "claimed"])
class TestWhatIsPlanned:
    async def test_stops_where_the_campaign_says_stop(
        self, world: World, touch: str, channel: str, state: str
    ) -> None:
        attempt = await planned(world, "stop", channel)
        await world.run("UPDATE attempts SET state = :s WHERE id = :id", s=state, id=attempt)

        await world.receive(TOUCHES[touch]())

        row = await world.one("SELECT state, cancel_reason FROM attempts WHERE id = :i", i=attempt)
        assert tuple(row) == ("cancelled", "replied" if touch == "reply" else "called_us")
        assert (await world.one("SELECT work FROM leads")).work == (
            "waiting" if touch == "reply" else "ended"
        )
        silence = await world.one("SELECT no_reply_due_at FROM conversations")
        assert silence.no_reply_due_at is None

    async def test_pauses_where_the_campaign_says_pause(
        self, world: World, touch: str, channel: str, state: str
    ) -> None:
        attempt = await planned(world, "pause P2D", channel)
        await world.run("UPDATE attempts SET state = :s WHERE id = :id", s=state, id=attempt)

        await world.receive(TOUCHES[touch]())

        row = await world.one(
            "SELECT state, moved_by, due_at, claimed_by FROM attempts WHERE id = :i", i=attempt
        )
        assert tuple(row)[:2] == ("planned", "replied" if touch == "reply" else "called_us")
        assert row.due_at >= await world.now() + timedelta(days=2) - timedelta(seconds=5)
        assert row.claimed_by is None
        assert (await world.one("SELECT work FROM leads")).work == "planned"

    async def test_stays_where_the_campaign_says_continue(
        self, world: World, touch: str, channel: str, state: str
    ) -> None:
        attempt = await planned(world, "continue", channel)
        await world.run("UPDATE attempts SET state = :s WHERE id = :id", s=state, id=attempt)
        before = await world.one("SELECT state, due_at FROM attempts WHERE id = :i", i=attempt)

        await world.receive(TOUCHES[touch]())

        after = await world.one("SELECT state, due_at FROM attempts WHERE id = :i", i=attempt)
        assert after == before


@pytest.mark.parametrize("touch", TOUCHES)
async def test_what_was_promised_stands(world: World, touch: str) -> None:
    attempt = await planned(world, "stop", "voice")
    await world.run("UPDATE attempts SET priority = 20 WHERE id = :id", id=attempt)

    await world.receive(TOUCHES[touch]())

    row = await world.one("SELECT state FROM attempts WHERE id = :id", id=attempt)
    assert row.state == "planned"


@pytest.mark.parametrize("touch", TOUCHES)
async def test_what_is_under_way_goes_on(world: World, touch: str) -> None:
    attempt = await planned(world, "stop", "voice")
    await world.run("UPDATE attempts SET state = 'live' WHERE id = :id", id=attempt)
    await world.run("UPDATE leads SET work = 'in_flight'")

    await world.receive(TOUCHES[touch]())

    row = await world.one("SELECT state FROM attempts WHERE id = :id", id=attempt)
    assert row.state == "live"
    assert (await world.one("SELECT work FROM leads")).work == "in_flight"


async def test_a_call_pauses_the_counting_of_silence(world: World) -> None:
    campaign = await world.campaign("pausing", on_reply="pause P5D")
    message = await world.attempt(await world.lead(campaign=campaign), "started", "whatsapp")
    await world.receive(status(message, "delivered"))

    await world.receive(rings())

    talk = await world.one("SELECT no_reply_due_at FROM conversations")
    assert talk.no_reply_due_at >= await world.now() + timedelta(days=5) - timedelta(seconds=5)
    assert tuple(await world.one("SELECT work, work_reason FROM leads")) == ("waiting", "reply")


async def test_a_call_that_is_reported_twice_parks_once(world: World) -> None:
    await planned(world, "pause P2D", "voice")
    ring: Report = rings()

    await world.receive(ring, "one")
    await world.receive(ring, "two")

    moved = await world.run("SELECT FROM events WHERE kind = 'attempt.moved'")
    assert len(moved) == 1


@pytest.mark.parametrize("channel", ["voice", "whatsapp"])
async def test_a_booking_that_was_read_stops_everything(world: World, channel: str) -> None:
    booked_again = [
        {
            "id": "sold",
            "when": {"outcome": "meeting_booked"},
            "then": {"retry": {"after": ["P1D"], "max": 3}, "notify": "owner"},
        }
    ]
    await world.run(
        "UPDATE documents SET body = jsonb_set(body, '{rules}', cast(:rules AS jsonb))"
        " WHERE kind = 'campaign'",
        rules=json.dumps(booked_again),
    )
    world.model.reading = reading("meeting_booked", 2, "a demo next week sounds good")
    attempt = await talked(world, TALK)
    lead = (await world.one("SELECT id FROM leads")).id
    await world.attempt(lead, "planned", channel, priority=20)

    await call_reading.read_call(world.ctx, str(attempt))

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("qualified", "ended")
    assert (await world.one("SELECT kind FROM tasks")).kind == "notify"


async def test_a_booking_that_a_colleague_made_stops_everything(world: World) -> None:
    first = await world.attempt(await world.lead())
    await world.receive(call(first, "no-answer"))

    async with transaction(world.engine) as tx:
        booked = Correction(outcome=Outcome.MEETING_BOOKED)
        await correct_outcome(world.ctx, tx, first, booked, REP)

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("qualified", "ended")


async def revoke(world: World, **where: str) -> None:
    contact = (await world.one("SELECT id FROM contacts")).id
    async with transaction(world.engine) as tx:
        said = Allowance(basis="withdrawn", source="user:1", **where)
        await revoke_consent(world.ctx, tx, contact, said, REP)


async def grant(world: World) -> None:
    contact = (await world.one("SELECT id FROM contacts")).id
    async with transaction(world.engine) as tx:
        said = Allowance(basis="web form", source="user:2")
        await grant_consent(world.ctx, tx, contact, said, OPERATOR)


@pytest.mark.parametrize("state", ["planned", "claimed"])
async def test_a_withdrawn_consent_takes_back_plans_and_a_new_one_brings_them_again(
    world: World, state: str
) -> None:
    lead = await world.lead()
    await grant(world)
    await world.attempt(lead, state, "voice", rule_id="noans", reason="retry")
    await world.run("UPDATE leads SET work = 'planned'")

    await revoke(world)

    row = await world.one("SELECT state, cancelled_by, cancel_reason FROM attempts")
    assert tuple(row) == ("cancelled", "user:1", "consent_revoked")
    work = await world.one("SELECT work, work_reason, recheck_at FROM leads")
    assert tuple(work) == ("blocked", "consent_revoked", None)

    await grant(world)
    assert await unblock(world.ctx) == 1
    again = await world.one("SELECT channel, reason, rule_id FROM attempts WHERE state = 'planned'")
    assert tuple(again) == ("voice", "retry", "noans")


async def test_a_withdrawn_consent_takes_back_the_answer_that_waits(world: World) -> None:
    message = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(message, "delivered"))
    await world.receive(written("Please do not use my data."))
    assert (await world.one("SELECT reply_due_at FROM conversations")).reply_due_at is not None

    await revoke(world)

    talk = await world.one("SELECT reply_due_at, no_reply_due_at FROM conversations")
    assert tuple(talk) == (None, None)
    assert tuple(await world.one("SELECT work, work_reason FROM leads")) == (
        "blocked",
        "consent_revoked",
    )


@pytest.mark.parametrize(("channel", "state"), [("voice", "planned"), ("whatsapp", "cancelled")])
async def test_a_withdrawal_for_one_channel_leaves_the_other(
    world: World, channel: str, state: str
) -> None:
    await world.attempt(await world.lead(), "planned", channel)
    await grant(world)

    await revoke(world, channel="whatsapp")

    assert (await world.one("SELECT state FROM attempts")).state == state


async def test_a_withdrawal_for_another_purpose_leaves_the_plan(world: World) -> None:
    await world.attempt(await world.lead(), "planned")
    await grant(world)

    await revoke(world, purpose="marketing")

    assert (await world.one("SELECT state FROM attempts")).state == "planned"


async def test_a_conversation_that_is_given_back_goes_on_by_the_rules(world: World) -> None:
    message = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(message, "delivered"))
    talk = (await world.one("SELECT id FROM conversations")).id
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, talk, REP)
    await world.move_clock(timedelta(days=3))
    assert await silence.count_silence(world.ctx) == 0

    async with transaction(world.engine) as tx:
        await give_back(world.ctx, tx, talk, REP)
    await world.move_clock(timedelta(days=2, minutes=1))
    assert await silence.count_silence(world.ctx) == 1

    row = await world.one("SELECT channel, rule_id FROM attempts WHERE state = 'planned'")
    assert tuple(row) == ("voice", "norep")


async def test_a_callback_replaces_what_has_just_been_claimed(world: World) -> None:
    """Else giving the claim back would plan a second attempt, and fail for everybody beside it."""
    lead = await world.lead()
    other = await world.attempt(await world.lead("+12025550124"), "claimed", lease_until=LONG_AGO)
    claimed = await world.attempt(lead, "claimed", lease_until=LONG_AGO)
    tools = BoundTools(ctx=world.ctx, lead_id=lead, contact_id=uuid4(), source="conversation:1")

    assert (await tools.use(ScheduleCallback(when="tomorrow at three"))).done
    assert await return_claimed(world.ctx) == 1

    states = await world.run("SELECT id, state FROM attempts ORDER BY n, state")
    assert {row.id: row.state for row in states if row.id in (other, claimed)} == {
        claimed: "cancelled",
        other: "planned",
    }
    [promised] = [row for row in states if row.id not in (other, claimed)]
    assert promised.state == "planned"
    assert (await world.one("SELECT work FROM leads WHERE id = :id", id=lead)).work == "planned"
