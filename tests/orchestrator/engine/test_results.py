"""A result that changes: the rules run again, once, and what has begun is left alone."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import chat_reading, follow_up, replies, sending
from orchestrator.engine.actions.correct_outcome import Corrected, Correction, correct_outcome
from orchestrator.engine.actions.roles import Actor, Role
from outreach.errors import Rejected
from outreach.outcome import Outcome
from outreach.reports import CallReported
from storage import readings
from storage.database import transaction
from storage.readings import Extraction, Reading
from tests.orchestrator.engine.returning import World, build, call, status, written
from tests.orchestrator.engine.test_readings import reading

REP = Actor(name="user:1", role=Role.REP)
OTHER = Actor(name="user:2", role=Role.REP)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def correct(
    world: World, attempt: UUID, outcome: Outcome, by: Actor = REP, **facts: Any
) -> Corrected:
    async with transaction(world.engine) as tx:
        correction = Correction(outcome=outcome, **facts)
        return await correct_outcome(world.ctx, tx, attempt, correction, by)


async def missed(world: World) -> tuple[UUID, UUID]:
    """A call that nobody answered, and the retry that the rules planned."""
    first = await world.attempt(await world.lead())
    await world.receive(call(first, "no-answer"))
    planned = await world.one("SELECT id FROM attempts WHERE state = 'planned'")
    return first, planned.id


def again(attempt: UUID, word: str) -> CallReported:
    """What the provider says about a second call."""
    return replace(call(attempt, word), provider_ref="CA2")


async def history(world: World) -> list[tuple[object, ...]]:
    rows = await world.run("SELECT n, state, outcome, reason, rule_id FROM attempts ORDER BY n")
    return [tuple(row) for row in rows]


async def told(world: World, kind: str) -> list[dict[str, object]]:
    return [
        row.data
        for row in await world.run("SELECT data FROM events WHERE kind = :k ORDER BY seq", k=kind)
    ]


async def test_a_planned_follow_up_gives_way_with_its_old_and_new_reason(world: World) -> None:
    first, _ = await missed(world)

    done = await correct(world, first, Outcome.CALLBACK_REQUESTED, because="They texted me.")

    assert (done.was, done.changed) == (Outcome.NO_ANSWER, True)
    assert await history(world) == [
        (1, "ended", "callback_requested", "first_step", None),
        (2, "cancelled", None, "retry", "noans"),
        (3, "planned", None, "callback", "cb"),
    ]
    assert await told(world, "attempt.cancelled") == [
        {
            "reason": "superseded_by_callback_requested",
            "was": "retry",
            "was_rule": "noans",
            "now": "callback",
            "now_rule": "cb",
        }
    ]
    result = (await told(world, "attempt.result"))[-1]
    assert result == {"outcome": "callback_requested", "was": "no_answer", "by": "user:1"}
    lead = await world.one("SELECT status, work FROM leads")
    assert tuple(lead) == ("callback", "planned")


async def test_the_colleagues_word_stands_beside_what_was_read(world: World) -> None:
    first, _ = await missed(world)

    await correct(world, first, Outcome.INTERESTED, because="Saw her at the fair.")

    row = await world.one("SELECT made_by, outcome, summary, attempt_id FROM readings")
    assert tuple(row) == ("person", "interested", "Saw her at the fair.", first)
    assert await world.run("SELECT FROM extractions") == []
    assert "fair" not in str(await world.run("SELECT data FROM events"))


async def test_the_same_result_again_changes_nothing(world: World) -> None:
    first, planned = await missed(world)
    before = len(await world.run("SELECT FROM events"))

    done = await correct(world, first, Outcome.NO_ANSWER)

    assert not done.changed
    assert len(await world.run("SELECT FROM events")) == before
    assert await world.run("SELECT FROM readings") == []
    assert (await world.one("SELECT id FROM attempts WHERE state = 'planned'")).id == planned


async def test_a_correction_that_asks_for_the_same_follow_up_keeps_it(world: World) -> None:
    first, planned = await missed(world)

    await correct(world, first, Outcome.BUSY)

    assert (await world.one("SELECT id FROM attempts WHERE state = 'planned'")).id == planned
    assert await told(world, "attempt.cancelled") == []


async def test_a_claimed_follow_up_has_not_begun(world: World) -> None:
    first, planned = await missed(world)
    await world.run(
        "UPDATE attempts SET state = 'claimed', claimed_by = :process WHERE id = :id",
        process=uuid4(),
        id=planned,
    )
    await world.run(
        "INSERT INTO lines (channel, phone, attempt_id) SELECT channel, phone, id FROM attempts"
        " WHERE id = :id",
        id=planned,
    )
    await world.run("UPDATE leads SET work = 'in_flight'")

    await correct(world, first, Outcome.NOT_INTERESTED)

    assert (await history(world))[1][1] == "cancelled"
    assert await world.run("SELECT FROM lines") == []
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("not_interested", "ended")


@pytest.mark.parametrize("state", ["starting", "started", "live", "unsure"])
async def test_what_has_begun_is_left_and_the_history_says_so(world: World, state: str) -> None:
    first, planned = await missed(world)
    await world.run("UPDATE attempts SET state = :s WHERE id = :id", s=state, id=planned)
    await world.run("UPDATE leads SET work = 'in_flight'")

    await correct(world, first, Outcome.INTERESTED)

    assert (await history(world))[1][1] == state
    assert await told(world, "attempt.left") == [
        {
            "reason": "begun_before_interested",
            "result_of": str(first),
            "was": "retry",
            "was_rule": "noans",
            "now": "nothing",
        }
    ]
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("engaged", "in_flight")


async def test_where_what_was_left_reaches_nobody_the_correction_counts(world: World) -> None:
    first, planned = await missed(world)
    await world.run("UPDATE attempts SET state = 'starting' WHERE id = :id", id=planned)
    await correct(world, first, Outcome.NOT_INTERESTED)

    await world.receive(again(planned, "no-answer"))

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("not_interested", "ended")


async def test_a_promise_is_planned_beside_what_has_begun(world: World) -> None:
    first, planned = await missed(world)
    await world.run("UPDATE attempts SET state = 'starting' WHERE id = :id", id=planned)
    await correct(world, first, Outcome.CALLBACK_REQUESTED)

    await world.receive(again(planned, "busy"))

    assert [row[1:] for row in await history(world)] == [
        ("ended", "callback_requested", "first_step", None),
        ("ended", "busy", "retry", "noans"),
        ("planned", None, "callback", "cb"),
    ]


async def test_after_the_follow_up_has_ended_the_newest_word_counts(world: World) -> None:
    first, second = await missed(world)
    await world.run("UPDATE attempts SET state = 'starting' WHERE id = :id", id=second)
    await world.receive(again(second, "no-answer"))
    third = (await world.one("SELECT id FROM attempts WHERE state = 'planned'")).id

    await correct(world, first, Outcome.BUSY)
    assert (await world.one("SELECT id FROM attempts WHERE state = 'planned'")).id == third

    await correct(world, first, Outcome.NOT_INTERESTED)
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert (await world.one("SELECT work FROM leads")).work == "ended"


async def test_two_corrections_leave_one_follow_up(world: World) -> None:
    first, _ = await missed(world)

    await correct(world, first, Outcome.INTERESTED)
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    await correct(world, first, Outcome.NO_ANSWER)

    assert [row[1] for row in await history(world)] == ["ended", "cancelled", "planned"]
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("attempting", "planned")


async def test_two_people_at_once_leave_one_result_and_one_follow_up(world: World) -> None:
    first, _ = await missed(world)

    async with asyncio.TaskGroup() as group:
        group.create_task(correct(world, first, Outcome.CALLBACK_REQUESTED, REP))
        group.create_task(correct(world, first, Outcome.BUSY, OTHER))

    before, last = (await told(world, "attempt.result"))[-2:]
    assert last["was"] == before["outcome"]
    (planned,) = await world.run("SELECT rule_id FROM attempts WHERE state = 'planned'")
    assert planned.rule_id == ("noans" if last["outcome"] == "busy" else "cb")


async def test_who_looked_before_another_corrected_it_is_told(world: World) -> None:
    first, _ = await missed(world)
    await correct(world, first, Outcome.INTERESTED, OTHER)

    with pytest.raises(Rejected, match="since you looked"):
        await correct(world, first, Outcome.BUSY, seen=Outcome.NO_ANSWER)


async def test_an_opt_out_learnt_later_suppresses_everywhere(world: World) -> None:
    contact = await world.contact("+12025550123")
    first = await world.attempt(await world.lead(contact=contact))
    other = await world.lead(contact=contact, campaign=await world.campaign("autumn"))
    await world.attempt(other, "planned", "whatsapp")
    await world.receive(call(first, "no-answer"))

    await correct(world, first, Outcome.OPTED_OUT)

    assert {row[0] for row in await world.run("SELECT state FROM attempts WHERE n = 2")} <= {
        "cancelled"
    }
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    row = await world.one("SELECT scope, reason, source, created_by FROM suppressions")
    assert tuple(row) == ("all", "opted_out", f"attempt:{first}", "user:1")
    leads = await world.run("SELECT status, work FROM leads")
    assert [tuple(lead) for lead in leads] == [("unsubscribed", "ended")] * 2


async def test_taking_back_an_opt_out_lifts_no_suppression_and_plans_nothing(
    world: World,
) -> None:
    first, _ = await missed(world)
    await correct(world, first, Outcome.OPTED_OUT)

    done = await correct(world, first, Outcome.NO_ANSWER)

    assert done.still_suppressed
    assert len(await world.run("SELECT FROM suppressions WHERE lifted_at IS NULL")) == 1
    assert (await world.one("SELECT state FROM consents ORDER BY recorded_at")).state == "revoked"
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert tuple(await world.one("SELECT status, work FROM leads")) == ("unsubscribed", "ended")


async def test_a_corrected_bad_number_may_be_tried_again(world: World) -> None:
    first = await world.attempt(await world.lead())
    await world.receive(call(first, "no-answer"))
    await world.run("UPDATE attempts SET outcome = 'invalid_number' WHERE id = :id", id=first)
    await world.run("UPDATE contact_points SET status = 'invalid' WHERE kind = 'phone'")
    await world.run("UPDATE leads SET status = 'wrong_number'")

    await correct(world, first, Outcome.BUSY)

    point = await world.one("SELECT status FROM contact_points WHERE kind = 'phone'")
    assert point.status == "unverified"
    assert (await world.one("SELECT status FROM leads")).status == "attempting"


async def test_no_machine_takes_back_a_colleagues_word(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Let me think about it for a while", "SM20"))
    await correct(world, attempt, Outcome.NOT_INTERESTED)
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    await world.move_clock(timedelta(minutes=31))
    await chat_reading.start_due(world.ctx)
    world.model.reading = reading("interested", 1, "think about it")

    await chat_reading.read_conversation(world.ctx, world.jobs.deferred[-1][1]["conversation_id"])

    row = await world.one("SELECT outcome, outcome_by FROM attempts WHERE id = :id", id=attempt)
    assert tuple(row) == ("not_interested", "user:1")
    assert "check_reading" in {row.kind for row in await world.run("SELECT kind FROM tasks")}


async def test_a_call_that_was_placed_after_all_supersedes_its_repetition(world: World) -> None:
    first = await world.attempt(await world.lead(), "unsure")
    await world.run(
        "UPDATE attempts SET state = 'ended', outcome = 'not_placed', outcome_by = 'engine',"
        " undecided = true, ended_at = :now WHERE id = :id",
        id=first,
        now=await world.now(),
    )
    await follow_up.decide_left_over(world.ctx)
    assert (await history(world))[1][3] == "not_placed"

    await world.receive(call(first, "busy"))

    assert [row[1:] for row in await history(world)] == [
        ("ended", "busy", "first_step", None),
        ("cancelled", None, "not_placed", None),
        ("planned", None, "retry", "noans"),
    ]


@pytest.mark.parametrize(
    ("state", "channel", "outcome", "code"),
    [
        ("starting", "voice", Outcome.BUSY, "not_ended"),
        ("unsure", "voice", Outcome.BUSY, "not_ended"),
        ("planned", "voice", Outcome.BUSY, "not_ended"),
        ("ended", "voice", Outcome.DELIVERED, "outcome_not_possible"),
        ("ended", "voice", Outcome.NOT_PLACED, "outcome_not_possible"),
        ("ended", "whatsapp", Outcome.VOICEMAIL, "outcome_not_possible"),
    ],
)
async def test_what_cannot_be_is_refused(
    world: World, state: str, channel: str, outcome: Outcome, code: str
) -> None:
    attempt = await world.attempt(await world.lead(), state, channel)

    with pytest.raises(Rejected) as refused:
        await correct(world, attempt, outcome)

    assert refused.value.code == code
    assert await world.run("SELECT FROM readings") == []


async def test_a_viewer_may_not_correct_and_an_unknown_attempt_is_said_so(world: World) -> None:
    first, _ = await missed(world)

    with pytest.raises(Rejected, match="role"):
        await correct(world, first, Outcome.BUSY, Actor(name="user:9", role=Role.VIEWER))
    with pytest.raises(Rejected, match="no attempt"):
        await correct(world, uuid4(), Outcome.BUSY)


async def chat(world: World, words: str, outcome: str, said: str) -> None:
    """They write, the agent answers, and the pause is read so."""
    turn = 1 + 2 * len(await world.run("SELECT FROM messages WHERE direction = 'in'"))
    await world.receive(written(words, f"SM-in-{turn}"))
    await world.move_clock(timedelta(seconds=9))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    await world.move_clock(timedelta(minutes=31))
    await chat_reading.start_due(world.ctx)
    world.model.reading = reading(outcome, turn, said)
    await chat_reading.read_conversation(world.ctx, world.jobs.deferred[-1][1]["conversation_id"])


async def test_a_later_reading_supersedes_what_an_earlier_one_planned(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await chat(world, "Please call me some time tomorrow", "callback_requested", "call me")
    assert (await history(world))[1] == (2, "planned", None, "callback", "cb")

    await chat(world, "No, I have lost all interest in it", "not_interested", "lost all interest")

    assert [row[1] for row in await history(world)] == ["ended", "cancelled"]
    assert (await told(world, "attempt.cancelled"))[-1] == {
        "reason": "superseded_by_not_interested",
        "was": "callback",
        "was_rule": "cb",
        "now": "nothing",
    }
    results = await told(world, "attempt.result")
    assert results[-1] == {
        "outcome": "not_interested",
        "was": "callback_requested",
        "by": "reader",
    }


async def test_a_message_that_was_read_after_all_takes_the_call_back(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "undelivered"))
    assert [row[1] for row in await history(world)] == ["ended", "planned"]

    await world.receive(status(attempt, "read"))

    assert [row[1] for row in await history(world)] == ["ended", "cancelled"]
    assert tuple(await world.one("SELECT work, work_reason FROM leads")) == ("waiting", "reply")


async def test_a_corrected_value_stands_until_the_person_says_something_later(
    world: World,
) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    lead = (await world.one("SELECT id FROM leads")).id
    world.model.reading = {}

    async def known() -> object:
        async with transaction(world.engine) as tx:
            return (await readings.values_of(tx, lead)).get("interested")

    async def store(value: object, **words: Any) -> None:
        async with transaction(world.engine) as tx:
            now = await world.now()
            one = Extraction(id=uuid4(), field="interested", value=value, **words)
            row = Reading(
                id=uuid4(),
                created_at=now,
                made_by="test",
                outcome=None,
                lead_id=lead,
                extractions=[one],
            )
            await readings.store(tx, row)

    async def message(text: str) -> UUID:
        await world.receive(written(text, text))
        row = await world.one("SELECT id FROM messages WHERE body = :b", b=text)
        id: UUID = row.id
        return id

    first = await message("Hm")
    await store(True, evidence_message_id=first)
    assert await known() is True
    await world.move_clock(timedelta(minutes=1))
    await store(False, status="corrected")
    await world.move_clock(timedelta(minutes=1))
    await store(True, evidence_message_id=first)
    assert await known() is False

    await store(True, evidence_message_id=await message("Yes, now I want it"))
    assert await known() is True
