"""The clock runs, jumps forward, and lets everything due on the way happen in order."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from simulator.clock import BackwardsMove, Clock

START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


async def test_a_jump_wakes_everybody_due_before_it_each_at_their_own_time() -> None:
    clock = Clock(start=START)
    woken: list[tuple[str, datetime]] = []

    async def wait(name: str, hours: float) -> None:
        await clock.sleep(hours * 3600)
        woken.append((name, clock.now()))

    async def wait_twice() -> None:
        await wait("first half", 1)
        await wait("second half", 1)

    tasks = [asyncio.create_task(each) for each in (wait("late", 3), wait_twice(), wait("far", 30))]
    await asyncio.sleep(0)
    await clock.move(START + timedelta(hours=5))
    await asyncio.sleep(0)

    assert [name for name, _ in woken] == ["first half", "second half", "late"]
    for (_, at), hours in zip(woken, (1, 2, 3), strict=True):
        assert abs(at - (START + timedelta(hours=hours))) < timedelta(seconds=5)
    assert clock.now() >= START + timedelta(hours=5)
    tasks[-1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_tells_the_earliest_moment_somebody_waits_for() -> None:
    clock = Clock(start=START)
    assert clock.next_at is None

    tasks = [asyncio.create_task(clock.sleep(seconds)) for seconds in (50, 20, 90)]
    await asyncio.sleep(0)

    assert clock.next_at is not None
    assert abs(clock.next_at - (START + timedelta(seconds=20))) < timedelta(seconds=2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert clock.next_at is None


async def test_it_never_goes_back() -> None:
    with pytest.raises(BackwardsMove):
        await Clock(start=START).move(START - timedelta(seconds=1))


async def test_speed_shortens_what_the_carrier_waits_for_and_nothing_else() -> None:
    clock = Clock(start=START, speed=1000)

    await asyncio.wait_for(clock.carrier_wait(60), timeout=5)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(clock.sleep(60), timeout=0.1)
