"""What a platform tells after a call was decided on counts as if it had come in time."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import call_end
from orchestrator.engine.actions.correct_outcome import Correction, correct_outcome
from orchestrator.engine.actions.roles import Actor, Role
from outreach.outcome import Outcome
from storage.database import transaction
from tests.orchestrator.engine.platform import belongs_to_acme
from tests.orchestrator.engine.returning import World, build, build_again
from tests.orchestrator.engine.test_hosted_calls import ENDED, WORDS, part, read, receive

INTERESTED = {"outcome": "interested", "outcome_turn": 1, "outcome_quote": "two minutes for you"}
REP = Actor(name="user:1", role=Role.REP)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path)
    await belongs_to_acme(made)
    return made


async def decided_without_words(world: World) -> UUID:
    """A call that was answered and of which nothing more has come in time: it is tried again."""
    world.model.reading = INTERESTED
    attempt = await world.attempt(await world.lead())
    await receive(world, part(attempt, **ENDED))
    await world.move_clock(timedelta(minutes=16))
    await call_end.settle_waiting(world.ctx)
    assert await stands(world) == [("no_answer", "ended"), (None, "planned")]
    return attempt


async def stands(world: World) -> list[tuple[object, ...]]:
    return [tuple(one) for one in await world.run("SELECT outcome, state FROM attempts ORDER BY n")]


async def told(world: World, kind: str) -> dict[str, Any]:
    row = await world.one(
        "SELECT data FROM events WHERE kind = :kind ORDER BY seq DESC LIMIT 1", kind=kind
    )
    data: dict[str, Any] = row.data
    return data


async def test_words_that_come_after_the_decision_supersede_what_followed_it(world: World) -> None:
    attempt = await decided_without_words(world)

    await receive(world, part(attempt, **WORDS))
    await read(world)

    assert await stands(world) == [("interested", "ended"), (None, "cancelled")]
    assert (await world.one("SELECT status FROM leads")).status == "engaged"
    row = await world.one("SELECT outcome_by, answered_by FROM attempts WHERE n = 1")
    assert tuple(row) == ("reader", "human")
    result = await told(world, "attempt.result")
    assert (result["was"], result["outcome"], result["by"]) == ("no_answer", "interested", "reader")
    cancelled = await told(world, "attempt.cancelled")
    assert (cancelled["was"], cancelled["now"]) == ("retry", "nothing")


async def test_a_follow_up_that_has_begun_is_left_and_the_late_words_count(world: World) -> None:
    attempt = await decided_without_words(world)
    await world.run("UPDATE attempts SET state = 'started', started_at = due_at WHERE n = 2")

    await receive(world, part(attempt, **WORDS))
    await read(world)

    assert await stands(world) == [("interested", "ended"), (None, "started")]
    assert (await told(world, "attempt.left"))["reason"] == "begun_before_interested"


@pytest.mark.parametrize(
    "late", [{"outcome": "voicemail"}, {"answered_by": "voicemail"}, {"outcome": "busy"}]
)
async def test_what_is_believed_is_believed_late_too(
    engine: AsyncEngine, tmp_path: Path, late: dict[str, Any]
) -> None:
    found = []
    for comes_late in (True, False):
        world = await build_again(engine, tmp_path)
        await belongs_to_acme(world)
        if comes_late:
            attempt = await decided_without_words(world)
            await receive(world, part(attempt, **late))
        else:
            attempt = await world.attempt(await world.lead())
            await receive(world, part(attempt, **late), part(attempt, **ENDED))
        found.append(
            await world.run(
                "SELECT outcome, channel, reason, rule_id FROM attempts"
                " WHERE state <> 'cancelled' ORDER BY n"
            )
        )

    assert found[0] == found[1]


async def test_an_opt_out_that_is_told_late_is_what_the_call_came_to(world: World) -> None:
    attempt = await decided_without_words(world)

    await receive(world, part(attempt, outcome="opted_out"))

    assert await stands(world) == [("opted_out", "ended"), (None, "cancelled")]


async def test_late_words_take_back_no_word_of_a_colleague(world: World) -> None:
    attempt = await decided_without_words(world)
    async with transaction(world.engine) as tx:
        await correct_outcome(world.ctx, tx, attempt, Correction(outcome=Outcome.BUSY), REP)

    await receive(world, part(attempt, **WORDS))
    await read(world)

    assert (await stands(world))[0] == ("busy", "ended")


@pytest.mark.parametrize("turn", [1, -1])
async def test_of_two_parts_of_one_sentence_the_longer_stands(world: World, turn: int) -> None:
    attempt = await world.attempt(await world.lead())
    parts = [
        part(attempt, status="in-progress", transcript=[{"speaker": "agent", "text": said}])
        for said in ("Hello,", "Hello, this is Ada.")
    ]

    await receive(world, *parts[::turn])

    assert (await world.one("SELECT text FROM turns")).text == "Hello, this is Ada."
