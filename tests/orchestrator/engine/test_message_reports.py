"""What the provider and the person say about messages: any order, twice; the same rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels import twilio_errors
from orchestrator.engine import message_reports, silence
from outreach.reports import Report
from tests.orchestrator.engine.returning import World, build, build_again, status, written


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    world = await build(engine, tmp_path)
    world.ctx = replace(world.ctx, judge=twilio_errors)
    return world


async def after(world: World, reports: Sequence[Report]) -> dict[str, Any]:
    for report in reports:
        await world.receive(report)
    return {
        "attempts": await world.run(
            "SELECT n, channel, state, outcome, provider_ref, provider_status, provider_rank,"
            " undecided, rule_id, error_code, ended_at IS NULL FROM attempts ORDER BY n"
        ),
        "messages": await world.run(
            "SELECT direction, body, state, provider_ref, provider_status, provider_rank,"
            " sent_at IS NULL FROM messages ORDER BY direction"
        ),
        "conversations": await world.run(
            "SELECT reply_due_at IS NULL, no_reply_due_at IS NULL, window_expires_at IS NULL,"
            " last_outbound_at IS NULL, last_inbound_at IS NULL FROM conversations"
        ),
        "leads": await world.run("SELECT status, work, work_reason FROM leads"),
        "events": await world.run("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind"),
    }


@pytest.mark.parametrize("state", ["starting", "started"])
async def test_any_order_and_repeats_give_the_rows_of_once_and_in_order(
    state: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    found: list[dict[str, Any]] = []
    for order in permutations(("sent", "delivered", "read")):
        world = await build_again(engine, tmp_path)
        attempt = await world.attempt(await world.lead(), state, "whatsapp")
        reports = [status(attempt, word) for word in order]
        found.append(await after(world, [*reports, *reversed(reports)]))

    for one in found:
        assert one == found[0]
    assert found[0]["attempts"][0].outcome == "read"
    assert found[0]["leads"] == [("attempting", "waiting", "reply")]


async def test_an_answer_says_more_than_the_provider_in_either_order(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found: list[dict[str, Any]] = []
    for turn in (1, -1):
        world = await build_again(engine, tmp_path)
        attempt = await world.attempt(await world.lead(), "started", "whatsapp")
        reports: list[Report] = [
            *(status(attempt, word) for word in ("sent", "delivered", "read")),
            written("Yes, tell me more", answered_ref="SM1"),
        ]
        found.append(await after(world, reports[::turn]))

    assert found[0] == found[1]
    assert found[0]["attempts"][0].outcome == "replied"
    assert found[0]["leads"] == [("contacted", "waiting", "conversation")]


async def test_a_message_that_never_arrives_lets_the_rules_go_on(world: World) -> None:
    chat_first = await world.campaign(
        "chat-first",
        steps=[{"channel": "whatsapp", "template": "intro"}, {"channel": "voice"}],
        rules=[],
    )
    lead = await world.lead(campaign=chat_first)
    attempt = await world.attempt(lead, "started", "whatsapp")

    await world.receive(status(attempt, "undelivered", "63024"))

    first, planned = await world.run("SELECT state, outcome, channel FROM attempts ORDER BY n")
    assert (first.state, first.outcome) == ("ended", "undelivered")
    assert (planned.state, planned.channel) == ("planned", "voice")
    assert (await world.one("SELECT state FROM messages")).state == "failed"


async def test_an_opt_out_at_the_provider_cancels_everything(world: World) -> None:
    contact = await world.contact("+12025550123")
    attempt = await world.attempt(await world.lead(contact=contact), "started", "whatsapp")
    other = await world.lead(contact=contact, campaign=await world.campaign("autumn"))
    await world.attempt(other, "planned")

    await world.receive(status(attempt, "failed", "63033"))

    states = await world.run("SELECT state, outcome FROM attempts ORDER BY state")
    assert states == [("cancelled", None), ("ended", "opted_out")]
    assert {row.scope for row in await world.run("SELECT scope FROM suppressions")} == {"all"}
    assert {row.status for row in await world.run("SELECT status FROM leads")} == {"unsubscribed"}


async def test_after_a_day_without_a_word_the_message_counts_as_not_delivered(
    world: World,
) -> None:
    await world.attempt(await world.lead(), "started", "whatsapp")
    await world.move_clock(timedelta(hours=23))
    assert await message_reports.end_silent(world.ctx) == 0

    await world.move_clock(timedelta(hours=1))
    assert await message_reports.end_silent(world.ctx) == 1

    row = await world.one("SELECT state, outcome FROM attempts WHERE n = 1")
    assert (row.state, row.outcome) == ("ended", "undelivered")


async def test_silence_after_a_delivered_message_is_followed_by_a_call(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    assert await silence.count_silence(world.ctx) == 0

    await world.move_clock(timedelta(days=2, minutes=1))
    assert await silence.count_silence(world.ctx) == 1

    planned = await world.one("SELECT channel, rule_id FROM attempts WHERE state = 'planned'")
    assert (planned.channel, planned.rule_id) == ("voice", "norep")
    assert await silence.count_silence(world.ctx) == 0


async def test_who_answered_is_not_taken_for_silent(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("Who is this?"))

    await world.move_clock(timedelta(days=3))

    assert await silence.count_silence(world.ctx) == 0
