"""A lead is a person worked for one campaign: who they are, what is known, all that happened."""

from pathlib import Path
from uuid import UUID

import pytest

from orchestrator.engine.ingest import receive
from outreach.reports import CallReported, Delivery
from tests.orchestrator.engine.lists import apply_examples, bring, write
from tests.orchestrator.engine.world import TUESDAY, World

ANN, BEN = "+12025550111", "+12025550112"


@pytest.mark.row("S4-9")
async def test_one_phone_is_one_lead_of_a_campaign_and_may_be_one_of_another(
    world: World, tmp_path: Path
) -> None:
    await apply_examples(world)
    rows = [f"{ANN},Ann,,,crm,team,3", f"{BEN},Ben,,,crm,team,3", f"{ANN},Anna,,,crm,team,4"]
    file = write(tmp_path, rows)

    first = await bring(world.engine, file, "spring-phone")
    again = await bring(world.engine, file, "spring-phone")
    other = await bring(world.engine, file, "spring-whatsapp")

    assert (first.imported, dict(first.rejected)) == (2, {"duplicate_in_file": 1})
    assert (again.imported, again.has_problems) == (0, False)
    assert other.imported == 2
    assert await world.rows(
        "SELECT first_name, count(*), count(DISTINCT campaign_id), count(DISTINCT contact_id)"
        " FROM leads GROUP BY first_name ORDER BY first_name"
    ) == [("Ann", 2, 2, 1), ("Ben", 2, 2, 1)]


@pytest.mark.row("S4-1")
async def test_a_lead_keeps_who_it_is_what_is_known_and_all_that_happened(
    world: World, tmp_path: Path
) -> None:
    await apply_examples(world)
    await world.do("UPDATE campaigns SET status = 'running'")
    file = write(tmp_path, [f"{ANN},Ann,ann@example.com,,crm,team,3"])
    await bring(world.engine, file, "spring-phone")
    await world.do("UPDATE attempts SET due_at = :now", now=TUESDAY)
    await world.tick()
    ((attempt,),) = await world.rows("SELECT id FROM attempts")
    assert isinstance(attempt, UUID)
    busy = CallReported(attempt_id=attempt, provider_ref=world.voice.taken[0].ref, status="busy")
    await receive(world.context(), Delivery(source="test", key="1", report=busy))

    lead = "phone, first_name, email, fields, status, work"
    assert await world.rows(f"SELECT {lead} FROM leads") == [
        (
            ANN,
            "Ann",
            "ann@example.com",
            {"product": "crm", "plan": "team", "seats": 3},
            "attempting",
            "planned",
        )
    ]
    happened = await world.rows(
        "SELECT kind FROM events WHERE lead_id = (SELECT id FROM leads) ORDER BY seq"
    )
    assert [
        kind for (kind,) in happened if str(kind).startswith("attempt.") or kind == "lead.status"
    ] == [
        "attempt.planned",
        "attempt.claimed",
        "attempt.starting",
        "attempt.started",
        "attempt.ended",
        "attempt.result",
        "lead.status",
        "attempt.planned",
    ]
