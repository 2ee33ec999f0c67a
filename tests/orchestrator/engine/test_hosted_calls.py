"""A call that another platform runs ends as our own does, however its parts come in."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import call_end, call_reading, hosted_matching, ingest, media
from orchestrator.engine.journal import CallJournal
from outreach.call_delivery import CallDelivery
from outreach.outcome import AnsweredBy
from outreach.reports import CallDelivered, Delivery
from outreach.speech import Speaker, Turn
from simulator.hosted import STORY
from simulator.server import RunningSimulator, running_simulator
from storage import rejections
from storage.database import transaction
from tests.orchestrator.engine.platform import SECRET, belongs_to_acme, door, tell
from tests.orchestrator.engine.returning import TUESDAY, World, build, build_again, call

QUOTE = "a demo next week sounds good"
READING = {
    "outcome": "callback_requested",
    "outcome_turn": 3,
    "outcome_quote": QUOTE,
    "summary": "They want a demo.",
    "fields": [
        {"name": "callback_at", "value": "2031-03-11T10:00", "turn": 3, "quote": QUOTE},
        {"name": "interested", "value": True, "turn": 3, "quote": QUOTE},
    ],
}
UNDECIDED = {"outcome": "talked"}
ENDED = {"status": "completed", "duration_s": 20.0}
WORDS = {
    "transcript": [
        {"speaker": "agent", "text": "Hello, this is Ada."},
        {"speaker": "person", "text": "Hello, yes, I have two minutes for you."},
    ]
}


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path)
    await belongs_to_acme(made)
    return made


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[RunningSimulator]:
    async with running_simulator(media_dir=tmp_path, now=TUESDAY) as running:
        yield running


def part(attempt: UUID | None = None, **told: Any) -> CallDelivered:
    named = {} if attempt is None else {"attempt_id": attempt}
    return CallDelivered(source="acme", call=CallDelivery.model_validate({**named, **told}))


async def receive(world: World, *reports: CallDelivered) -> None:
    for report in reports:
        delivery = Delivery(source=f"hosted:{report.source}", key=repr(report), report=report)
        await ingest.receive(world.ctx, delivery)


async def read(world: World) -> None:
    """Do the reading that was put off, if any was."""
    for task, ids in world.jobs.deferred:
        if task == "read_call":
            await call_reading.read_call(world.ctx, ids["call_id"])
    world.jobs.deferred.clear()


async def what_stands(world: World) -> dict[str, list[Any]]:
    """All that a call leaves behind, but for names that each provider gives and for history."""
    return {
        "attempts": await world.run(
            "SELECT n, channel, state, outcome, outcome_by, answered_by, provider_status,"
            " provider_rank, undecided, CASE WHEN n > 1 THEN due_at END, reason, rule_id, priority,"
            " started_at IS NULL, live_at IS NULL, ended_at IS NULL FROM attempts ORDER BY n"
        ),
        "calls": await world.run(
            "SELECT status, duration_s, ended_by, reading_state, answered_at IS NULL,"
            " ringing_at <= answered_at, answered_at <= ended_at FROM calls"
        ),
        "turns": await world.run("SELECT number, speaker, text FROM turns ORDER BY number"),
        "leads": await world.run("SELECT status, work, work_reason FROM leads"),
        "readings": await world.run(
            "SELECT outcome, quote, evidence_turn, summary FROM readings WHERE made_by = 'reader'"
        ),
        "values": await world.run(
            "SELECT field, value, quote, status FROM extractions WHERE status <> 'said'"
            " ORDER BY field"
        ),
        "tasks": await world.run("SELECT kind, body FROM tasks ORDER BY kind"),
        "lines": await world.run("SELECT FROM lines"),
        "suppressions": await world.run("SELECT kind, value FROM suppressions ORDER BY kind"),
    }


async def our_own_call(world: World) -> None:
    """The same conversation, held by our own process on Twilio's line."""
    attempt = await world.attempt(await world.lead(), sender_id=world.voice_sender)
    await world.receive(call(attempt, "ringing"))
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    await world.receive(call(attempt, "in-progress"))
    journal = CallJournal(ctx=world.ctx, call_id=attempt)
    told = CallDelivery.model_validate({"attempt_id": attempt, **STORY[3]})
    for turn in told.turns:
        await journal.turn(turn)
    await journal.heard(AnsweredBy.HUMAN, "first words")
    await world.receive(call(attempt, "completed", duration_s=24))
    await journal.closed(ended_by="person", recording=None)


