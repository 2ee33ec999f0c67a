"""An answer leaves once, only if nothing has changed since, and never twice."""

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.model import Answer, ModelUnavailable
from channels.base import Refused, Unavailable
from channels.fake import Fail, Lose
from orchestrator.engine import replies, sending
from orchestrator.engine.actions import stop
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.take_over import give_back, take_over, write
from orchestrator.engine.calendar import reopen
from outreach.errors import Rejected
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build, status, tool, written

REP = Actor(name="user:7", role=Role.REP)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    """Somebody has written, and it is time to answer."""
    world = await build(engine, tmp_path)
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Tell me more", "SM20"))
    await world.move_clock(timedelta(seconds=9))
    return world


async def ours(world: World) -> list[tuple[str, str]]:
    """Our answers, oldest first: what they say and how far they came."""
    rows = await world.run(
        "SELECT body, state FROM messages WHERE direction = 'out' AND kind = 'text'"
        " ORDER BY created_at"
    )
    return [tuple(row) for row in rows]


async def lease_runs_out(world: World) -> None:
    await world.run(
        "UPDATE messages SET lease_until = now() - interval '1 s'"
        " WHERE state IN ('sending', 'unsure') AND attempt_id IS NULL"
    )


async def talk_id(world: World) -> UUID:
    found: UUID = (await world.one("SELECT id FROM conversations")).id
    return found


async def test_each_further_message_moves_the_answer(world: World) -> None:
    await world.receive(written("And the price?", "SM21"))
    assert await replies.answer_due(world.ctx) == 0

    await world.move_clock(timedelta(seconds=9))
    assert await replies.answer_due(world.ctx) == 1

    said = [message.content for message in world.model.asked[0] if message.role == "user"]
    assert said == ["Tell me more", "And the price?"]


async def test_a_message_while_the_model_thinks_makes_its_answer_old(world: World) -> None:
    async def another() -> None:
        await world.receive(written("Wait, one more thing", "SM21"))

    world.model.meanwhile = another
    await replies.answer_due(world.ctx)
    assert await ours(world) == []

    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)

    assert await ours(world) == [("Happy to help.", "sent")]


async def test_a_click_while_the_model_thinks_wins(world: World) -> None:
    async def taken() -> None:
        async with transaction(world.engine) as tx:
            await take_over(world.ctx, tx, await talk_id(world), REP)

    world.model.meanwhile = taken
    await replies.answer_due(world.ctx)

    assert await ours(world) == []
    assert await replies.answer_due(world.ctx) == 0


async def test_a_click_cancels_what_was_composed(world: World) -> None:
    await replies.answer_due(world.ctx)

    async with transaction(world.engine) as tx:
        await write(world.ctx, tx, await talk_id(world), "Hello, this is Kim.", REP)
    await sending.send_composed(world.ctx)

    assert await ours(world) == [("Happy to help.", "cancelled"), ("Hello, this is Kim.", "sent")]
    assert [one.order.content.body for one in world.chat.taken] == ["Hello, this is Kim."]  # type: ignore[union-attr]


async def test_given_back_the_agent_answers_the_next_message(world: World) -> None:
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, await talk_id(world), REP)
        await give_back(world.ctx, tx, await talk_id(world), REP)
    assert await replies.answer_due(world.ctx) == 0

    await world.receive(written("Still there?", "SM21"))
    await world.move_clock(timedelta(seconds=9))

    assert await replies.answer_due(world.ctx) == 1


async def test_a_viewer_takes_no_conversation(world: World) -> None:
    viewer = Actor(name="user:8", role=Role.VIEWER)
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected):
            await take_over(world.ctx, tx, await talk_id(world), viewer)


async def test_two_processes_answer_once(world: World) -> None:
    other = replace(world.ctx, process_id=uuid4())

    counts = await asyncio.gather(replies.answer_due(world.ctx), replies.answer_due(other))
    await asyncio.gather(sending.send_composed(world.ctx), sending.send_composed(other))

    assert sorted(counts) == [0, 1]
    assert len(world.chat.taken) == 1


async def test_a_process_that_lost_its_lease_says_nothing(world: World) -> None:
    async def another_process() -> None:
        await world.run("UPDATE conversations SET reply_lease_until = now() - interval '1 s'")
        await replies.answer_due(replace(world.ctx, process_id=uuid4()))

    world.model.meanwhile = another_process
    await replies.answer_due(world.ctx)

    assert await ours(world) == [("Happy to help.", "composed")]


async def test_an_opt_out_that_the_agent_hears_is_final(world: World) -> None:
    world.model.answers = [tool("do_not_contact", words="leave me alone"), Answer(text="Sorry.")]

    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)

    assert world.chat.taken == []
    assert (await world.one("SELECT status, work FROM leads")) == ("unsubscribed", "ended")


async def test_a_call_that_the_agent_promises_is_planned_at_their_hour(world: World) -> None:
    world.model.answers = [
        tool("schedule_callback", when="tomorrow at three"),
        Answer(text="We will call."),
    ]

    await replies.answer_due(world.ctx)

    planned = await world.one("SELECT * FROM attempts WHERE state = 'planned'")
    assert (planned.channel, planned.priority, planned.exempt_from_caps) == ("voice", 20, True)
    assert planned.due_at.isoformat() == "2031-03-05T20:00:00+00:00"
    told = [message.content for message in world.model.asked[1] if message.role == "tool"]
    assert told == ["We call on Wednesday, 5 March at 15:00, their time."]


