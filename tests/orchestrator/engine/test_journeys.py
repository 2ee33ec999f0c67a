"""Our own conversations become touchpoints, each once, and move companies; time moves them back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.actions.companies import merge_companies
from orchestrator.engine.actions.correct_outcome import Correction, correct_outcome
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.journeys.follow import look_daily
from orchestrator.engine.journeys.recompute import recompute
from outreach.outcome import Outcome
from storage import clock, touchpoints
from storage.database import transaction
from tests.orchestrator.engine.following import follow
from tests.orchestrator.engine.returning import World, build, build_again, call, written

REP = Actor(name="user:1", role=Role.REP)


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def company(world: World, lead: UUID | None = None) -> UUID:
    """A company; the lead's person belongs to it."""
    id_ = uuid4()
    await world.run(
        "INSERT INTO companies (id, name, domains, created_at, updated_at)"
        " VALUES (:id, 'Acme', ARRAY['acme.example.com'], :now, :now)",
        id=id_,
        now=await world.now(),
    )
    if lead is not None:
        await world.run(
            "UPDATE contacts SET company_id = :company"
            " WHERE id = (SELECT contact_id FROM leads WHERE id = :lead)",
            company=id_,
            lead=lead,
        )
    return id_


async def talked(world: World, lead: UUID, seconds: int = 95) -> UUID:
    """A call with a person that took so long; nobody has said yet what came of it."""
    attempt = await world.attempt(lead, "started")
    for one in (call(attempt, "in-progress"), call(attempt, "completed", duration_s=seconds)):
        await world.receive(replace(one, provider_ref=f"CA{attempt}"))
    return attempt


async def came_to(world: World, attempt: UUID, outcome: Outcome) -> None:
    async with transaction(world.engine) as tx:
        await correct_outcome(world.ctx, tx, attempt, Correction(outcome=outcome), REP)
    await follow(world)


async def stored(world: World) -> list[tuple[Any, ...]]:
    rows = await world.run(
        "SELECT kind, score, data->>'act' AS act FROM touchpoints ORDER BY occurred_at, source_ref"
    )
    return [tuple(row) for row in rows]


async def stands(world: World) -> tuple[Any, ...]:
    row = await world.one("SELECT journey_stage, journey_score, needs_attention FROM companies")
    return tuple(row)


async def moves(world: World) -> list[dict[str, Any]]:
    rows = await world.run("SELECT data FROM events WHERE kind = 'company.stage' ORDER BY tx, seq")
    return [row.data for row in rows]


