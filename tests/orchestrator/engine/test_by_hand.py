"""A colleague writes, gives away, puts off and resolves; the machine keeps out of the way."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.base import MessageOrder, TemplateContent
from orchestrator.engine import replies, sending
from orchestrator.engine.actions.accounts import NewUser, add_user
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.set_aside import reopen, resolve, snooze
from orchestrator.engine.actions.take_over import assign, give_back, take_over, write
from orchestrator.engine.actions.write_template import write_template
from orchestrator.engine.coming_back import bring_back
from outreach.errors import Rejected
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build, status, written

KIM = Actor(name="user:7", role=Role.REP)
VIEWER = Actor(name="user:8", role=Role.VIEWER)
OWNER = Actor(name="test", role=Role.OWNER)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    """Somebody has written; a template is approved, another one is not."""
    world = await build(engine, tmp_path)
    lead = await world.lead()
    attempt = await world.attempt(lead, "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Tell me more", "SM20"))
    await world.move_clock(timedelta(seconds=9))
    for name, sid, text, variable in (
        ("again", "HX" + "0" * 32, "Hello {{1}}, still interested?", "{{ first_name }}"),
        ("firm", "HX" + "1" * 32, "How is {{1}} doing?", "{{ company }}"),
        ("draft", None, "Hello {{1}}", "{{ first_name }}"),
    ):
        body = {"kind": "template", "name": name, "category": "utility", "content_sid": sid}
        body |= {"body": text, "variables": {"1": variable}}
        await world.run(
            "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
            " VALUES ('template', :name, 1, cast(:body AS jsonb), clock_timestamp(), 'test')",
            name=name,
            body=json.dumps(body),
        )
    contact = (await world.one("SELECT contact_id FROM leads")).contact_id
    await world.run(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
        " recorded_at, recorded_by) VALUES (:id, :contact, 'granted', 'any', 'any',"
        " 'express_written', 'test', clock_timestamp(), 'test')",
        id=uuid4(),
        contact=contact,
    )
    return world


async def talk(world: World) -> UUID:
    found: UUID = (await world.one("SELECT id FROM conversations")).id
    return found


async def kim_writes(world: World, body: str = "Kim here.", once: UUID | None = None) -> UUID:
    async with transaction(world.engine) as tx:
        return await write(world.ctx, tx, await talk(world), body, KIM, once=once)


async def kim_sends(world: World, template: str) -> UUID:
    async with transaction(world.engine) as tx:
        return await write_template(world.ctx, tx, await talk(world), template, KIM)


async def killed_while_writing(world: World) -> None:
    async with transaction(world.engine) as tx:
        await write(world.ctx, tx, await talk(world), "Kim here.", KIM)
        raise RuntimeError("killed")


def orders(world: World) -> list[str]:
    taken = [one.order for one in world.chat.taken]
    return [one.content.body for one in taken if isinstance(one, MessageOrder)]


async def test_two_messages_of_a_colleague_leave_in_the_order_in_which_they_were_written(
    world: World,
) -> None:
    first, second = await kim_writes(world, "One"), await kim_writes(world, "Two")

    # Whoever is asked to send the younger one alone leaves it where it is.
    await sending.send(world.ctx, second)
    assert orders(world) == []
    await sending.send(world.ctx, first)
    await sending.send(world.ctx, second)

    assert orders(world) == ["One", "Two"]


async def test_a_form_that_is_sent_twice_writes_once(world: World) -> None:
    once = uuid4()

    assert await kim_writes(world, once=once) == await kim_writes(world, once=once) == once
    await sending.send_composed(world.ctx)

    assert orders(world) == ["Kim here."]


@pytest.mark.parametrize("template", [None, "again"])
async def test_a_crash_while_a_colleagues_message_leaves_sends_nothing_twice(
    world: World, template: str | None
) -> None:
    def crash(step: str) -> None:
        if step == "message_answered":
            raise RuntimeError("killed")

    await (kim_writes(world) if template is None else kim_sends(world, template))
    with pytest.raises(RuntimeError, match="killed"):
        await sending.send_composed(replace(world.ctx, seam=crash))
    await world.run(
        "UPDATE messages SET lease_until = clock_timestamp() - interval '1 s'"
        " WHERE state = 'sending'"
    )
    await sending.send_composed(world.ctx)
    await sending.look_up_lost(world.ctx)

    (message,) = await world.run("SELECT state FROM messages WHERE author = 'user:7'")
    assert (message.state, len(world.chat.tried)) == ("sent", 1)


async def test_nobody_writes_under_the_id_of_a_strange_message(world: World) -> None:
    theirs: UUID = (await world.one("SELECT id FROM messages WHERE direction = 'in'")).id

    with pytest.raises(Rejected) as refused:
        await kim_writes(world, once=theirs)

    assert refused.value.code == "bad_message"


async def test_writing_cancels_answers_and_follow_ups_in_one_transaction(world: World) -> None:
    await replies.answer_due(world.ctx)
    lead = (await world.one("SELECT id FROM leads")).id
    await world.attempt(lead, "planned")

    with pytest.raises(RuntimeError, match="killed"):
        await killed_while_writing(world)
    kept = await world.run("SELECT state FROM messages WHERE author = 'agent' AND kind = 'text'")
    assert [row.state for row in kept] == ["composed"]

    await kim_writes(world)

    rows = await world.run("SELECT author, state FROM messages WHERE kind = 'text' ORDER BY id")
    assert {tuple(row) for row in rows if row.author != "person"} == {
        ("agent", "cancelled"),
        ("user:7", "composed"),
    }
    assert await world.run("SELECT id FROM attempts WHERE state = 'planned'") == []
    assert (await world.one("SELECT handler, assignee FROM conversations")) == ("human", "user:7")


async def test_a_colleague_who_writes_has_done_the_task_to_answer(world: World) -> None:
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, await talk(world), KIM)
    await world.receive(written("Are you there?", "SM21"))
    assert len(await world.run("SELECT id FROM tasks WHERE done_at IS NULL")) == 1

    await kim_writes(world)

    assert await world.run("SELECT id FROM tasks WHERE done_at IS NULL") == []


async def test_after_the_window_a_template_says_the_leads_values(world: World) -> None:
    await world.move_clock(timedelta(hours=25))
    with pytest.raises(Rejected, match="24 hours"):
        await kim_writes(world)

    await kim_sends(world, "again")
    await sending.send_composed(world.ctx)

    (taken,) = world.chat.taken
    assert isinstance(taken.order, MessageOrder)
    assert taken.order.content == TemplateContent(
        content_sid="HX" + "0" * 32, variables={"1": "Sam"}, body="Hello Sam, still interested?"
    )
    assert (await world.one("SELECT handler FROM conversations")).handler == "human"


@pytest.mark.parametrize(
    ("template", "code"),
    [("firm", "missing_variable"), ("draft", "unknown_template"), ("none", "unknown_template")],
)
async def test_a_template_that_cannot_be_sent_is_refused_before_it_is_written(
    world: World, template: str, code: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await kim_sends(world, template)

    assert refused.value.code == code
    assert await world.run("SELECT id FROM messages WHERE author = 'user:7'") == []


async def test_no_template_is_begun_in_the_night(world: World) -> None:
    await world.move_clock(timedelta(hours=38))

    with pytest.raises(Rejected) as refused:
        await kim_sends(world, "again")

    assert refused.value.code == "outside_window"


async def test_a_template_that_waited_until_the_night_does_not_leave(world: World) -> None:
    await kim_sends(world, "again")
    await world.move_clock(timedelta(hours=12))

    await sending.send_composed(world.ctx)

    assert orders(world) == []
    state = (await world.one("SELECT state FROM messages WHERE author = 'user:7'")).state
    assert state == "cancelled"
    assert len(await world.run("SELECT id FROM tasks WHERE done_at IS NULL")) == 1


async def test_after_an_opt_out_nobody_writes_neither_text_nor_template(world: World) -> None:
    await kim_writes(world)
    await world.receive(written("STOP", "SM21"))
    await sending.send_composed(world.ctx)

    assert orders(world) == []
    with pytest.raises(Rejected, match="suppression"):
        await kim_writes(world)
    with pytest.raises(Rejected, match="suppression"):
        await kim_sends(world, "again")


async def test_what_a_colleague_leaves_alone_goes_back_to_the_agent_who_knows_what_was_said(
    world: World,
) -> None:
    await kim_writes(world, "The demo takes an hour.")
    await sending.send_composed(world.ctx)
    await world.move_clock(timedelta(hours=3, minutes=50))
    await kim_writes(world, "Are you interested?")
    await sending.send_composed(world.ctx)
    # Who writes keeps it: four hours count from their last word.
    await world.move_clock(timedelta(hours=1))
    assert await bring_back(world.ctx) == 0

    await world.move_clock(timedelta(hours=3, minutes=1))
    assert await bring_back(world.ctx) == 1
    assert (await world.one("SELECT handler, assignee FROM conversations")) == ("agent", None)
    await world.receive(written("Yes, go on", "SM21"))
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)

    said = [(one.role, one.content) for one in world.model.asked[-1][-4:]]
    assert said == [
        ("user", "Tell me more"),
        ("assistant", "The demo takes an hour."),
        ("assistant", "Are you interested?"),
        ("user", "Yes, go on"),
    ]


async def test_a_colleague_who_takes_it_again_meanwhile_keeps_it(world: World) -> None:
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, await talk(world), KIM)
    await world.move_clock(timedelta(hours=5))
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, await talk(world), KIM)

    await bring_back(world.ctx)

    assert (await world.one("SELECT handler FROM conversations")).handler == "human"


async def test_a_conversation_is_given_to_somebody_who_may_answer(world: World) -> None:
    users = {}
    for role in (Role.REP, Role.VIEWER):
        wanted = NewUser(
            email=f"{role.name.lower()}@example.com", name="Lee", role=role, password_hash=None
        )
        async with transaction(world.engine) as tx:
            users[role] = (await add_user(world.ctx, tx, wanted, OWNER)).id

    async with transaction(world.engine) as tx:
        await assign(world.ctx, tx, await talk(world), users[Role.REP], KIM)
    with pytest.raises(Rejected) as refused:
        async with transaction(world.engine) as tx:
            await assign(world.ctx, tx, await talk(world), users[Role.VIEWER], KIM)

    assert refused.value.code == "no_colleague"
    row = await world.one("SELECT handler, assignee FROM conversations")
    assert row == ("human", f"user:{users[Role.REP]}")


async def test_what_is_put_off_comes_back_in_time_and_with_the_persons_next_word(
    world: World,
) -> None:
    async with transaction(world.engine) as tx:
        await snooze(world.ctx, tx, await talk(world), timedelta(hours=1), KIM)
    await world.move_clock(timedelta(minutes=59))
    assert await bring_back(world.ctx) == 0
    await world.move_clock(timedelta(minutes=2))
    assert await bring_back(world.ctx) == 1
    assert (await world.one("SELECT snoozed_until FROM conversations")).snoozed_until is None

    async with transaction(world.engine) as tx:
        await snooze(world.ctx, tx, await talk(world), timedelta(hours=1), KIM)
    await world.receive(written("One more thing", "SM21"))
    assert (await world.one("SELECT snoozed_until FROM conversations")).snoozed_until is None
    for wait in (timedelta(0), timedelta(days=31)):
        with pytest.raises(Rejected):
            async with transaction(world.engine) as tx:
                await snooze(world.ctx, tx, await talk(world), wait, KIM)


async def test_in_a_resolved_conversation_nothing_is_answered_until_they_write(
    world: World,
) -> None:
    async with transaction(world.engine) as tx:
        assert await resolve(world.ctx, tx, await talk(world), KIM)
    async with transaction(world.engine) as tx:
        assert not await resolve(world.ctx, tx, await talk(world), KIM)
    assert await replies.answer_due(world.ctx) == 0

    await world.receive(written("One more thing", "SM21"))
    await world.move_clock(timedelta(seconds=9))

    assert await replies.answer_due(world.ctx) == 1
    assert (await world.one("SELECT closed FROM conversations")).closed is False


async def test_a_resolved_conversation_is_opened_again_by_hand(world: World) -> None:
    async with transaction(world.engine) as tx:
        assert not await reopen(world.ctx, tx, await talk(world), KIM)
        await resolve(world.ctx, tx, await talk(world), KIM)
        assert await reopen(world.ctx, tx, await talk(world), KIM)

    assert (await world.one("SELECT closed FROM conversations")).closed is False


async def test_a_viewer_does_none_of_it(world: World) -> None:
    id_ = await talk(world)
    async with transaction(world.engine) as tx:
        for deed in (
            write(world.ctx, tx, id_, "Hello", VIEWER),
            write_template(world.ctx, tx, id_, "again", VIEWER),
            assign(world.ctx, tx, id_, uuid4(), VIEWER),
            snooze(world.ctx, tx, id_, timedelta(hours=1), VIEWER),
            resolve(world.ctx, tx, id_, VIEWER),
            reopen(world.ctx, tx, id_, VIEWER),
            give_back(world.ctx, tx, id_, VIEWER),
        ):
            with pytest.raises(Rejected) as refused:
                await deed
            assert refused.value.code == "not_allowed"
