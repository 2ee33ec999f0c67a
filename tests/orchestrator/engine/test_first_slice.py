"""Reports end attempts, answers are sent, opt-outs are final: the way back in one walk."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import replies, sending
from tests.orchestrator.engine.returning import World, build, call, status, written


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def test_an_unanswered_call_is_followed_by_a_planned_attempt(world: World) -> None:
    lead = await world.lead()
    attempt = await world.attempt(lead)

    for word in ("initiated", "ringing", "no-answer"):
        await world.receive(call(attempt, word))

    ended = await world.one("SELECT * FROM attempts WHERE id = :id", id=attempt)
    planned = await world.one("SELECT * FROM attempts WHERE state = 'planned'")
    assert (ended.state, ended.outcome, ended.undecided) == ("ended", "no_answer", False)
    assert (planned.rule_id, planned.channel) == ("noans", "voice")
    assert planned.due_at >= ended.ended_at + timedelta(hours=2)
    found = await world.one("SELECT work, status FROM leads")
    assert (found.work, found.status) == ("planned", "attempting")
    assert await world.run("SELECT FROM inbox WHERE status <> 'applied'") == []


async def test_a_message_is_answered_once_it_has_settled(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Tell me more"))
    assert await replies.answer_due(world.ctx) == 0
    await world.move_clock(timedelta(seconds=9))

    assert await replies.answer_due(world.ctx) == 1
    await sending.send_composed(world.ctx)

    (taken,) = world.chat.taken
    assert taken.order.content.body == "Happy to help."
    sent = await world.one("SELECT * FROM messages WHERE kind = 'text' AND direction = 'out'")
    assert (sent.state, sent.provider_ref) == ("sent", taken.ref)
    ended = await world.one("SELECT * FROM attempts WHERE id = :id", id=attempt)
    assert (ended.state, ended.outcome) == ("ended", "replied")
    assert (await world.one("SELECT work FROM leads")).work == "waiting"


async def test_an_opt_out_by_word_cancels_everything_for_that_person(world: World) -> None:
    contact = await world.contact("+12025550123")
    other = await world.campaign("autumn")
    first = await world.lead(contact=contact)
    second = await world.lead(contact=contact, campaign=other)
    attempt = await world.attempt(first, "started", "whatsapp")
    planned = await world.attempt(second, "planned")

    await world.receive(written("STOP"))

    states = {row.id: row.state for row in await world.run("SELECT id, state FROM attempts")}
    assert states == {attempt: "ended", planned: "cancelled"}
    leads = await world.run("SELECT status, work FROM leads")
    assert {(row.status, row.work) for row in leads} == {("unsubscribed", "ended")}
    assert len(await world.run("SELECT FROM suppressions")) == 1
    await world.move_clock(timedelta(minutes=5))
    assert await replies.answer_due(world.ctx) == 0