@pytest.mark.row("S0-7")
@pytest.mark.row("S1-6")
async def test_a_call_becomes_a_touchpoint_of_contact_company_and_lead(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    attempt = await talked(world, lead)

    await came_to(world, attempt, Outcome.TALKED)

    row = await world.one("SELECT * FROM touchpoints")
    contact = await world.one("SELECT contact_id FROM leads")
    assert (row.source_ref, row.score, row.attention_ratio) == (f"call:{attempt}", 54, 1056)
    assert (row.company_id, row.contact_id, row.lead_id) == (acme, contact.contact_id, lead)
    assert await stands(world) == ("education", 194, False)
    (move,) = await moves(world)
    assert (move["was"], move["stage"], move["because"]) == ("target", "education", "long_call")
    assert move["touchpoint_id"] == str(row.id)


async def test_looking_again_changes_nothing(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    await came_to(world, await talked(world, lead), Outcome.TALKED)
    before = await stored(world), await stands(world), await moves(world)

    await world.run("UPDATE duties SET state = '{}' WHERE name = 'journeys'")
    await follow(world)
    await follow(world)

    assert (await stored(world), await stands(world), await moves(world)) == before
    assert len(before[0]) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_order_of_reports_makes_no_difference(world: World, order: Sequence[int]) -> None:
    lead = await world.lead()
    await company(world, lead)
    attempt = await world.attempt(lead, "started")
    reports = [
        call(attempt, "ringing"),
        call(attempt, "in-progress"),
        call(attempt, "completed", duration_s=120),
    ]

    for one in order:
        await world.receive(reports[one])
        await follow(world)
    await came_to(world, attempt, Outcome.TALKED)

    assert await stored(world) == [("call", 60, "call")]


@pytest.mark.parametrize(
    ("outcome", "score"),
    [
        (Outcome.WRONG_PERSON, None),
        (Outcome.OPTED_OUT, None),
        (Outcome.NOT_INTERESTED, None),
        (Outcome.VOICEMAIL, None),
        (Outcome.QUALIFIED, 60),
    ],
)
async def test_a_corrected_result_corrects_the_touchpoint_and_the_journey(
    world: World, outcome: Outcome, score: int | None
) -> None:
    lead = await world.lead()
    await company(world, lead)
    attempt = await talked(world, lead)
    await came_to(world, attempt, Outcome.TALKED)

    await came_to(world, attempt, outcome)

    assert await stored(world) == [("call", score, "call")]
    assert (await stands(world))[0] == ("target" if score is None else "education")
    if score is None:
        assert (await moves(world))[-1]["because"] == "corrected"


@pytest.mark.row("S0-14")
async def test_an_agreed_meeting_counts_once_and_can_be_taken_back(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    attempt = await talked(world, lead)

    await came_to(world, attempt, Outcome.MEETING_BOOKED)

    assert ("meeting", 100, "meeting_booked") in await stored(world)
    stage, _, needs_attention = await stands(world)
    assert (stage, needs_attention) == ("evaluation", True)

    await came_to(world, attempt, Outcome.TALKED)

    assert ("meeting", None, "meeting_booked") in await stored(world)
    assert (await stands(world))[0] == "education"


async def test_a_chat_is_one_touchpoint_that_grows_and_a_stop_ends_it(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    await world.attempt(lead, "started", "whatsapp")
    await world.receive(written("Yes I would like to hear", ref="SM1"))
    await follow(world)
    first = await world.one("SELECT id, score, attention_ratio FROM touchpoints")

    await world.receive(written("and what does that cost for us", ref="SM2"))
    await follow(world)

    second = await world.one("SELECT id, score, attention_ratio FROM touchpoints")
    assert (first.attention_ratio, second.attention_ratio) == (500, 1083)
    assert first.id == second.id
    assert second.score > first.score
    assert (await stands(world))[0] == "education"

    await world.receive(written("STOP", ref="SM3"))
    await follow(world)

    assert await stored(world) == [("whatsapp", None, "wa_reply")]


async def test_the_next_day_but_one_is_another_session(world: World) -> None:
    lead = await world.lead()
    await world.attempt(lead, "started", "whatsapp")
    await world.receive(written("one two three four five six", ref="SM1"))
    await world.move_clock(timedelta(hours=25))
    await world.receive(written("one two three four five six", ref="SM2"))

    await follow(world)

    assert await stored(world) == [("whatsapp", 40, "wa_reply"), ("whatsapp", 45, "wa_reply")]


async def test_who_belongs_to_no_company_has_scores_and_joins_with_them(world: World) -> None:
    lead = await world.lead()
    await came_to(world, await talked(world, lead), Outcome.TALKED)
    assert await stored(world) == [("call", 54, "call")]

    await company(world, lead)
    async with transaction(world.engine) as tx:
        joined = await touchpoints.follow_contacts(tx)
        await recompute(tx, joined.companies, await clock.now(tx))

    assert await stands(world) == ("education", 194, False)


async def test_nobody_there_leaves_no_trace(world: World) -> None:
    lead = await world.lead()
    attempt = await world.attempt(lead, "started")

    await world.receive(call(attempt, "no-answer"))
    await follow(world)

    assert await stored(world) == []


async def test_a_week_of_silence_takes_a_stage_back_by_the_daily_look(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    await world.attempt(lead, "started", "whatsapp")
    await world.receive(written("one two three four five six", ref="SM1"))
    await follow(world)
    assert (await stands(world))[0] == "education"

    for _ in range(8):
        await world.move_clock(timedelta(days=1))
        assert await look_daily(world.ctx) == 1
        assert await look_daily(world.ctx) == 0

    assert (await stands(world))[0] == "target"
    assert [(move["stage"], move["because"]) for move in await moves(world)] == [
        ("education", "whatsapp_reply"),
        ("target", "decay"),
    ]


async def test_computing_from_the_raw_events_gives_what_is_stored(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    world = await build_again(engine, tmp_path)
    lead = await world.lead()
    acme = await company(world, lead)
    for seconds, outcome in ((95, Outcome.TALKED), (40, Outcome.TALKED), (300, Outcome.QUALIFIED)):
        await came_to(world, await talked(world, lead, seconds), outcome)
        await world.move_clock(timedelta(days=3))
    await look_daily(world.ctx)
    kept = await stored(world), await stands(world)

    await world.run("UPDATE touchpoints SET score = NULL")
    await world.run("UPDATE companies SET journey_stage = 'target', journey_score = 0")
    async with transaction(world.engine) as tx:
        await recompute(tx, [acme], await clock.now(tx))

    assert (await stored(world), await stands(world)) == kept


async def test_companies_that_are_merged_are_computed_from_what_both_did(world: World) -> None:
    lead, other = await world.lead(), await world.lead("+12025550124")
    acme, gone = await company(world, lead), await company(world, other)
    await came_to(world, await talked(world, lead, 180), Outcome.TALKED)
    await came_to(world, await talked(world, other, 180), Outcome.TALKED)
    (alone,) = await world.run("SELECT journey_score FROM companies WHERE id = :id", id=acme)

    async with transaction(world.engine) as tx:
        await merge_companies(world.ctx, tx, gone, acme, REP)
    await follow(world)

    # Two people, and the second conversation of what is one company now.
    stage, score, _ = await stands(world)
    assert (stage, score > alone.journey_score) == ("solution", True)
    assert {row[1] for row in await stored(world)} == {73, 78}