@pytest.mark.row("X-1")
async def test_a_call_known_only_from_a_platform_ends_as_our_own(
    engine: AsyncEngine, tmp_path: Path, simulator: RunningSimulator
) -> None:
    ours = await build(engine, tmp_path)
    ours.model.reading = READING
    await our_own_call(ours)
    await read(ours)
    expected = await what_stands(ours)

    world = await build_again(engine, tmp_path)
    world.model.reading = READING
    await belongs_to_acme(world)
    attempt = await world.attempt(await world.lead(), "unsure")
    async with door(world) as url:
        sent = await tell(
            simulator,
            url=url,
            secret=SECRET,
            attempt_id=str(attempt),
            call_id="acme-1",
            reversed=True,
            times=2,
            forged=True,
            unknown=True,
        )
    await read(world)

    statuses = {(one["fault"], one["status"]) for one in sent}
    assert statuses == {("", 204), ("again", 204), ("forged", 403), ("unknown", 204)}
    assert await what_stands(world) == expected
    assert expected["attempts"][0].outcome == "callback_requested"
    assert (expected["attempts"][1].state, expected["attempts"][1].reason) == (
        "planned",
        "callback",
    )
    assert await world.run("SELECT status, count(*) FROM inbox GROUP BY 1 ORDER BY 1") == [
        ("applied", len(STORY)),
        ("unmatched", 1),
    ]


@pytest.mark.row("X-1")
async def test_a_forged_delivery_leaves_only_a_count_and_a_note(
    world: World, simulator: RunningSimulator
) -> None:
    attempt = await world.attempt(await world.lead())
    before = await what_stands(world)

    async with door(world) as url:
        (sent, forged) = await tell(
            simulator,
            url=url,
            secret="whsec_" + "bm90LXRoZS1zZWNyZXQ=",
            attempt_id=str(attempt),
            parts=[{"outcome": "opted_out"}],
            forged=True,
        )

    assert (sent["status"], forged["status"]) == (403, 403)
    assert await what_stands(world) == before
    assert await world.run("SELECT FROM inbox") == []
    async with transaction(world.engine) as tx:
        assert await rejections.count(tx) == 2
        assert {one.reason for one in await rejections.newest(tx)} == {"wrong_signature"}


PARTS = (
    {"status": "ringing"},
    {**ENDED, "ended_by": "person"},
    WORDS,
    {"outcome": "interested", "data": {"interested": True}},
)


