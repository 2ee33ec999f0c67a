"""Counts are exact at every moment, whoever writes, however long, and whoever folds."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.events import Kind
from storage import tallies
from storage.database import open_engine, transaction
from storage.events import Event, record

NOON = datetime(2031, 3, 4, 12, tzinfo=UTC)
SPRING, AUTUMN = uuid4(), uuid4()


def planned(campaign_id: UUID | None, at: datetime = NOON) -> Event:
    return Event(kind=Kind.ATTEMPT_PLANNED, at=at, campaign_id=campaign_id)


async def write(engine: AsyncEngine, *events: Event) -> None:
    async with transaction(engine) as tx:
        await record(tx, events)


async def fold(engine: AsyncEngine, limit: int = 1000) -> int:
    async with transaction(engine) as tx:
        return await tallies.fold(tx, limit)


async def fold_all(engine: AsyncEngine, wanted: int, limit: int = 1000) -> int:
    """Fold until so many are; transactions of other tests on this server may hold it up."""
    total = 0
    while total < wanted:
        total += await fold(engine, limit)
    return total


async def count(engine: AsyncEngine, campaign_id: UUID = SPRING) -> int:
    async with transaction(engine) as tx:
        found = await tallies.counts(tx, [campaign_id])
    return found[campaign_id].get(Kind.ATTEMPT_PLANNED, 0)


async def folded(engine: AsyncEngine) -> int:
    async with transaction(engine) as tx:
        total = await tx.execute(text("SELECT coalesce(sum(count), 0)::bigint FROM tallies"))
        return int(total.scalar_one())


async def test_counts_are_the_same_before_and_after_they_are_folded(engine: AsyncEngine) -> None:
    await write(engine, planned(SPRING), planned(SPRING), planned(AUTUMN), planned(None))
    before = await count(engine), await count(engine, AUTUMN)
    assert await fold_all(engine, 4) == 4
    assert (await count(engine), await count(engine, AUTUMN)) == before == (2, 1)
    assert await folded(engine) == 3
    await write(engine, planned(SPRING))
    assert await count(engine) == 3


async def test_folding_again_counts_nothing_twice(engine: AsyncEngine) -> None:
    await write(engine, *[planned(SPRING)] * 5)
    assert await fold_all(engine, 5, 2) == 5
    assert await fold(engine) == 0
    assert await folded(engine) == await count(engine) == 5


async def test_a_transaction_that_commits_late_is_counted_once_and_not_missed(
    engine: AsyncEngine,
) -> None:
    async with transaction(engine) as late:
        await record(late, [planned(SPRING)])
        await write(engine, planned(SPRING), planned(SPRING))
        assert await fold(engine) == 0, "nothing may be folded that an open one could precede"
        assert await count(engine) == 2
    assert await count(engine) == 3
    assert await fold_all(engine, 3) == 3
    assert await folded(engine) == await count(engine) == 3


async def test_what_is_rolled_back_is_never_counted(engine: AsyncEngine) -> None:
    async with engine.connect() as tx:
        await record(tx, [planned(SPRING)])
        await tx.rollback()
    assert await fold(engine) == 0
    assert await count(engine) == 0


async def test_a_crash_before_the_commit_changes_no_count(engine: AsyncEngine) -> None:
    await write(engine, *[planned(SPRING)] * 3)
    gone = 0
    while not gone:
        async with engine.connect() as tx:
            gone = await tallies.fold(tx, 1000)
            await tx.rollback()
    assert await folded(engine) == 0
    assert await fold_all(engine, 3) == 3
    assert await folded(engine) == await count(engine) == 3


async def test_two_processes_that_fold_at_once_take_turns(engine: AsyncEngine) -> None:
    await write(engine, *[planned(SPRING)] * 100)
    others = [await open_engine(engine.url.render_as_string(hide_password=False)) for _ in "ab"]
    try:
        done: list[int] = []
        while sum(done) < 100:
            done += await asyncio.gather(*(fold(one, 30) for one in (*others, engine, *others)))
    finally:
        for one in others:
            await one.dispose()
    assert sum(done) == await folded(engine) == await count(engine) == 100


async def test_hours_are_counted_apart_and_by_business_time(engine: AsyncEngine) -> None:
    at = [NOON + timedelta(minutes=minutes) for minutes in (0, 59, 60, 61, 200)]
    await write(engine, *(planned(SPRING, moment) for moment in at[:3]))
    await fold_all(engine, 3)
    await write(engine, *(planned(SPRING, moment) for moment in at[3:]))
    async with transaction(engine) as tx:
        hours = await tallies.by_hour(tx, SPRING, NOON)
    assert [(one.hour - NOON, one.count) for one in hours] == [
        (timedelta(0), 2),
        (timedelta(hours=1), 2),
        (timedelta(hours=3), 1),
    ]


async def test_counts_stay_exact_while_many_write_and_two_fold(engine: AsyncEngine) -> None:
    committed = 0

    async def writer(number: int) -> None:
        nonlocal committed
        for turn in range(15):
            async with transaction(engine) as tx:
                await record(tx, [planned(SPRING)] * (turn % 4 + 1))
                # Some are open while others come and go, so that commits cross.
                for _ in range(number):
                    await tx.execute(text("SELECT 1"))
                await record(tx, [planned(AUTUMN)])
            committed += turn % 4 + 1

    async def folder(until: asyncio.Event) -> None:
        while not until.is_set():
            await fold(engine, 7)
            at_least = committed
            seen = await count(engine)
            assert seen >= at_least, "a committed event is counted at once"

    over = asyncio.Event()
    folders = [asyncio.create_task(folder(over)) for _ in range(2)]
    await asyncio.gather(*(writer(number) for number in range(6)))
    over.set()
    await asyncio.gather(*folders)
    assert await count(engine) == committed
    await fold_all(engine, committed + 6 * 15 - await folded(engine))
    assert await count(engine) == committed
    assert await folded(engine) == committed + 6 * 15


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(["open", "write", "commit", "roll back", "fold"])))
async def test_no_order_of_open_transactions_and_folds_makes_a_count_wrong(
    engine: AsyncEngine, steps: list[str]
) -> None:
    campaign_id = UUID(bytes=secrets.token_bytes(16))
    expected = 0
    running: list[tuple[AsyncConnection, int]] = []
    async with AsyncExitStack() as stack:
        for step in steps:
            match step:
                case "open" if len(running) < 5:
                    running.append((await stack.enter_async_context(engine.connect()), 0))
                case "write" if running:
                    tx, written = running.pop(0)
                    await record(tx, [planned(campaign_id)])
                    running.append((tx, written + 1))
                case "commit" if running:
                    tx, written = running.pop()
                    await tx.commit()
                    expected += written
                case "roll back" if running:
                    await running.pop()[0].rollback()
                case "fold":
                    await fold(engine, 2)
            assert await count(engine, campaign_id) == expected
        for tx, written in running:
            await tx.commit()
            expected += written
    await fold(engine, 50)
    assert await count(engine, campaign_id) == expected
