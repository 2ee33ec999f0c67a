"""What becomes of live calls when their process dies or stops, or a campaign pauses."""

from datetime import timedelta

from orchestrator.commands.operator import OPERATOR
from orchestrator.engine.actions import campaigns as deeds
from storage.database import transaction
from tests.crash.stage import Stage

NO_ANSWER, INTERESTED, NOT_INTERESTED = 84, 21, 36


async def test_a_live_call_whose_process_dies_keeps_what_was_said_and_is_not_repeated(
    stage: Stage,
) -> None:
    person = stage.person(INTERESTED)
    await stage.campaign("calls", [person], "voice")
    process = await stage.serve()
    await stage.until(lambda: _said_something(stage))

    await process.kill()
    (said,) = await stage.rows("SELECT count(*) AS n FROM turns")
    await stage.serve()
    await stage.until(lambda: _ended(stage))
    # The other side's word, which never comes, is waited for in business time.
    await stage.move(timedelta(seconds=20))
    await stage.until(stage.quiet)

    (call,) = await stage.carrier.calls()
    first, *_ = await stage.attempts_of(person)
    assert (first.state, first.provider_ref) == ("ended", call["sid"])
    assert first.outcome is not None
    assert (await stage.one("SELECT count(*) AS n FROM turns")).n >= said.n > 0
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()


async def test_a_pause_and_then_a_stop_start_nothing_new_and_let_running_calls_end(
    stage: Stage,
) -> None:
    talking = stage.person(NOT_INTERESTED)
    waiting = [stage.person(NO_ANSWER, area) for area in range(4)]
    later = [stage.person(NO_ANSWER + 1, area) for area in range(4)]
    await stage.campaign("calls", [talking], "voice")
    process = await stage.serve()
    await stage.until(lambda: _said_something(stage))
    await stage.campaign("paused", waiting, "voice", concurrency=1)
    await stage.until(lambda: _is_calling(stage, 2))

    async with transaction(stage.engine) as tx:
        await deeds.pause(stage.ctx, tx, "paused", OPERATOR)
    begun = len(await stage.carrier.calls())
    assert await _is_live(stage, talking)
    process.ask_to_stop()
    await stage.until(lambda: stage.says(process.log, '"stopping"'))
    await stage.campaign("later", later, "voice")
    assert await process.ended() == 0

    calls = await stage.carrier.calls()
    assert len(calls) == begun < 1 + len(waiting)
    assert not {one["to"] for one in calls} & set(later)
    assert {one["status"] for one in calls} <= {"completed", "no-answer"}
    (heard,) = [one for one in calls if one["to"] == talking]
    assert heard["lines_said"] >= 1, "the person was not cut off"
    assert await stage.rows("SELECT FROM attempts WHERE state NOT IN ('planned', 'ended')") == []
    assert await stage.rows("SELECT FROM processes") == []
    planned = await stage.rows("SELECT FROM attempts WHERE state = 'planned' AND n = 1")
    assert len(planned) == 1 + len(waiting) - begun + len(later)


async def _said_something(stage: Stage) -> bool:
    return bool(await stage.rows("SELECT FROM turns"))


async def _is_calling(stage: Stage, count: int) -> bool:
    return len(await stage.carrier.calls()) == count


async def _ended(stage: Stage) -> bool:
    return bool(await stage.rows("SELECT FROM attempts WHERE state = 'ended'"))


async def _is_live(stage: Stage, person: str) -> bool:
    (attempt,) = await stage.attempts_of(person)
    return bool(attempt.state == "live")
