"""A person asks for a colleague: who takes the call, and what stays where nobody does."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.tools import ToolResult, TransferToHuman
from orchestrator.engine import media
from orchestrator.engine.media import Connect, HangUp
from orchestrator.engine.transfers import Brief, Dial, Transfers
from tests.orchestrator.engine.returning import World, build

COLLEAGUE = "+12025550199"
WISH = TransferToHuman(reason="They want to know about the price.")


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path)
    await made.run(
        "UPDATE documents SET body = body || cast(:more AS jsonb) WHERE kind = 'agent'",
        more=f'{{"tools": ["end_call", "transfer_to_human"], "transfer_to": "{COLLEAGUE}"}}',
    )
    return made


async def asked(world: World) -> tuple[UUID, ToolResult]:
    """A call in which the person asked for somebody."""
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, Connect)
    assert connect.then == attempt
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None
    return attempt, await opened.tools.use(WISH)


async def open_tasks(world: World) -> list[str]:
    return [row.kind for row in await world.run("SELECT kind FROM tasks WHERE done_at IS NULL")]


async def test_a_colleague_is_called_and_told_who_waits_and_why(world: World) -> None:
    attempt, said = await asked(world)
    transfers = Transfers(ctx=world.ctx)

    plan = await transfers.follow(attempt, "CA1")
    briefing = await transfers.brief(attempt)

    assert (said.done, said.ends_conversation) == (True, True)
    assert isinstance(plan, Dial)
    assert plan.to == COLLEAGUE
    assert isinstance(briefing, Brief)
    assert "is on the line about Spring demo. They want to know about the price." in briefing.words


async def test_who_took_the_call_has_nothing_left_to_do(world: World) -> None:
    attempt, _ = await asked(world)
    transfers = Transfers(ctx=world.ctx)
    await transfers.follow(attempt, "CA1")

    await transfers.accepted(attempt)
    await transfers.accepted(attempt)

    assert await open_tasks(world) == []
    assert await transfers.returned(attempt, "CA1") == HangUp()
    assert await transfers.follow(attempt, "CA1") == HangUp()


async def test_where_nobody_takes_it_the_task_stays_and_the_person_hears_so(world: World) -> None:
    attempt, _ = await asked(world)
    transfers = Transfers(ctx=world.ctx)
    await transfers.follow(attempt, "CA1")

    goodbye = await transfers.returned(attempt, "CA1")

    assert await open_tasks(world) == ["transfer"]
    assert "A colleague calls you back." in goodbye.words


async def test_another_call_or_one_without_a_wish_leads_to_nobody(world: World) -> None:
    attempt, _ = await asked(world)
    other = await world.attempt(await world.lead("+12025550124"), provider_ref="CA2")
    transfers = Transfers(ctx=world.ctx)

    assert await transfers.follow(attempt, "CA9") == HangUp()
    assert await transfers.returned(attempt, "CA9") == HangUp()
    assert await transfers.follow(other, "CA2") == HangUp()
    assert await transfers.brief(other) == HangUp()


async def test_without_a_number_a_colleague_gets_the_task_alone(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    world = await build(engine, tmp_path)
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, Connect)
    assert connect.then is None
    opened = await media.open_media(world.ctx, connect.token, "CA1")
    assert opened is not None

    said = await opened.tools.use(WISH)

    assert not said.ends_conversation
    assert "calls back" in said.say
    assert await open_tasks(world) == ["transfer"]
