"""Old months go at once or not at all, and nobody who writes meanwhile is kept waiting."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.events import Kind
from storage import partitions, retention, tallies
from storage.database import transaction
from storage.events import Event, record

JANUARY = datetime(2031, 1, 15, 12, tzinfo=UTC)
APRIL = datetime(2031, 4, 1, tzinfo=UTC)
ALL = 1000
ENTER = text(
    "INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)"
    " VALUES (gen_random_uuid(), '2031-01-01', 'twilio', 'k', 'call', '{}', :at, :status)"
)


async def happened(engine: AsyncEngine, at: datetime, times: int = 3) -> None:
    async with transaction(engine) as tx:
        await partitions.ensure(tx, JANUARY)
    async with transaction(engine) as tx:
        await record(tx, [Event(kind=Kind.STOPPED, at=at)] * times)


async def fold(engine: AsyncEngine) -> None:
    """Count January, which waits for every transaction of the server, other tests' as well."""
    needed = text(retention.NEEDED["events"].format(name="events_2031_01"))
    async with asyncio.timeout(60):
        while True:
            async with transaction(engine) as tx:
                await tallies.fold(tx, ALL)
                if not (await tx.execute(needed)).scalar_one():
                    return


async def drop(engine: AsyncEngine, name: str) -> bool:
    async with transaction(engine) as tx:
        return await retention.drop_month(tx, name)


async def test_only_months_that_are_wholly_over_are_old(tx: AsyncConnection) -> None:
    await partitions.ensure(tx, JANUARY)

    old = await retention.list_old_months(tx, "events", datetime(2031, 2, 28, 23, tzinfo=UTC))

    assert [name for name in old if name > "events_2031"] == ["events_2031_01"]
    later = await retention.list_old_months(tx, "inbox", datetime(2031, 3, 1, tzinfo=UTC))
    assert [name for name in later if name > "inbox_2031"] == ["inbox_2031_01", "inbox_2031_02"]


async def test_a_month_goes_with_its_rows_once_it_has_been_counted(engine: AsyncEngine) -> None:
    await happened(engine, JANUARY)

    assert not await drop(engine, "events_2031_01"), "nobody has counted it"
    await fold(engine)
    assert await drop(engine, "events_2031_01")

    async with transaction(engine) as tx:
        left = await tx.execute(text("SELECT count(*) FROM events WHERE at < :at"), {"at": APRIL})
        assert left.scalar_one() == 0
        months = await retention.list_old_months(tx, "events", datetime(2031, 3, 1, tzinfo=UTC))
        assert months[-1] == "events_2031_02"


@pytest.mark.parametrize(("status", "goes"), [("pending", False), ("applied", True)])
async def test_a_delivery_that_is_still_to_be_applied_keeps_its_month(
    engine: AsyncEngine, status: str, goes: bool
) -> None:
    await happened(engine, JANUARY)
    async with transaction(engine) as tx:
        await tx.execute(ENTER, {"at": JANUARY, "status": status})

    assert await drop(engine, "inbox_2031_01") is goes


async def test_who_reads_history_is_not_waited_for_and_nobody_queues_behind(
    engine: AsyncEngine,
) -> None:
    await happened(engine, JANUARY)
    await fold(engine)
    async with transaction(engine) as reader:
        await reader.execute(text("SELECT count(*) FROM events"))
        dropping = asyncio.create_task(drop(engine, "events_2031_01"))
        await happened_now(engine)

        assert await dropping is False

    async with asyncio.timeout(60):
        while not await drop(engine, "events_2031_01"):
            await asyncio.sleep(0)


async def happened_now(engine: AsyncEngine) -> None:
    """Writers give up after two seconds; these do not, although a drop waits for the table."""
    for _ in range(20):
        async with transaction(engine) as tx:
            await record(tx, [Event(kind=Kind.STOPPED, at=APRIL)])


async def test_nothing_but_a_month_is_dropped(tx: AsyncConnection) -> None:
    for name in ("events_rest", "events", "leads", "leads_2031_01"):
        with pytest.raises(ValueError, match="no month"):
            await retention.drop_month(tx, name)
