"""A person writes: who they are, what gives way, and what "stop" means."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import replies, sending
from tests.orchestrator.engine.returning import World, build, status, written


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def test_a_stranger_becomes_a_contact_and_a_colleague_is_asked(world: World) -> None:
    await world.receive(written("Hello?", from_="+12025550199"))

    point = await world.one("SELECT kind, value, status FROM contact_points")
    assert tuple(point) == ("whatsapp", "+12025550199", "valid")
    talk = await world.one("SELECT lead_id, reply_due_at FROM conversations")
    assert tuple(talk) == (None, None)
    assert (await world.one("SELECT kind FROM tasks")).kind == "answer_message"


async def test_a_message_that_comes_twice_is_one_message(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))

    await world.receive(written("Hi"), key="a")
    await world.receive(written("Hi"), key="a")
    await world.receive(written("Hi"), key="another delivery of the same")

    assert len(await world.run("SELECT FROM messages WHERE direction = 'in'")) == 1
    assert len(await world.run("SELECT FROM inbox")) == 3


async def test_a_message_to_a_number_that_is_not_ours_is_unmatched(world: World) -> None:
    await world.run("DELETE FROM senders WHERE channel = 'whatsapp'")

    await world.receive(written("Hi"))

    assert (await world.one("SELECT status FROM inbox")).status == "unmatched"


async def test_two_messages_in_reverse_order_keep_the_newest_as_the_last(world: World) -> None:
    await world.attempt(await world.lead(), "started", "whatsapp")
    now = await world.now()
    first = written("One", "SM10", received_at=now - timedelta(seconds=20))
    second = written("Two", "SM11", received_at=now - timedelta(seconds=10))

    await world.receive(second)
    await world.receive(first)

    talk = await world.one(
        "SELECT m.body, c.window_expires_at - m.created_at AS window FROM conversations c"
        " JOIN messages m ON m.id = c.last_inbound_id"
    )
    assert (talk.body, talk.window) == ("Two", timedelta(hours=24))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("stop", "cancelled"), ("pause P2D", "planned"), ("continue", "planned")],
)
async def test_what_is_planned_gives_way_as_the_campaign_says(
    world: World, policy: str, expected: str
) -> None:
    lead = await world.lead(campaign=await world.campaign("chatty", on_reply=policy))
    sent = await world.attempt(lead, "ended", "whatsapp", outcome="delivered")
    planned = await world.attempt(lead, "planned")
    before = await world.now()

    await world.receive(written("Later, maybe"))

    row = await world.one("SELECT state, due_at FROM attempts WHERE id = :id", id=planned)
    assert row.state == expected
    moved = row.due_at >= before + timedelta(days=2)
    assert moved == (policy == "pause P2D")
    outcome = await world.one("SELECT outcome FROM attempts WHERE id = :id", id=sent)
    assert outcome.outcome == "replied"


async def test_a_promised_call_does_not_give_way(world: World) -> None:
    lead = await world.lead()
    promised = await world.attempt(lead, "planned", priority=20)

    await world.receive(written("Talk soon"))

    assert (await world.one("SELECT moved_by FROM attempts WHERE id = :id", id=promised))[0] is None


@pytest.mark.parametrize(
    "message",
    [
        written("Stop."),
        written("please stop calling me"),
        written("No thanks", button="OPT_OUT", kind="button"),
    ],
)
async def test_an_opt_out_by_word_phrase_or_button_holds_in_all_campaigns(
    world: World, message: object
) -> None:
    contact = await world.contact("+12025550123")
    await world.attempt(await world.lead(contact=contact), "started", "whatsapp")
    other = await world.lead(contact=contact, campaign=await world.campaign("autumn"))
    await world.attempt(other, "planned")
    await world.receive(written("Hm", "SM1"))
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)

    await world.receive(message)  # type: ignore[arg-type]
    await world.receive(message, key="again")  # type: ignore[arg-type]
    await sending.send_composed(world.ctx)

    assert world.chat.tried == []
    assert await world.run("SELECT FROM attempts WHERE state NOT IN ('ended', 'cancelled')") == []
    found = await world.run("SELECT status, work FROM leads")
    assert set(found) == {("unsubscribed", "ended")}
    assert len(await world.run("SELECT FROM suppressions")) == 1
    assert len(await world.run("SELECT FROM consents WHERE state = 'revoked'")) == 1
    due = await world.one("SELECT reply_due_at, no_reply_due_at, read_due_at FROM conversations")
    assert tuple(due) == (None, None, None)


async def test_who_opted_out_and_writes_again_is_answered_by_a_person(world: World) -> None:
    await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(written("STOP", "SM1"))

    await world.receive(written("Actually, what was it about?", "SM2"))

    assert (await world.one("SELECT reply_due_at FROM conversations"))[0] is None
    assert (await world.one("SELECT kind FROM tasks")).kind == "answer_message"
    assert (await world.one("SELECT status FROM leads")).status == "unsubscribed"
