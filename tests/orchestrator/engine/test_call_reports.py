"""What the provider says about calls: any order, twice, late; the same rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels import twilio_errors
from orchestrator.engine import call_end, media
from orchestrator.engine.media import HangUp
from outreach.outcome import AnsweredBy
from outreach.reports import CallReported, MachineReported, RecordingReported
from tests.orchestrator.engine.returning import World, build, build_again, call

BUSY = ("initiated", "ringing", "busy")
ANSWERED = ("initiated", "ringing", "in-progress", "completed")


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def everything(world: World) -> dict[str, Any]:
    """All that reports may change, without times and without ids made on the way."""
    return {
        "attempts": await world.run(
            "SELECT n, state, outcome, outcome_by, answered_by, provider_ref, provider_status,"
            " provider_rank, undecided, error_code, reason, rule_id, priority,"
            " started_at IS NULL, live_at IS NULL, ended_at IS NULL FROM attempts ORDER BY n"
        ),
        "calls": await world.run(
            "SELECT status, amd, provider_ref, duration_s, ringing_at IS NULL, answered_at IS NULL,"
            " ended_at IS NULL, ringing_at <= answered_at, answered_at <= ended_at,"
            " reading_state FROM calls"
        ),
        "leads": await world.run("SELECT status, work, work_reason FROM leads"),
        "events": await world.run("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind"),
        "lines": await world.run("SELECT FROM lines"),
        "recordings": await world.run("SELECT status, uri, channels FROM recordings"),
    }


async def after(world: World, reports: Sequence[object]) -> dict[str, Any]:
    """What is stored once these reports about one attempt have come in this order."""
    for report in reports:
        await world.receive(report)  # type: ignore[arg-type]
    await world.move_clock(timedelta(seconds=16))
    await call_end.settle_waiting(world.ctx)
    return await everything(world)


@pytest.mark.parametrize("words", [BUSY, ANSWERED])
async def test_any_order_and_repeats_give_the_rows_of_once_and_in_order(
    words: tuple[str, ...], engine: AsyncEngine, tmp_path: Path
) -> None:
    found: list[dict[str, Any]] = []
    for order in permutations(words):
        world = await build_again(engine, tmp_path)
        attempt = await world.attempt(await world.lead())
        await world.run(
            "INSERT INTO lines SELECT channel, phone, id FROM attempts WHERE id = :id", id=attempt
        )
        reports = [
            call(attempt, word, duration_s=20 if word == "completed" else None) for word in order
        ]
        found.append(await after(world, [*reports, *reversed(reports)]))

    for one in found:
        assert one == found[0]
    assert found[0]["lines"] == []


@pytest.mark.parametrize("state", ["planned", "claimed", "cancelled"])
async def test_reports_about_what_nobody_was_asked_for_change_nothing(
    world: World, state: str
) -> None:
    attempt = await world.attempt(await world.lead(), state)
    before = await everything(world)

    assert await media.answer_call(world.ctx, attempt, "CA1") == HangUp()
    found = await after(
        world,
        [
            *(call(attempt, word, duration_s=20) for word in ANSWERED),
            call(attempt, "busy"),
            MachineReported(
                attempt_id=attempt, provider_ref="CA1", answered_by=AnsweredBy.HUMAN, word="human"
            ),
            RecordingReported(
                attempt_id=attempt,
                provider_ref="CA1",
                recording_ref="RE1",
                status="completed",
                uri="https://example.com/RE1",
                channels=2,
                duration_s=3,
            ),
        ],
    )

    assert found == before
    assert await world.run("SELECT DISTINCT status FROM inbox") == [("unmatched",)]


async def test_a_machine_report_says_the_same_before_and_after_the_end(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found = []
    for turn in (1, -1):
        world = await build_again(engine, tmp_path)
        attempt = await world.attempt(await world.lead())
        machine = MachineReported(
            attempt_id=attempt,
            provider_ref="CA1",
            answered_by=AnsweredBy.VOICEMAIL,
            word="machine_end_beep",
        )
        done = call(attempt, "completed", duration_s=12, answered_by=AnsweredBy.VOICEMAIL)
        found.append(await after(world, [call(attempt, "in-progress"), machine, done][::turn]))

    assert found[0] == found[1]
    assert found[0]["attempts"][0].outcome == "voicemail"
    assert found[0]["calls"][0].amd == "voicemail:machine_end_beep"


async def test_a_callback_that_is_faster_than_the_answer_is_adopted(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "unsure")

    await world.receive(call(attempt, "ringing"))

    row = await world.one("SELECT * FROM attempts")
    assert (row.state, row.provider_ref, row.provider_status) == ("started", "CA1", "ringing")


async def test_the_second_call_of_one_order_changes_nothing(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", provider_ref="CA1")

    await world.receive(CallReported(attempt_id=attempt, provider_ref="CA2", status="busy"))

    row = await world.one("SELECT * FROM attempts")
    assert (row.state, row.provider_ref) == ("started", "CA1")


async def test_a_number_that_does_not_exist_ends_the_lead(world: World) -> None:
    only_voice = await world.campaign("voice-only", steps=[{"channel": "voice"}], rules=[])
    attempt = await world.attempt(await world.lead(campaign=only_voice))

    await world.receive(call(attempt, "failed", sip_code=404))

    lead = await world.one("SELECT * FROM leads")
    assert (lead.status, lead.work) == ("wrong_number", "ended")
    point = await world.one("SELECT status FROM contact_points WHERE kind = 'phone'")
    assert point.status == "invalid"


async def test_a_failed_call_is_judged_by_the_providers_code(world: World) -> None:
    world.ctx = replace(world.ctx, judge=twilio_errors)
    attempt = await world.attempt(await world.lead())

    await world.receive(call(attempt, "failed", error_code="21211"))

    assert (await world.one("SELECT outcome FROM attempts WHERE n = 1")).outcome == "invalid_number"


async def test_a_call_nobody_spoke_in_is_no_conversation(world: World) -> None:
    attempt = await world.attempt(await world.lead())

    rows = await after(world, [call(attempt, "completed", duration_s=4)])

    assert rows["attempts"][0].outcome == "hangup_early"


async def test_what_speaks_of_no_call_of_ours_is_unmatched(world: World) -> None:
    await world.receive(call(world.campaign_id, "ringing"))

    assert (await world.one("SELECT status FROM inbox")).status == "unmatched"


async def test_a_recording_of_the_provider_is_kept_in_either_order(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found = []
    for turn in (1, -1):
        world = await build_again(engine, tmp_path)
        attempt = await world.attempt(await world.lead())
        reports = [
            RecordingReported(
                attempt_id=attempt,
                provider_ref="CA1",
                recording_ref="RE1",
                status=status,
                uri="https://example.com/RE1",
                channels=2,
            )
            for status in ("in-progress", "completed")
        ]
        found.append(await after(world, [call(attempt, "in-progress"), *reports][::turn]))

    assert found[0]["recordings"] == found[1]["recordings"]
    assert found[0]["recordings"][0].status == "due"
