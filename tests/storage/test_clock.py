"""Business time: read in the transaction, moved only in a simulated world, never back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from storage import clock


async def test_business_time_is_the_time_of_the_database_in_utc(tx: AsyncConnection) -> None:
    before = datetime.now(UTC)

    now = await clock.now(tx)

    assert now.tzinfo is UTC
    assert abs(now - before) < timedelta(minutes=1)


async def test_a_simulated_clock_goes_on_from_where_it_is_moved(tx: AsyncConnection) -> None:
    tuesday = datetime(2031, 3, 4, 14, 0, tzinfo=UTC)
    await clock.simulate(tx)

    await clock.move(tx, tuesday)

    first = await clock.now(tx)
    assert tuesday <= first < tuesday + timedelta(minutes=1)
    assert first <= await clock.now(tx)


async def test_a_simulated_clock_never_goes_back(tx: AsyncConnection) -> None:
    tuesday = datetime(2031, 3, 4, 14, 0, tzinfo=UTC)
    await clock.simulate(tx)
    await clock.move(tx, tuesday)

    with pytest.raises(Rejected) as refusal:
        await clock.move(tx, tuesday - timedelta(seconds=1))

    assert refusal.value.code == "clock_goes_back"
    assert await clock.now(tx) >= tuesday


async def test_the_first_move_may_choose_a_day_of_the_past(tx: AsyncConnection) -> None:
    tuesday = datetime(2021, 3, 2, 14, 0, tzinfo=UTC)
    await clock.simulate(tx)

    await clock.move(tx, tuesday)

    assert (await clock.now(tx)).date() == tuesday.date()


async def test_a_database_with_leads_cannot_become_a_simulated_one(tx: AsyncConnection) -> None:
    # Without its campaign and contact: the keys are not what is asked here.
    await tx.execute(text("SET LOCAL session_replication_role = replica"))
    await tx.execute(
        text(
            "INSERT INTO leads (id, campaign_id, contact_id, email, work, created_at, updated_at)"
            " VALUES (:id, :id, :id, 'ada@example.com', 'waiting', :at, :at)"
        ),
        {"id": UUID(int=1), "at": datetime(2031, 3, 4, tzinfo=UTC)},
    )

    with pytest.raises(Rejected) as refusal:
        await clock.simulate(tx)

    assert refusal.value.code == "clock_is_real"


async def test_the_clock_of_a_real_database_is_never_moved(tx: AsyncConnection) -> None:
    with pytest.raises(Rejected) as refusal:
        await clock.move(tx, datetime(2031, 3, 4, tzinfo=UTC))

    assert refusal.value.code == "clock_is_real"
