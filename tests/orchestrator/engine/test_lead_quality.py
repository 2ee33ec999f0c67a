"""A lead's quality follows what is known, what they do and who must not be contacted."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.lead_quality import READER, fade_quality, follow_quality, score
from outreach.outcome import Outcome
from storage.database import transaction
from tests.orchestrator.engine.following import follow
from tests.orchestrator.engine.returning import World, build
from tests.orchestrator.engine.test_journeys import came_to, company, talked


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def kept(world: World, lead: UUID) -> tuple[int | None, dict[str, Any] | None]:
    rows = await world.run("SELECT total, parts FROM lead_qualities WHERE lead_id = :id", id=lead)
    return (rows[0].total, rows[0].parts) if rows else (None, None)


async def scored(world: World, lead: UUID) -> int | None:
    await follow(world)
    await follow(world, READER, follow_quality)
    return (await kept(world, lead))[0]


async def test_a_conversation_raises_it_and_the_parts_are_kept(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    async with transaction(world.engine) as tx:
        await score(tx, [lead])
    before, _ = await kept(world, lead)

    await came_to(world, await talked(world, lead, 180), Outcome.INTERESTED)

    after = await scored(world, lead)
    _, parts = await kept(world, lead)
    assert (before, after) == (39, 53)
    assert parts is not None
    assert parts["engagement"] == 14
    assert sum(parts[one] for one in ("contact", "company", "source", "engagement")) == after


async def test_time_takes_it_back_once_a_day(world: World) -> None:
    lead = await world.lead()
    await company(world, lead)
    await came_to(world, await talked(world, lead, 180), Outcome.TALKED)
    before = await scored(world, lead)
    await world.run("UPDATE touchpoints SET occurred_at = occurred_at - interval '28 days'")

    assert (await fade_quality(world.ctx), await fade_quality(world.ctx)) == (1, 0)

    after, _ = await kept(world, lead)
    assert before is not None
    assert after is not None
    assert after < before


async def test_who_is_suppressed_has_none(world: World) -> None:
    lead = await world.lead()
    async with transaction(world.engine) as tx:
        await score(tx, [lead])
    before, _ = await kept(world, lead)

    await world.run(
        "INSERT INTO suppressions (id, kind, value, scope, reason, source, created_at, created_by)"
        " VALUES (gen_random_uuid(), 'phone', '+12025550123', 'all', 'asked', 'cli', now(), 'cli')"
    )
    async with transaction(world.engine) as tx:
        await score(tx, [lead])

    total, parts = await kept(world, lead)
    assert before is not None
    assert total is None
    assert parts is not None
    assert parts["total"] is None
