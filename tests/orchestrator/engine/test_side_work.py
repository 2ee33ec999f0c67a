"""Side work by the real queue: with the transaction or not at all, again when it fails."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import side_work
from orchestrator.engine.side_work import ProcrastinateWork
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


@pytest.fixture
async def work(world: World, database_url: str) -> ProcrastinateWork:
    address = make_url(database_url).set(drivername="postgresql")
    return ProcrastinateWork(address.render_as_string(hide_password=False))


async def jobs(world: World) -> list[tuple[str, str]]:
    rows = await world.run("SELECT task_name, status::text AS status FROM procrastinate_jobs")
    return [tuple(row) for row in rows]


async def test_a_job_exists_if_and_only_if_its_transaction_commits(
    world: World, work: ProcrastinateWork
) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 (the error is what rolls back)
        async with transaction(world.engine) as tx:
            await work.defer(tx, "read_call", {"call_id": "1"})
            raise RuntimeError("changed my mind")
    assert await jobs(world) == []

    async with transaction(world.engine) as tx:
        await work.defer(tx, "read_call", {"call_id": "2"})

    assert await jobs(world) == [("read_call", "todo")]


async def test_a_job_that_fails_is_tried_five_times_and_then_shown(
    world: World, work: ProcrastinateWork
) -> None:
    work.register(world.ctx)
    async with transaction(world.engine) as tx:
        await work.defer(tx, "read_call", {"call_id": "no id at all"})

    for tries in range(1, 6):
        await work_off(work)
        assert await jobs(world) == [("read_call", "failed")]
        started = "SELECT FROM procrastinate_events WHERE type = 'started'"
        assert len(await world.run(started)) == tries
        if tries < 5:
            assert await side_work.retry_jobs(world.ctx) == 0
            await world.run("UPDATE procrastinate_events SET at = at - interval '1 hour'")
            assert await side_work.retry_jobs(world.ctx) == 1


async def test_a_job_of_a_dead_worker_runs_again(world: World, work: ProcrastinateWork) -> None:
    work.register(world.ctx)
    async with transaction(world.engine) as tx:
        await work.defer(tx, "read_call", {"call_id": str(world.campaign_id)})
    await world.run("UPDATE procrastinate_jobs SET status = 'doing'")
    await world.run("UPDATE procrastinate_events SET at = at - interval '1 hour'")

    assert await side_work.retry_jobs(world.ctx) == 1
    await work_off(work)

    assert await jobs(world) == []


async def test_a_job_that_a_stopping_worker_gave_up_runs_again(
    world: World, work: ProcrastinateWork
) -> None:
    work.register(world.ctx)
    async with transaction(world.engine) as tx:
        await work.defer(tx, "read_call", {"call_id": str(world.campaign_id)})
    await world.run("UPDATE procrastinate_jobs SET status = 'doing'")
    await world.run("UPDATE procrastinate_jobs SET status = 'aborted'")
    await world.run("UPDATE procrastinate_events SET at = at - interval '1 hour'")

    assert await side_work.retry_jobs(world.ctx) == 1
    await work_off(work)

    assert await jobs(world) == []


async def test_a_job_that_killed_its_worker_five_times_is_given_up(
    world: World, work: ProcrastinateWork
) -> None:
    async with transaction(world.engine) as tx:
        await work.defer(tx, "read_call", {"call_id": str(world.campaign_id)})
    for _ in range(5):
        await world.run("UPDATE procrastinate_jobs SET status = 'doing'")
        await world.run("UPDATE procrastinate_jobs SET status = 'todo'")
    await world.run("UPDATE procrastinate_jobs SET status = 'doing'")
    await world.run("UPDATE procrastinate_events SET at = at - interval '1 day'")

    assert await side_work.retry_jobs(world.ctx) == 1
    assert await side_work.retry_jobs(world.ctx) == 0

    assert await jobs(world) == [("read_call", "failed")]


async def work_off(work: ProcrastinateWork) -> None:
    """Do all that waits."""
    async with work.app.open_async():
        await asyncio.wait_for(
            work.app.run_worker_async(
                wait=False, install_signal_handlers=False, delete_jobs="successful"
            ),
            timeout=20,
        )
