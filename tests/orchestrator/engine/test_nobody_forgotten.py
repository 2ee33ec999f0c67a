"""What the simulation found: orders that are confused, and leads that nobody looks at again."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.tools import DoNotContact, ScheduleCallback
from channels.base import CallOrder
from channels.fake import Lose, Taken
from orchestrator.engine import call_reading, chat_reading, follow_up, media, sending, silence
from orchestrator.engine.actions.consent import Allowance, grant_consent
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.take_over import give_back, take_over, write
from orchestrator.engine.journal import CallJournal
from orchestrator.engine.recover import recover
from orchestrator.engine.way_back import AFTERMATH, suppress
from outreach.outcome import AnsweredBy
from outreach.speech import Speaker, Turn
from storage import worked_leads
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build, call, status, written

REP = Actor(name="user:7", role=Role.REP)
PHONE = "+12025550123"


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def results(world: World) -> list[str]:
    """What the history says attempts came to."""
    rows = await world.run(
        "SELECT data->>'outcome' FROM events WHERE kind IN ('attempt.ended', 'attempt.result')"
        " AND data ? 'outcome' ORDER BY seq"
    )
    return [row[0] for row in rows]


async def in_conversation(world: World) -> UUID:
    """Somebody has answered our message, and is being talked with; the lead."""
    lead = await world.lead(PHONE)
    attempt = await world.attempt(lead, "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Tell me more", "SM20"))
    return lead


async def test_a_lost_message_is_not_mistaken_for_another_one_in_the_list(world: World) -> None:
    await in_conversation(world)
    talk = (await world.one("SELECT id FROM conversations")).id
    async with transaction(world.engine) as tx:
        await write(world.ctx, tx, talk, "Hello, this is Kim.", REP)
    await sending.send_composed(world.ctx)
    async with transaction(world.engine) as tx:
        await write(world.ctx, tx, talk, "Are you there?", REP)
    world.chat.script.append(Lose(taken=False))
    await sending.send_composed(world.ctx)
    await world.run("UPDATE messages SET lease_until = NULL WHERE state = 'unsure'")

    await sending.look_up_lost(world.ctx)

    rows = await world.run("SELECT body, state FROM messages WHERE kind = 'text' ORDER BY id")
    assert ("Hello, this is Kim.", "sent") in [tuple(row) for row in rows]
    assert ("Are you there?", "unsure") in [tuple(row) for row in rows]


async def test_an_unsure_call_is_not_taken_for_an_earlier_one_to_the_same_person(
    world: World,
) -> None:
    lead = await world.lead(PHONE)
    earlier = await world.attempt(lead, "ended", provider_ref="fake-1", outcome="busy")
    unsure = await world.attempt(
        lead, "unsure", lease_until=await world.now() - timedelta(days=9999)
    )
    has_taken(world, "fake-1", earlier)

    await recover(world.ctx, AFTERMATH)

    found = await world.one("SELECT state, provider_ref FROM attempts WHERE id = :id", id=unsure)
    assert tuple(found) == ("unsure", None)


def has_taken(world: World, ref: str, attempt: UUID) -> None:
    """The provider lists this call, and knows no ids of ours."""
    order = CallOrder(
        attempt_id=attempt,
        to=PHONE,
        from_="+12025550100",
        ring=timedelta(seconds=25),
        longest=timedelta(minutes=5),
        deadline=0.0,
    )
    world.voice.taken.append(Taken(order=order, ref=ref, at=None))


async def test_a_message_that_was_reported_before_its_order_was_answered_is_asked_about(
    world: World,
) -> None:
    attempt = await world.attempt(await world.lead(PHONE), "starting", "whatsapp")
    await world.run(
        "INSERT INTO lines SELECT channel, phone, id FROM attempts WHERE id = :id", id=attempt
    )

    await world.receive(status(attempt, "sent"))

    assert (await world.one("SELECT lease_until FROM attempts")).lease_until is not None
    assert await world.run("SELECT FROM lines") == []


async def test_a_message_on_its_way_is_asked_about_every_half_hour_at_most(world: World) -> None:
    await world.attempt(
        await world.lead(PHONE),
        "started",
        "whatsapp",
        provider_ref="SM1",
        lease_until=await world.now() - timedelta(days=9999),
    )

    await recover(world.ctx, AFTERMATH)

    wait = (await world.one("SELECT lease_until - clock_timestamp() FROM attempts"))[0]
    assert wait > timedelta(minutes=29)


async def test_a_call_that_ends_with_a_known_outcome_is_still_read(world: World) -> None:
    attempt = await world.attempt(await world.lead(PHONE))
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None
    journal = CallJournal(ctx=world.ctx, call_id=attempt)
    await journal.turn(Turn(number=0, speaker=Speaker.AGENT, text="Hello, this is Ada."))
    await journal.turn(Turn(number=1, speaker=Speaker.PERSON, text="Please do not call me again."))
    await journal.heard(AnsweredBy.HUMAN, "first words")
    await opened.tools.use(DoNotContact(words="Please do not call me again."))
    await world.receive(call(attempt, "completed", duration_s=18))

    assert await follow_up.decide_left_over(world.ctx) == 0
    await journal.closed(ended_by="person", recording=None)
    world.model.reading = {"outcome": "talked", "summary": "No.", "fields": []}
    await call_reading.read_call(world.ctx, str(attempt))

    assert len(await world.run("SELECT FROM readings")) == 1
    assert set(await results(world)) == {"opted_out"}


async def test_what_was_promised_in_a_call_is_planned_before_the_call_is_read(
    world: World,
) -> None:
    lead = await world.lead(PHONE)
    attempt = await world.attempt(lead)
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None
    await opened.tools.use(ScheduleCallback(when="tomorrow at 10:00"))

    await world.receive(call(attempt, "completed", duration_s=18))

    assert (await world.one("SELECT work FROM leads")).work == "planned"


async def test_a_refusal_for_an_opt_out_is_told_as_one(world: World) -> None:
    attempt = await world.attempt(
        await world.lead(PHONE), "ended", outcome="failed", ended_at=await world.now()
    )

    async with transaction(world.engine) as tx:
        await suppress(world.ctx, tx, attempt, "opted_out")

    assert await results(world) == ["opted_out"]


async def test_a_lead_that_had_ended_and_goes_on_is_told_of(world: World) -> None:
    lead = await in_conversation(world)
    await world.run("UPDATE leads SET work = 'ended', work_reason = 'not_interested'")

    await world.receive(written("One more question", "SM21"))

    told = await world.one("SELECT lead_id FROM events WHERE kind = 'lead.reopened'")
    assert told.lead_id == lead


async def test_who_says_the_same_again_is_decided_on_again(world: World) -> None:
    await in_conversation(world)
    said = "Thank you, but no interest in this at all."
    for ref in ("SM21", "SM22"):
        await world.receive(written(said, ref))
        await world.move_clock(timedelta(hours=1))
        await chat_reading.start_due(world.ctx)
        turn = 1 + int((await world.one("SELECT count(*) FROM messages"))[0]) - 2
        world.model.reading = {
            "outcome": "not_interested",
            "outcome_turn": turn,
            "outcome_quote": said,
            "summary": "No.",
            "next_step": "",
            "fields": [],
        }
        talk = (await world.one("SELECT id FROM conversations")).id
        await chat_reading.read_conversation(world.ctx, str(talk))

        assert (await world.one("SELECT work FROM leads")).work == "ended"


async def test_a_lead_whose_conversation_is_given_back_is_looked_at_again(world: World) -> None:
    await in_conversation(world)
    talk = (await world.one("SELECT id FROM conversations")).id
    async with transaction(world.engine) as tx:
        await take_over(world.ctx, tx, talk, REP)
        await give_back(world.ctx, tx, talk, REP)

    due = await world.one("SELECT no_reply_due_at FROM conversations")

    assert due.no_reply_due_at is not None, "although the person spoke last"


async def test_a_conversation_given_back_before_anything_was_sent_begins_anew(
    world: World,
) -> None:
    lead = await world.lead(PHONE)
    await world.attempt(lead, "claimed", "whatsapp")
    talk = (await world.one("SELECT id FROM conversations")).id
    async with transaction(world.engine) as tx:
        contact = (await worked_leads.get(tx, lead)).contact_id
        given = Allowance(basis="web form", source="user:1")
        await grant_consent(world.ctx, tx, contact, given, Actor(name="user:1", role=Role.OPERATOR))
        await take_over(world.ctx, tx, talk, REP)
        await give_back(world.ctx, tx, talk, REP)
    await world.move_clock(timedelta(days=9))

    while await silence.count_silence(world.ctx):
        """Until nobody is silent any more."""

    states = [row.state for row in await world.run("SELECT state FROM attempts ORDER BY n")]
    assert states == ["cancelled", "planned"]
    assert (await world.one("SELECT work FROM leads")).work == "planned"


async def test_a_lead_whose_conversation_speaks_for_another_one_is_not_forgotten(
    world: World,
) -> None:
    contact = await world.contact(PHONE)
    first = await world.lead(PHONE, contact=contact)
    attempt = await world.attempt(first, "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    other = await world.campaign(f"other-{uuid4().hex[:6]}")
    second = await world.lead(PHONE, contact=contact, campaign=other)
    await world.run("UPDATE conversations SET lead_id = :id, no_reply_due_at = NULL", id=second)
    await world.move_clock(timedelta(days=2, hours=1))

    await silence.count_silence(world.ctx)

    work = await world.one("SELECT work FROM leads WHERE id = :id", id=first)
    assert work.work == "planned", "the campaign's rule goes on by phone"
