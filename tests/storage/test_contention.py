"""A row that somebody else holds for a moment is no reason to lose or postpone anything."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.contention import TRIES, is_passing, patiently
from storage.database import transaction

HOLD = text("UPDATE counters SET value = value + 1 WHERE name = 'one'")


async def _a_counter(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await tx.execute(text("INSERT INTO counters (name, value) VALUES ('one', 0)"))


async def test_what_a_held_row_refuses_is_done_as_soon_as_it_is_free(engine: AsyncEngine) -> None:
    await _a_counter(engine)
    held, tried = asyncio.Event(), 0

    async def hold() -> None:
        async with transaction(engine) as tx:
            await tx.execute(HOLD)
            held.set()
            await asyncio.sleep(0.5)

    async def add() -> None:
        nonlocal tried
        tried += 1
        async with transaction(engine) as tx:
            await tx.execute(text("SET LOCAL lock_timeout = '200ms'"))
            await tx.execute(HOLD)

    holder = asyncio.create_task(hold())
    await held.wait()
    await patiently(add)
    await holder

    assert tried > 1
    async with transaction(engine) as tx:
        assert (await tx.execute(text("SELECT value FROM counters"))).scalar_one() == 2


async def test_patience_ends_and_other_errors_are_no_matter_of_patience(
    engine: AsyncEngine,
) -> None:
    tried: list[str] = []

    async def fail(sqlstate: str) -> None:
        tried.append(sqlstate)
        async with transaction(engine) as tx:
            await tx.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
            )

    with pytest.raises(DBAPIError) as passing:
        await patiently(lambda: fail("55P03"))
    with pytest.raises(DBAPIError) as lasting:
        await patiently(lambda: fail("23505"))

    assert is_passing(passing.value)
    assert not is_passing(lasting.value)
    assert tried == ["55P03"] * TRIES + ["23505"]
