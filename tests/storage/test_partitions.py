"""Every month has its place before it begins, and a row that came early finds it."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.events import Kind
from storage import partitions
from storage.database import transaction
from storage.events import Event, record

NOVEMBER = datetime(2033, 11, 30, 23, 59, tzinfo=UTC)
ADD_EVENT = text("INSERT INTO events (at, kind, actor) VALUES (:at, 'noted', 'engine')")
WHERE_EVENTS_LIE = text("SELECT tableoid::regclass::text, seq FROM events ORDER BY at")


async def test_this_month_and_the_next_ones_are_made_across_the_year(tx: AsyncConnection) -> None:
    made = await partitions.ensure(tx, NOVEMBER, ahead=2)

    assert made == [
        "events_2033_11",
        "events_2033_12",
        "events_2034_01",
        "inbox_2033_11",
        "inbox_2033_12",
        "inbox_2034_01",
    ]
    await tx.execute(ADD_EVENT, {"at": NOVEMBER})
    await tx.execute(ADD_EVENT, {"at": datetime(2033, 12, 1, tzinfo=UTC)})
    places = [row[0] for row in await tx.execute(WHERE_EVENTS_LIE)]
    assert places == ["events_2033_11", "events_2033_12"]


async def test_making_the_months_again_makes_none(tx: AsyncConnection) -> None:
    await partitions.ensure(tx, NOVEMBER)

    assert await partitions.ensure(tx, NOVEMBER) == []


async def test_a_row_that_came_before_its_month_moves_there_unchanged(tx: AsyncConnection) -> None:
    await tx.execute(ADD_EVENT, {"at": NOVEMBER})
    before = (await tx.execute(WHERE_EVENTS_LIE)).one()

    await partitions.ensure(tx, NOVEMBER)

    after = (await tx.execute(WHERE_EVENTS_LIE)).one()
    assert before[0] == "events_rest"
    assert after == ("events_2033_11", before[1])


async def test_a_webhook_of_a_month_without_a_table_is_kept_and_moves(tx: AsyncConnection) -> None:
    await tx.execute(
        text(
            "INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)"
            " VALUES (gen_random_uuid(), '2033-12-01', 'twilio', 'k', 'status', '{}',"
            " '2033-12-05 10:00+00', 'pending')"
        )
    )

    await partitions.ensure(tx, NOVEMBER)

    place = await tx.execute(text("SELECT tableoid::regclass::text FROM inbox"))
    assert place.scalar_one() == "inbox_2033_12"


async def test_nobody_who_writes_meanwhile_is_refused(engine: AsyncEngine) -> None:
    at = datetime(2031, 3, 4, 15, tzinfo=UTC)
    made = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not made.is_set():
            async with transaction(engine) as tx:
                await record(tx, [Event(kind=Kind.STOPPED, at=at)] * 20)
            written += 20

    async def make() -> None:
        await asyncio.sleep(0.1)
        async with transaction(engine) as tx:
            await partitions.ensure(tx, at)
        await asyncio.sleep(0.1)
        made.set()

    await asyncio.gather(make(), *(write() for _ in range(6)))

    async with transaction(engine) as tx:
        found = await tx.execute(text("SELECT count(*) FROM events_2031_03"))
        assert found.scalar_one() == written > 0