async def test_a_promise_opens_a_completed_campaign_again(world: World) -> None:
    await world.run("UPDATE campaigns SET status = 'completed'")
    world.model.answers = [tool("schedule_callback", when="tomorrow at ten"), Answer(text="Fine.")]

    await replies.answer_due(world.ctx)
    assert await reopen(world.ctx) == 1

    assert (await world.one("SELECT status FROM campaigns")).status == "running"


async def test_without_a_model_a_colleague_is_asked_in_the_end(world: World) -> None:
    world.ctx = replace(world.ctx, model=None)

    for _ in range(6):
        await replies.answer_due(world.ctx)
        await world.move_clock(timedelta(minutes=6))

    assert (await world.one("SELECT kind FROM tasks")).kind == "answer_message"
    assert await replies.answer_due(world.ctx) == 0


async def test_a_model_that_fails_is_asked_again_later(world: World) -> None:
    async def fails() -> None:
        raise ModelUnavailable("overloaded")

    world.model.meanwhile = fails
    await replies.answer_due(world.ctx)
    assert await replies.answer_due(world.ctx) == 0

    await world.move_clock(timedelta(seconds=6))
    assert await replies.answer_due(world.ctx) == 1
    assert len(await ours(world)) == 1


async def test_nothing_leaves_while_the_operator_has_stopped_everything(world: World) -> None:
    await replies.answer_due(world.ctx)
    await world.run("UPDATE operator_stop SET stopped = true")

    await sending.send_composed(world.ctx)

    assert world.chat.tried == []


async def test_after_the_window_a_colleague_is_asked_instead(world: World) -> None:
    await replies.answer_due(world.ctx)
    await world.move_clock(timedelta(hours=24))

    await sending.send_composed(world.ctx)

    assert world.chat.tried == []
    assert await ours(world) == [("Happy to help.", "cancelled")]
    assert len(await world.run("SELECT FROM tasks")) == 1


async def test_what_may_have_left_is_looked_up_and_never_sent_again(world: World) -> None:
    world.chat.script = deque([Lose(taken=True)])
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    assert await ours(world) == [("Happy to help.", "unsure")]

    await sending.send_composed(world.ctx)
    await world.run(
        "UPDATE messages SET lease_until = now() - interval '1 s' WHERE state = 'unsure'"
    )
    await sending.look_up_lost(world.ctx)

    assert await ours(world) == [("Happy to help.", "sent")]
    assert len(world.chat.tried) == 1


async def test_what_never_left_is_given_to_a_colleague_after_several_looks(world: World) -> None:
    world.chat.script = deque([Lose(taken=False)])
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)

    for _ in range(3):
        await world.run(
            "UPDATE messages SET lease_until = now() - interval '1 s',"
            " inquiry = inquiry || jsonb_build_object('absent_since', now() - interval '2 min')"
            " WHERE state = 'unsure'"
        )
        assert await ours(world) == [("Happy to help.", "unsure")]
        await sending.look_up_lost(world.ctx)

    assert await ours(world) == [("Happy to help.", "failed")]
    assert len(world.chat.tried) == 1
    assert len(await world.run("SELECT FROM tasks")) == 1


async def test_a_crash_between_commit_and_send_sends_nothing_twice(world: World) -> None:
    def crash(step: str) -> None:
        if step == "message_answered":
            raise RuntimeError("killed")

    await replies.answer_due(world.ctx)
    with pytest.raises(RuntimeError):
        await sending.send_composed(replace(world.ctx, seam=crash))
    await sending.send_composed(world.ctx)
    await world.run(
        "UPDATE messages SET lease_until = now() - interval '1 s' WHERE state = 'sending'"
    )

    await sending.look_up_lost(world.ctx)

    assert await ours(world) == [("Happy to help.", "sent")]
    assert len(world.chat.tried) == 1


async def test_a_provider_that_is_not_there_is_tried_again(world: World) -> None:
    world.chat.script = deque([Fail(Unavailable("down", timedelta(seconds=0)))])
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    assert await ours(world) == [("Happy to help.", "composed")]

    await world.run("UPDATE messages SET lease_until = NULL WHERE state = 'composed'")
    await sending.send_composed(world.ctx)

    assert await ours(world) == [("Happy to help.", "sent")]


async def test_a_refusal_because_they_opted_out_there_holds_here(world: World) -> None:
    world.chat.script = deque([Fail(Refused("opted_out", "lead", "21610", suppress=True))])
    await replies.answer_due(world.ctx)

    await sending.send_composed(world.ctx)

    assert (await world.one("SELECT status FROM leads")).status == "unsubscribed"
    assert await ours(world) == [("Happy to help.", "failed")]


async def test_an_answer_that_was_picked_already_stays_here_once_everything_is_stopped(
    world: World,
) -> None:
    operator = Actor(name="user:1", role=Role.OPERATOR)
    await replies.answer_due(world.ctx)
    picked: UUID = (await world.one("SELECT id FROM messages WHERE state = 'composed'")).id
    async with transaction(world.engine) as tx:
        await stop.stop(tx, operator)

    await sending.send(world.ctx, picked)

    assert await ours(world) == [("Happy to help.", "composed")]
    async with transaction(world.engine) as tx:
        await stop.resume_all(tx, operator)
    await sending.send(world.ctx, picked)
    assert await ours(world) == [("Happy to help.", "sent")]


async def test_nobody_begins_to_answer_while_everything_is_stopped(world: World) -> None:
    async with transaction(world.engine) as tx:
        await stop.stop(tx, Actor(name="user:1", role=Role.OPERATOR))

    assert await replies.answer_due(world.ctx) == 0
    assert world.model.asked == []
