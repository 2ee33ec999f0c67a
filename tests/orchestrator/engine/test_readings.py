"""A finished conversation is read once, and only what its words prove counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.model import ModelUnavailable, Usage
from agents.tools import DoNotContact, ScheduleCallback
from orchestrator.engine import call_reading, chat_reading, media, replies, sending
from orchestrator.engine.journal import CallJournal
from outreach.outcome import AnsweredBy
from outreach.reading import nothing_read
from outreach.speech import Speaker, Turn
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build, call, status, written

TALK = ("Hello?", "Yes, a demo next week sounds good to me.")


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


def reading(
    outcome: str, turn: int | None, quote: str | None, **fields: object
) -> dict[str, object]:
    return {
        "outcome": outcome,
        "outcome_turn": turn,
        "outcome_quote": quote,
        "summary": "They spoke.",
        "next_step": "",
        "fields": [
            {"name": name, "value": value, "turn": turn, "quote": quote}
            for name, value in fields.items()
        ],
    }


async def talked(
    world: World,
    said: Sequence[str],
    *,
    answered_by: AnsweredBy = AnsweredBy.HUMAN,
    by: str = "person",
) -> UUID:
    """A call in which the person said these things, over on both sides."""
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    assert await media.open_media(world.ctx, connect.token, "CA1") is not None
    journal = CallJournal(ctx=world.ctx, call_id=attempt)
    await journal.turn(Turn(number=0, speaker=Speaker.AGENT, text="Hello, this is Ada."))
    for number, text in enumerate(said, start=1):
        await journal.turn(Turn(number=number, speaker=Speaker.PERSON, text=text))
    await journal.heard(answered_by, "first words")
    await world.receive(call(attempt, "completed", duration_s=18))
    assert world.jobs.deferred == []
    await journal.closed(ended_by=by, recording=None)
    return attempt


async def outcome_of(world: World, attempt: UUID) -> str | None:
    return (await world.one("SELECT outcome FROM attempts WHERE id = :id", id=attempt))[0]  # type: ignore[no-any-return]


async def test_an_outcome_with_its_quote_counts(world: World) -> None:
    world.model.reading = reading("interested", 2, "a demo next week sounds good", interested=True)
    attempt = await talked(world, TALK)
    assert world.jobs.deferred == [("read_call", {"call_id": str(attempt)})]
    assert (await world.one("SELECT work, work_reason FROM leads")) == ("waiting", "reading")

    await call_reading.read_call(world.ctx, str(attempt))

    assert await outcome_of(world, attempt) == "interested"
    found = await world.one("SELECT * FROM readings")
    assert (found.evidence_turn, found.quote) == (2, "a demo next week sounds good")
    value = await world.one("SELECT field, value, quote FROM extractions")
    assert tuple(value) == ("interested", True, "a demo next week sounds good")
    assert (await world.one("SELECT status, work FROM leads")) == ("engaged", "ended")


async def test_a_made_up_quote_proves_nothing_and_a_person_is_asked(world: World) -> None:
    world.model.reading = reading("qualified", 2, "send me the contract today", interested=True)
    attempt = await talked(world, TALK)

    await call_reading.read_call(world.ctx, str(attempt))

    assert await outcome_of(world, attempt) == "talked"
    assert await world.run("SELECT FROM extractions") == []
    unsupported = (await world.one("SELECT unsupported FROM readings")).unsupported
    assert unsupported == {"fields": ["interested"]}
    assert (await world.one("SELECT kind FROM tasks")).kind == "check_reading"


async def test_a_job_that_runs_twice_reads_once(world: World) -> None:
    world.model.reading = reading("interested", 2, "sounds good")
    attempt = await talked(world, TALK)

    await call_reading.read_call(world.ctx, str(attempt))
    await call_reading.read_call(world.ctx, str(attempt))

    assert len(await world.run("SELECT FROM readings")) == 1


async def test_two_jobs_at_once_store_one_reading(world: World) -> None:
    world.model.reading = reading("interested", 2, "sounds good")
    attempt = await talked(world, TALK)
    ran = []

    def other_first(step: str) -> None:
        ran.append(step)

    todo = await call_reading._begin(world.ctx, attempt)
    assert todo is not None
    await call_reading.read_call(replace(world.ctx, seam=other_first), str(attempt))
    assert ran == ["call_read"]
    async with transaction(world.engine) as tx:
        honest = call_reading.honest(nothing_read(), todo.turns)
        await call_reading._finish(world.ctx, tx, todo, honest, Usage())

    assert len(await world.run("SELECT FROM readings")) == 1
    assert await outcome_of(world, attempt) == "interested"


async def test_too_few_words_decide_nothing_without_asking_the_model(world: World) -> None:
    attempt = await talked(world, ["Hello?"])

    await call_reading.read_call(world.ctx, str(attempt))

    assert world.model.asked == []
    assert await outcome_of(world, attempt) == "talked"


async def test_who_asks_not_to_be_called_is_heard_whatever_the_model_claims(world: World) -> None:
    world.model.reading = reading("interested", 1, "take me off your list")
    attempt = await talked(world, ["Please take me off your list, and good day to you."])

    await call_reading.read_call(world.ctx, str(attempt))

    assert await outcome_of(world, attempt) == "opted_out"
    assert len(await world.run("SELECT FROM suppressions")) == 1
    assert (await world.one("SELECT status, work FROM leads")) == ("unsubscribed", "ended")


async def test_an_opt_out_during_the_call_holds_before_the_call_is_over(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None

    world.model.reading = reading("talked", None, None)
    result = await opened.tools.use(DoNotContact(words="never call again"))

    assert result.ends_conversation
    assert len(await world.run("SELECT FROM suppressions")) == 1
    await opened.journal.turn(Turn(number=0, speaker=Speaker.PERSON, text="Never call me again."))
    await opened.journal.closed(ended_by="agent", recording=None)
    await world.receive(call(attempt, "completed", duration_s=9))
    assert await outcome_of(world, attempt) == "opted_out"
    await call_reading.read_call(world.ctx, str(attempt))
    assert await outcome_of(world, attempt) == "opted_out"


async def test_a_requested_callback_is_planned_at_the_proven_hour(world: World) -> None:
    world.model.reading = reading(
        "callback_requested", 2, "tomorrow at three", callback_at="2031-03-05T15:00:00"
    )
    attempt = await talked(world, ["Hello?", "Not now, call me tomorrow at three please."])

    await call_reading.read_call(world.ctx, str(attempt))

    planned = await world.one("SELECT * FROM attempts WHERE state = 'planned'")
    assert (planned.rule_id, planned.priority, planned.exempt_from_caps) == ("cb", 20, True)
    assert planned.due_at.isoformat() == "2031-03-05T20:00:00+00:00"
    assert (await world.one("SELECT status FROM leads")).status == "callback"


async def test_what_the_agent_promised_in_the_call_is_not_planned_twice(world: World) -> None:
    world.model.reading = reading("callback_requested", 2, "call me tomorrow at three")
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None
    assert (await opened.tools.use(ScheduleCallback(when="tomorrow at three"))).done
    assert (await opened.tools.use(ScheduleCallback(when="tomorrow at four"))).done
    for number, text in enumerate(("Hi.", "I am busy.", "Please call me tomorrow at three.")):
        await opened.journal.turn(Turn(number=number, speaker=Speaker.PERSON, text=text))
    await opened.journal.closed(ended_by="agent", recording=None)
    await world.receive(call(attempt, "completed", duration_s=15))

    await call_reading.read_call(world.ctx, str(attempt))

    planned = await world.run("SELECT created_by, due_at FROM attempts WHERE state = 'planned'")
    assert [(row.created_by, row.due_at.hour) for row in planned] == [("agent", 21)]
    assert (await world.one("SELECT work FROM leads")).work == "planned"


async def test_a_machine_is_not_read(world: World) -> None:
    attempt = await talked(
        world, ["Please leave a message after the tone."], answered_by=AnsweredBy.VOICEMAIL
    )

    assert world.jobs.deferred == []
    row = await world.one("SELECT outcome, answered_by FROM attempts WHERE id = :id", id=attempt)
    assert tuple(row) == ("voicemail", "voicemail")


async def test_a_conversation_that_broke_is_cut_off(world: World) -> None:
    world.model.reading = reading("talked", None, None)
    attempt = await talked(world, ["Yes I am listening, go on then."], by="error")

    await call_reading.read_call(world.ctx, str(attempt))

    assert await outcome_of(world, attempt) == "cut_off"


async def test_without_a_model_the_call_still_gets_its_outcome(world: World) -> None:
    attempt = await talked(world, TALK)

    await call_reading.read_call(replace(world.ctx, model=None), str(attempt))

    assert await outcome_of(world, attempt) == "talked"
    assert (await world.one("SELECT kind FROM tasks")).kind == "check_reading"


async def test_a_model_that_fails_leaves_the_call_due(world: World) -> None:
    class Down:
        async def fill(self, *_: object) -> None:
            raise ModelUnavailable("down")

    attempt = await talked(world, TALK)
    with pytest.raises(ModelUnavailable):
        await call_reading.read_call(replace(world.ctx, model=Down()), str(attempt))  # type: ignore[arg-type]
    world.model.reading = reading("interested", 2, "sounds good")

    await call_reading.read_call(world.ctx, str(attempt))

    assert await outcome_of(world, attempt) == "interested"


async def test_a_chat_that_has_paused_is_read_and_decides_what_follows(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("No, I am really not interested in that", "SM20"))
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    assert await chat_reading.start_due(world.ctx) == 0
    world.model.reading = reading("not_interested", 1, "really not interested")

    await world.move_clock(timedelta(minutes=30))
    assert await chat_reading.start_due(world.ctx) == 1
    await chat_reading.read_conversation(world.ctx, world.jobs.deferred[0][1]["conversation_id"])

    assert await outcome_of(world, attempt) == "not_interested"
    assert (await world.one("SELECT status, work FROM leads")) == ("not_interested", "ended")
    found = await world.one(
        "SELECT m.body FROM readings r JOIN messages m ON m.id = r.evidence_message_id"
    )
    assert found.body == "No, I am really not interested in that"


async def test_an_undecided_chat_waits_for_the_person_again(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("What is this about?", "SM20"))
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    world.model.reading = reading("talked", None, None)
    await world.move_clock(timedelta(minutes=31))
    await chat_reading.start_due(world.ctx)

    await chat_reading.read_conversation(world.ctx, world.jobs.deferred[0][1]["conversation_id"])

    assert await outcome_of(world, attempt) == "replied"
    talk = await world.one("SELECT no_reply_due_at - last_outbound_at AS wait FROM conversations")
    assert talk.wait == timedelta(days=2)
