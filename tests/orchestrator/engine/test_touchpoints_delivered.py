"""What other sources tell is stored once, belongs to whom it can, and is kept where nobody can."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import ingest
from orchestrator.engine.journeys.follow import look_daily
from outreach.accounts.touchpoint_delivery import TouchpointDelivery
from outreach.reports import Delivery, TouchpointsDelivered
from tests.orchestrator.engine.following import follow
from tests.orchestrator.engine.returning import World, build
from tests.orchestrator.engine.test_journeys import company, stands, stored

ANN = "ann@acme.example.com"


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def tell(world: World, *events: dict[str, Any], key: str = "1") -> None:
    now: datetime = await world.now()
    told = [{"at": now.isoformat(), **one} for one in events]
    report = TouchpointsDelivered(
        source="website", delivery=TouchpointDelivery.model_validate({"events": told})
    )
    await ingest.receive(world.ctx, Delivery(source="touchpoints:website", key=key, report=report))
    await follow(world)


async def with_address(world: World, contact: UUID, address: str = ANN) -> None:
    await world.run(
        "INSERT INTO contact_points (contact_id, kind, value, created_at)"
        " VALUES (:contact, 'email', :address, :now)",
        contact=contact,
        address=address,
        now=await world.now(),
    )


def visit(id_: str = "v1", **facts: Any) -> dict[str, Any]:
    return {"id": id_, "act": "report", "seconds": 1500, "expected_s": 900, **facts}


async def test_who_is_known_by_their_address_is_found_with_their_company(world: World) -> None:
    lead = await world.lead()
    acme = await company(world, lead)
    contact = (await world.one("SELECT contact_id FROM leads")).contact_id
    await with_address(world, contact)

    await tell(world, visit(email="Ann@Acme.example.com"))

    row = await world.one("SELECT contact_id, company_id, score, data FROM touchpoints")
    assert (row.contact_id, row.company_id, row.score) == (contact, acme, 72)
    assert "who" not in row.data
    assert (await stands(world))[0] == "education"


async def test_who_is_not_known_counts_for_the_company_of_their_domain(world: World) -> None:
    acme = await company(world)

    await tell(world, visit(email=ANN))

    row = await world.one("SELECT contact_id, company_id, score FROM touchpoints")
    assert tuple(row) == (None, acme, 72)


async def test_what_nobody_is_known_for_is_kept(world: World) -> None:
    await tell(world, visit(email="ben@elsewhere.example.com"))

    row = await world.one("SELECT contact_id, company_id, data FROM touchpoints")
    assert (row.contact_id, row.company_id) == (None, None)
    assert row.data["who"]["email"] == "ben@elsewhere.example.com"
    assert (await world.one("SELECT status FROM inbox")).status == "unmatched"


async def test_the_same_event_in_another_message_is_the_same_event(world: World) -> None:
    await company(world)

    await tell(world, visit(email=ANN), key="1")
    await tell(world, visit(email=ANN), visit("v2", email=ANN), key="2")
    await tell(world, visit(email=ANN), key="2")

    assert await stored(world) == [("content", 72, "report"), ("content", 77, "report")]


async def test_a_meeting_that_is_taken_back_lifts_nobody(world: World) -> None:
    await company(world)
    booked = {"id": "m1", "act": "meeting_booked", "email": ANN}
    await tell(world, booked, key="1")
    assert (await stands(world))[0] == "evaluation"

    await tell(world, {**booked, "taken_back": True}, key="2")
    await tell(world, booked, key="3")

    assert await stands(world) == ("target", 0, False)


@pytest.mark.row("S3-9")
async def test_noise_is_kept_without_a_score(world: World) -> None:
    await company(world)

    await tell(world, {"id": "p1", "act": "page", "seconds": 10, "email": ANN})

    assert await stored(world) == [("website", None, "page")]
    assert await stands(world) == ("target", 0, False)


async def test_what_a_stranger_did_is_theirs_as_soon_as_they_are_known(world: World) -> None:
    await tell(world, visit(email=ANN))
    lead = await world.lead()
    acme = await company(world, lead)
    contact = (await world.one("SELECT contact_id FROM leads")).contact_id
    await with_address(world, contact)

    await world.move_clock(timedelta(days=1))
    await look_daily(world.ctx)

    row = await world.one("SELECT contact_id, company_id, score, data FROM touchpoints")
    assert (row.contact_id, row.company_id, row.score) == (contact, acme, 72)
    assert "who" not in row.data
    assert (await stands(world))[0] == "education"


async def test_late_events_of_the_past_give_the_same_as_in_order(world: World) -> None:
    await company(world)
    now = await world.now()
    times = [(now - timedelta(days=days)).isoformat() for days in (1, 9, 5)]

    for n, at in enumerate(times):
        await tell(world, visit(f"v{n}", email=ANN, at=at), key=str(n))

    assert [score for _, score, _ in await stored(world)] == [72, 77, 82]
