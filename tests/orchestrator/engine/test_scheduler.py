"""The clock of a process: duties run, survive what fails, and end in order."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy.exc import OperationalError

from orchestrator.engine.drain import drain, leave
from orchestrator.engine.duties import Duty, heartbeat_duty, outward_duties
from orchestrator.engine.limits import Limits
from orchestrator.engine.scheduler import Scheduler
from orchestrator.engine.wake import Listener
from storage import processes
from storage.database import transaction
from storage.duties import claim_period
from storage.processes import Process
from storage.wake import notify
from tests.orchestrator.engine.world import TUESDAY, World

OFTEN = timedelta(milliseconds=20)


async def test_all_duties_together_bring_a_due_attempt_to_its_provider(world: World) -> None:
    await world.leads(await world.campaign("spring"), 3)
    world.limits = replace(Limits(), tick_every=OFTEN)
    ctx = world.context()
    ticker = world.ticker(ctx)
    process = Process(id=ctx.process_id, roles=["voice", "scheduler"], voice_slots=1)
    duties = [*outward_duties(ctx, ticker, world.after), heartbeat_duty(ctx, process)]
    scheduler = Scheduler(ctx, duties)

    for duty in duties:
        await scheduler.run(duty.name)
    await ticker.idle()
    scheduler.start()
    await world.leads(await world.campaign("summer"), 2)
    while len(world.voice.taken) < 5:
        await asyncio.sleep(0.02)
    await scheduler.stop()
    await ticker.idle()

    assert await world.states() == {"started": 5}
    async with transaction(world.engine) as tx:
        assert await processes.is_known(tx, ctx.process_id)


async def test_a_duty_that_fails_runs_again(world: World) -> None:
    runs: list[int] = []
    enough = asyncio.Event()

    async def fails_first() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise OperationalError("SELECT 1", {}, ConnectionError("gone"))
        enough.set()

    scheduler = Scheduler(world.context(), [Duty(name="shaky", every=OFTEN, do=fails_first)])
    scheduler.start()
    await asyncio.wait_for(enough.wait(), 10)
    await scheduler.stop()

    assert len(runs) >= 2


async def test_a_singleton_duty_is_done_by_one_process_at_a_time(world: World) -> None:
    inside, most = 0, 0

    async def slow() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1

    duty = Duty(name="one", every=OFTEN, do=slow, alone=True)
    schedulers = [Scheduler(world.context(), [duty]) for _ in range(4)]
    await asyncio.gather(*(scheduler.run("one") for scheduler in schedulers))

    assert most == 1


async def test_a_daily_duty_is_done_once_a_day_of_business_time(world: World) -> None:
    async with transaction(world.engine) as tx:
        assert await claim_period(tx, "digest", TUESDAY)
        assert not await claim_period(tx, "digest", TUESDAY)
        assert await claim_period(tx, "digest", TUESDAY + timedelta(days=1))
        assert not await claim_period(tx, "digest", TUESDAY)


async def test_a_hint_wakes_who_listens(world: World) -> None:
    woken = asyncio.Event()

    async def wake() -> None:
        woken.set()

    url = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    listening = asyncio.create_task(Listener(conninfo=url, wake=wake).listen())
    while not woken.is_set():
        async with transaction(world.engine) as tx:
            await notify(tx)
        await asyncio.sleep(0.02)
    listening.cancel()


async def test_a_run_that_is_under_way_ends_before_its_scheduler_does(world: World) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.1)
        ended.set()

    scheduler = Scheduler(world.context(), [Duty(name="slow", every=OFTEN, do=slow)])
    scheduler.start()
    await asyncio.wait_for(begun.wait(), 10)
    await scheduler.stop()

    assert ended.is_set()


async def test_a_process_that_drains_starts_nothing_and_loses_nothing(world: World) -> None:
    await world.leads(await world.campaign("spring"), 5)
    world.limits = replace(Limits(), drain=timedelta(seconds=5))
    ctx = world.context()
    async with transaction(world.engine) as tx:
        await processes.beat(tx, Process(id=ctx.process_id, roles=["voice"], voice_slots=3))
    ticker = world.ticker(ctx)
    await ticker.tick()
    await ticker.idle()
    live: set[UUID] = {uuid4()}

    draining = asyncio.create_task(drain(ctx, ticker, lambda: live))
    await asyncio.sleep(0.1)
    assert not draining.done(), "a call is still live"
    assert await ticker.tick() == 0
    live.clear()

    assert await draining
    await leave(ctx)
    assert await world.states() == {"started": 5}
    async with transaction(world.engine) as tx:
        assert not await processes.is_known(tx, ctx.process_id)


async def test_what_was_claimed_and_not_yet_ordered_is_given_back(world: World) -> None:
    await world.leads(await world.campaign("spring"), 5)
    ctx = world.context()
    ticker = world.ticker(ctx)

    ticking = asyncio.create_task(ticker.tick())
    await asyncio.sleep(0)
    assert await drain(ctx, ticker, set)
    await ticking

    assert await world.states() == {"planned": 5}
    assert world.voice.taken == []


async def test_a_call_that_still_rings_is_waited_for(world: World) -> None:
    (attempt,) = await world.leads(await world.campaign("spring"), 1)
    world.limits = replace(Limits(), drain=timedelta(seconds=30))
    ctx = world.context()
    await world.tick(ctx)
    set_process = "UPDATE attempts SET voice_process = :process"
    await world.do(set_process, process=ctx.process_id)

    draining = asyncio.create_task(drain(ctx, world.ticker(ctx), set))
    await asyncio.sleep(0.3)
    assert not draining.done(), "somebody may answer"
    await world.do(
        "UPDATE attempts SET state = 'ended', ended_at = now() WHERE id = :id", id=attempt
    )

    assert await draining


async def test_a_drain_does_not_wait_for_a_call_longer_than_it_may(world: World) -> None:
    world.limits = replace(Limits(), drain=timedelta(seconds=0))
    ctx = world.context()

    assert not await drain(ctx, world.ticker(ctx), lambda: {uuid4()})