@pytest.mark.row("X-1")
async def test_any_order_and_repeats_give_the_same_rows(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found = []
    for order in permutations(PARTS):
        world = await build_again(engine, tmp_path)
        await belongs_to_acme(world)
        world.model.reading = UNDECIDED
        attempt = await world.attempt(await world.lead())
        deliveries = [part(attempt, call_id="a-1", **told) for told in order]
        await receive(world, *deliveries, *reversed(deliveries))
        await read(world)
        found.append(await what_stands(world))

    for one in found:
        assert one == found[0]
    assert found[0]["attempts"][0].outcome == "talked"


async def test_parts_together_say_what_they_say_one_by_one(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found = []
    for several in (PARTS, [{key: value for told in PARTS for key, value in told.items()}]):
        world = await build_again(engine, tmp_path)
        await belongs_to_acme(world)
        world.model.reading = UNDECIDED
        attempt = await world.attempt(await world.lead())
        await receive(world, *(part(attempt, call_id="a-1", **told) for told in several))
        await read(world)
        stands = await what_stands(world)
        # When it rang is known only to who told of it.
        stands["calls"] = [row[:5] for row in stands["calls"]]
        found.append(stands)

    assert found[0] == found[1]


async def test_what_a_platform_concluded_is_kept_as_said_and_no_rule_sees_it(world: World) -> None:
    world.model.reading = {"outcome": "qualified", "outcome_turn": 1, "outcome_quote": "made up"}
    attempt = await world.attempt(await world.lead())

    await receive(
        world,
        part(attempt, **WORDS, **ENDED),
        part(attempt, outcome="meeting_booked", data={"interested": True}, summary="All well."),
    )
    await read(world)

    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "talked"
    said = await world.one("SELECT outcome, summary, model FROM readings WHERE made_by='provider'")
    assert tuple(said) == ("meeting_booked", "All well.", "acme")
    value = await world.one("SELECT field, value, status FROM extractions")
    assert tuple(value) == ("interested", True, "said")


@pytest.mark.parametrize(
    ("told", "outcome", "answered_by"),
    [
        ({"outcome": "no_answer"}, "no_answer", None),
        ({"outcome": "busy"}, "busy", None),
        ({"status": "no-answer"}, "no_answer", None),
        ({"outcome": "voicemail"}, "voicemail", "voicemail"),
        ({"answered_by": "voicemail", "status": "completed"}, "voicemail", "voicemail"),
    ],
)
async def test_a_call_without_a_conversation_is_believed_at_once(
    world: World, told: dict[str, Any], outcome: str, answered_by: str | None
) -> None:
    attempt = await world.attempt(await world.lead())

    await receive(world, part(attempt, **told))

    row = await world.one("SELECT state, outcome, answered_by, undecided FROM attempts WHERE n = 1")
    assert tuple(row) == ("ended", outcome, answered_by, False)
    assert world.jobs.deferred == []


@pytest.mark.parametrize("first", ["outcome", "status"])
async def test_no_answer_stands_whichever_word_comes_first(world: World, first: str) -> None:
    attempt = await world.attempt(await world.lead())
    parts = [part(attempt, outcome="no_answer"), part(attempt, **ENDED)]

    await receive(world, *(parts if first == "outcome" else reversed(parts)))

    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "no_answer"
    planned = await world.one("SELECT state, reason FROM attempts WHERE n = 2")
    assert tuple(planned) == ("planned", "retry")


@pytest.mark.parametrize(
    "told",
    [
        {"outcome": "opted_out"},
        {"transcript": [{"speaker": "person", "text": "Please take me off your list."}]},
    ],
)
async def test_an_opt_out_holds_from_the_moment_it_is_told(
    world: World, told: dict[str, Any]
) -> None:
    lead = await world.lead()
    attempt = await world.attempt(lead)
    other = await world.attempt(lead, "planned", "whatsapp")

    await receive(world, part(attempt, **told))

    assert len(await world.run("SELECT FROM suppressions")) > 0
    assert (await world.one("SELECT status FROM leads")).status == "unsubscribed"
    row = await world.one("SELECT state FROM attempts WHERE id = :id", id=other)
    assert row.state == "cancelled"


async def test_an_opt_out_after_the_decision_still_holds(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    await receive(world, part(attempt, outcome="busy"))
    assert (await world.one("SELECT state FROM attempts WHERE n = 2")).state == "planned"

    await receive(world, part(attempt, outcome="opted_out"))

    assert (await world.one("SELECT state FROM attempts WHERE n = 2")).state == "cancelled"
    assert (await world.one("SELECT status FROM leads")).status == "unsubscribed"


async def test_a_transcript_is_waited_for_longer_than_our_own_and_then_done_without(
    world: World,
) -> None:
    attempt = await world.attempt(await world.lead())
    await receive(world, part(attempt, **ENDED))

    await world.move_clock(timedelta(minutes=14))
    assert await call_end.settle_waiting(world.ctx) == 0
    await world.move_clock(timedelta(minutes=2))
    assert await call_end.settle_waiting(world.ctx) == 1

    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "no_answer"


async def test_a_transcript_that_comes_after_the_decision_is_read_all_the_same(
    world: World,
) -> None:
    world.model.reading = {"outcome": "interested", "outcome_turn": 1, "outcome_quote": "yes"}
    attempt = await world.attempt(await world.lead())
    await receive(world, part(attempt, **ENDED))
    await world.move_clock(timedelta(minutes=16))
    await call_end.settle_waiting(world.ctx)

    await receive(world, part(attempt, **WORDS))
    await read(world)

    found = await world.one("SELECT outcome, quote FROM readings WHERE made_by = 'reader'")
    assert tuple(found) == ("interested", "yes")


async def test_a_part_of_a_transcript_does_not_end_the_call(world: World) -> None:
    attempt = await world.attempt(await world.lead())

    await receive(world, part(attempt, status="in-progress", **WORDS))

    assert (await world.one("SELECT state FROM attempts")).state == "live"
    assert (await world.one("SELECT ended_by FROM calls")).ended_by is None
    assert len(await world.run("SELECT FROM turns")) == 2


async def test_a_shorter_transcript_takes_nothing_back(world: World) -> None:
    attempt = await world.attempt(await world.lead())

    await receive(
        world,
        part(attempt, **WORDS),
        part(attempt, transcript=[{"speaker": "agent", "text": "Hello"}]),
    )

    first = (await world.run("SELECT text FROM turns ORDER BY number"))[0]
    assert first.text == "Hello, this is Ada."


async def test_cost_and_recording_are_noted(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    cost = {"amount": "0.123456", "currency": "USD"}
    recording = {"url": "https://example.com/a.wav", "id": "r-1", "channels": 2}

    await receive(world, *[part(attempt, cost=cost, recording=recording)] * 2)

    for table in ("attempts", "calls"):
        row = await world.one(f"SELECT cost_micros, cost_currency FROM {table}")
        assert tuple(row) == (123_456, "USD")
    row = await world.one("SELECT source, status, uri, channels FROM recordings")
    assert tuple(row) == ("provider", "due", "https://example.com/a.wav", 2)


async def test_a_platform_speaks_of_no_call_but_its_own(world: World) -> None:
    attempt = await world.attempt(await world.lead(), provider_ref="a-1")
    stranger = CallDelivered(
        source="other",
        call=CallDelivery.model_validate(
            {"attempt_id": attempt, "call_id": "a-1", "outcome": "opted_out"}
        ),
    )

    await receive(world, stranger)

    assert (await world.one("SELECT status FROM inbox")).status == "unmatched"
    assert await world.run("SELECT FROM suppressions") == []


async def test_a_call_is_known_by_the_platforms_id_where_ours_is_not_told(world: World) -> None:
    await world.attempt(await world.lead(), "started", provider_ref="a-1")

    await receive(world, part(call_id="a-1", outcome="busy"))

    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "busy"


async def test_a_second_call_for_one_order_is_not_believed(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", provider_ref="a-1")

    await receive(world, part(attempt, call_id="a-2", outcome="busy"))

    assert (await world.one("SELECT state FROM attempts")).state == "started"


async def test_an_opt_out_in_a_second_call_for_one_order_is_heard_all_the_same(
    world: World,
) -> None:
    lead = await world.lead()
    attempt = await world.attempt(lead, "started", provider_ref="a-1")
    await world.attempt(lead, "planned", "whatsapp")
    words = [{"speaker": "person", "text": "Please take me off your list."}]

    await receive(world, part(attempt, call_id="a-2", transcript=words))

    assert len(await world.run("SELECT FROM suppressions")) > 0
    states = await world.run("SELECT state FROM attempts ORDER BY n")
    assert [row.state for row in states] == ["started", "cancelled"]


@pytest.mark.parametrize("state", ["planned", "claimed", "cancelled"])
async def test_a_delivery_about_what_nobody_was_asked_for_changes_nothing(
    world: World, state: str
) -> None:
    attempt = await world.attempt(await world.lead(), state)
    before = await what_stands(world)

    await receive(world, part(attempt, outcome="opted_out"))

    assert await what_stands(world) == before
    assert (await world.one("SELECT status FROM inbox")).status == "unmatched"


async def test_a_delivery_that_overtook_the_answer_to_our_order_is_applied_later(
    world: World,
) -> None:
    attempt = await world.attempt(await world.lead())
    await receive(world, part(call_id="a-1", outcome="busy"), part(call_id="a-2", outcome="busy"))
    assert await hosted_matching.match_again(world.ctx) == 0

    await world.run("UPDATE attempts SET provider_ref = 'a-1' WHERE id = :id", id=attempt)

    assert await hosted_matching.match_again(world.ctx) == 1
    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "busy"
    left: Sequence[Any] = await world.run("SELECT status FROM inbox ORDER BY status")
    assert [row.status for row in left] == ["applied", "unmatched"]


async def test_a_delivery_is_tried_again_only_when_the_call_it_means_has_become_known(
    world: World,
) -> None:
    """It names an attempt that nobody made, and a call that was another one's."""
    named = await world.attempt(await world.lead(), "planned")
    await world.attempt(await world.lead("+12025550124"), "started", provider_ref="a-1")
    other = await world.attempt(await world.lead("+12025550125"))
    await receive(
        world,
        part(named, call_id="a-1", outcome="busy"),
        part(call_id="a-2", outcome="busy"),
    )
    await world.run("UPDATE attempts SET provider_ref = 'a-2' WHERE id = :id", id=other)

    assert [await hosted_matching.match_again(world.ctx) for _ in range(2)] == [1, 0]

    rows = await world.run("SELECT status, tries FROM inbox ORDER BY status")
    assert [tuple(row) for row in rows] == [("applied", 2), ("unmatched", 1)]

    await world.run("UPDATE attempts SET state = 'starting' WHERE id = :id", id=named)
    assert await hosted_matching.match_again(world.ctx) == 1
    assert (await world.one("SELECT outcome FROM attempts WHERE id = :id", id=named))[0] == "busy"


def test_turns_are_numbered_without_those_that_say_nothing() -> None:
    told = CallDelivery.model_validate(
        {
            "call_id": "a",
            "transcript": [
                {"speaker": "agent", "text": " "},
                {"speaker": "person", "text": "Yes", "start_ms": 5},
            ],
        }
    )

    assert told.turns == [Turn(number=0, speaker=Speaker.PERSON, text="Yes", start_ms=5, end_ms=5)]
