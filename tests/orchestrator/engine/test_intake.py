"""Reports that are taken in together make the rows that each makes alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.engine import ingest
from orchestrator.engine.intake import Full, Intake
from orchestrator.engine.plain_reports import take_plain
from outreach.outcome import AnsweredBy
from outreach.reports import CallReported, Delivery, MachineReported
from tests.orchestrator.engine.world import World

RETRY = {
    "id": "again",
    "when": {"outcome": ["no_answer", "busy"]},
    "then": {"retry": {"after": ["PT2H"], "max": 1}},
}
DOCUMENTS: dict[str, dict[str, object]] = {
    "default": {},
    "retry": {"rules": [RETRY]},
    "no_rule": {"rules": []},
    "voice_alone": {"rules": [], "steps": [{"channel": "voice"}]},
    "do_not": {
        "rules": [{"id": "no", "when": {"outcome": "busy"}, "then": {"suppress": "this_channel"}}]
    },
    "over_soon": {
        "rules": [RETRY],
        "schedule": {"windows": {"mon-fri": ["09:00-10:30"]}},
    },
}
BEFORE = ("claimed", "starting", "unsure", "started", "live", "ended", "planned")
WORDS = ("initiated", "ringing", "busy", "no-answer", "completed", "in-progress", "nonsense")


def report(attempt_id: UUID, word: str, **changes: Any) -> Delivery:
    said = CallReported(attempt_id=attempt_id, provider_ref=f"CA{attempt_id.hex}", status=word)
    said = replace(said, **changes)
    key = f"call:{attempt_id}:{word}:{changes}"
    return Delivery(source="test", key=key, report=said, payload={"CallStatus": word})


async def rows_of(world: World, attempts: Sequence[UUID]) -> list[Any]:
    """All that reports may change of these, without ids and moments."""
    found: list[Any] = []
    for id in attempts:
        values = {"id": id}
        of_lead = "lead_id = (SELECT lead_id FROM attempts WHERE id = :id)"
        found.append(
            [
                await world.rows(statement, **values)
                for statement in (
                    "SELECT n, channel, state, outcome, outcome_by, provider_ref IS NULL,"
                    " provider_status, provider_rank, undecided, reason, rule_id, priority,"
                    " error_code, answered_by, due_at IS NULL, moved_by, started_at IS NULL,"
                    f" live_at IS NULL, ended_at IS NULL, lease_until IS NULL FROM attempts"
                    f" WHERE {of_lead} ORDER BY n",
                    "SELECT status, provider_ref IS NULL, from_phone, ringing_at IS NULL,"
                    " answered_at IS NULL, ended_at IS NULL, reading_state, simulated, amd"
                    " FROM calls WHERE id = :id",
                    "SELECT status, work, work_reason, recheck_at IS NULL FROM leads"
                    " WHERE id = (SELECT lead_id FROM attempts WHERE id = :id)",
                    # A note that the lead is worked again says only what the next one takes back.
                    "SELECT kind, actor, attempt_id IS NULL, data - 'due_at' FROM events"
                    f" WHERE {of_lead} ORDER BY kind, data - 'due_at'",
                    "SELECT channel FROM lines WHERE attempt_id = :id",
                    "SELECT kind, payload -> 'raw', status, tries, problem FROM inbox"
                    " WHERE payload -> 'report' ->> 'attempt_id' = cast(:id AS text)",
                )
            ]
        )
    return found


async def dialled(world: World, document: dict[str, object], count: int) -> list[list[UUID]]:
    """Two times so many attempts, in two campaigns of this document, started by real ticks."""
    campaigns = [await world.campaign(name, document=document) for name in ("alone", "in_company")]
    found = [sorted(await world.leads(campaign, count)) for campaign in campaigns]
    while await world.tick():
        pass
    assert (await world.states()) == {"started": 2 * count}
    return found


async def put(world: World, id: UUID, state: str) -> None:
    """As if only so much were known of it."""
    await world.do(
        "UPDATE attempts SET state = :state, provider_ref = NULL,"
        " outcome = CASE WHEN :state = 'ended' THEN 'no_answer' END,"
        " ended_at = CASE WHEN :state = 'ended' THEN started_at END WHERE id = :id",
        id=id,
        state=state,
    )
    if state in ("ended", "planned"):
        await world.do("DELETE FROM lines WHERE attempt_id = :id", id=id)


async def started(world: World, count: int) -> list[UUID]:
    campaign = await world.campaign("spring", document=DOCUMENTS["no_rule"])
    attempts = sorted(await world.leads(campaign, count))
    await world.tick()
    # The provider's callback comes first, and brings its own word for the call.
    await world.do("UPDATE attempts SET provider_ref = NULL")
    return attempts


async def rung(world: World) -> int:
    found = await world.rows("SELECT count(*) FROM calls WHERE status = 'ringing'")
    return int(str(found[0][0]))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_reports_taken_in_together_make_the_rows_that_each_makes_alone(
    name: str, world: World
) -> None:
    cases = list(product(BEFORE, WORDS))
    alone, together = await dialled(world, DOCUMENTS[name], len(cases))
    for ids in (alone, together):
        for id, (state, _) in zip(ids, cases, strict=True):
            await put(world, id, state)
    ctx, intake = world.context(), Intake(world.context())

    for id, (_, word) in zip(alone, cases, strict=True):
        await ingest.receive(ctx, report(id, word))
    deliveries = [report(id, word) for id, (_, word) in zip(together, cases, strict=True)]
    await asyncio.gather(*map(intake.receive, deliveries))

    expected, got = await rows_of(world, alone), await rows_of(world, together)
    assert dict(zip(cases, got, strict=True)) == dict(zip(cases, expected, strict=True))


async def test_calls_that_ring_and_end_unanswered_need_nobody_to_look_at_each(
    world: World,
) -> None:
    attempts = await started(world, 20)
    words = ["ringing", "no-answer", "busy", "initiated"] * 5
    deliveries = [report(id, word) for id, word in zip(attempts, words, strict=True)]

    left = await take_plain(world.context(), deliveries)

    assert left == []
    assert await world.states() == {"started": 10, "ended": 10, "planned": 10}


async def test_a_report_that_cannot_be_applied_takes_no_other_with_it(world: World) -> None:
    attempts = await started(world, 5)
    await world.do(
        "INSERT INTO calls (id, direction, provider_ref, from_phone, to_phone, created_at)"
        " SELECT gen_random_uuid(), 'inbound', 'CA-taken', '', '', clock_timestamp()"
    )
    bad = report(attempts[0], "ringing", provider_ref="CA-taken")
    intake = Intake(world.context())

    await asyncio.gather(
        *(intake.receive(one) for one in (bad, *(report(id, "ringing") for id in attempts[1:])))
    )

    assert await world.rows("SELECT status, problem FROM inbox WHERE status <> 'applied'") == [
        ("pending", "IntegrityError 23505")
    ]
    assert await rung(world) == 4


async def test_a_report_that_comes_twice_in_one_breath_counts_once(world: World) -> None:
    attempts = await started(world, 3)
    intake = Intake(world.context())
    deliveries = [report(id, word) for id in attempts for word in ("ringing", "no-answer")]

    await asyncio.gather(*map(intake.receive, deliveries * 3))

    assert await world.rows("SELECT count(*) FROM inbox") == [(6,)]
    told = await world.rows(
        "SELECT kind, count(*) FROM events WHERE kind LIKE 'call.%' OR kind LIKE 'attempt.e%'"
        " OR kind = 'attempt.result' GROUP BY kind ORDER BY kind"
    )
    assert told == [("attempt.ended", 3), ("attempt.result", 3), ("call.status", 6)]


async def test_more_than_can_be_taken_in_soon_is_turned_away_before_it_is_stored(
    world: World,
) -> None:
    attempts = await started(world, 10)
    limits = replace(world.limits, most_deliveries_waiting=4)
    intake = Intake(world.context(limits=limits))
    deliveries = [report(id, "ringing") for id in attempts]

    answers = await asyncio.gather(*map(intake.receive, deliveries), return_exceptions=True)

    turned_away = [isinstance(one, Full) for one in answers]
    assert turned_away == [False] * 4 + [True] * 6
    assert await rung(world) == 4
    await asyncio.gather(*map(intake.receive, deliveries[4:8]))
    assert await rung(world) == 8


async def test_what_is_not_about_a_call_under_way_is_taken_in_alone(world: World) -> None:
    attempts = await started(world, 2)
    heard = MachineReported(
        attempt_id=attempts[0],
        provider_ref=f"CA{attempts[0].hex}",
        answered_by=AnsweredBy.VOICEMAIL,
        word="machine_start",
    )
    unknown = report(uuid4(), "ringing")
    intake = Intake(world.context())

    await asyncio.gather(
        intake.receive(Delivery(source="test", key="amd", report=heard, payload={})),
        intake.receive(unknown),
    )

    assert await world.rows("SELECT kind, status FROM inbox ORDER BY kind") == [
        ("call", "unmatched"),
        ("machine", "applied"),
    ]
