"""A delivery is stored once and never lost, whatever goes wrong while it is applied."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import ingest
from orchestrator.engine.judge import Verdict
from orchestrator.engine.report_rows import dump, kind_of, load
from outreach.channel import ChannelName
from outreach.reports import (
    CallReceived,
    CallReported,
    MachineReported,
    MessageReceived,
    MessageReported,
    RecordingReported,
    Report,
)
from tests.orchestrator.engine.returning import World, build, call


class Broken:
    """A table of codes that cannot be read."""

    def after_callback(self, error_code: str | None, channel: ChannelName) -> Verdict:
        raise LookupError("a secret that must not be stored")


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def due(world: World) -> None:
    await world.run("UPDATE inbox SET retry_at = clock_timestamp() WHERE retry_at IS NOT NULL")


async def test_what_cannot_be_applied_waits_and_is_applied_later(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    works = world.ctx
    world.ctx = replace(works, judge=Broken())

    await world.receive(call(attempt, "failed", error_code="1"))

    row = await world.one("SELECT status, problem, tries FROM inbox")
    assert tuple(row) == ("pending", "LookupError", 1)
    assert (await world.one("SELECT state FROM attempts")).state == "starting"
    assert await world.run("SELECT FROM calls") == []
    await due(world)
    assert await ingest.retry_pending(works) == 1
    assert (await world.one("SELECT state FROM attempts WHERE n = 1")).state == "ended"
    assert (await world.one("SELECT status, problem FROM inbox")) == ("applied", None)
    assert await ingest.retry_pending(works) == 0


async def test_after_ten_tries_a_person_can_see_it(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    world.ctx = replace(world.ctx, judge=Broken())
    await world.receive(call(attempt, "failed", error_code="1"))

    for _ in range(12):
        await due(world)
        await ingest.retry_pending(world.ctx)

    assert (await world.one("SELECT status, tries FROM inbox")) == ("failed", 10)
    event = await world.one("SELECT data FROM events WHERE kind = 'webhook.failed'")
    assert event.data["problem"] == "LookupError"


async def test_the_same_delivery_at_once_is_applied_once(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    report = call(attempt, "ringing")

    await asyncio.gather(*(world.receive(report, key="same") for _ in range(8)))

    assert len(await world.run("SELECT FROM inbox")) == 1
    assert len(await world.run("SELECT FROM events WHERE kind = 'call.status'")) == 1


async def test_a_repeat_in_the_next_month_is_known(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    await world.receive(call(attempt, "ringing"), key="same")

    await world.move_clock(timedelta(days=28))
    await world.receive(call(attempt, "ringing"), key="same")

    assert len(await world.run("SELECT FROM inbox")) == 1


async def test_reports_of_one_person_at_once_all_arrive(world: World) -> None:
    contact = await world.contact("+12025550123")
    attempts = [
        await world.attempt(
            await world.lead(contact=contact, campaign=await world.campaign(f"c{n}"))
        )
        for n in range(4)
    ]

    words = ("ringing", "in-progress", "completed")
    await asyncio.gather(
        *(
            world.receive(CallReported(attempt_id=id, provider_ref=f"CA{id}", status=word))
            for word in words
            for id in attempts
        )
    )

    assert await world.run("SELECT FROM inbox WHERE status <> 'applied'") == []
    assert {row.state for row in await world.run("SELECT state FROM attempts")} == {"ended"}


@given(
    st.one_of(
        *(
            st.builds(kind)
            for kind in (
                CallReported,
                MachineReported,
                RecordingReported,
                MessageReported,
                MessageReceived,
                CallReceived,
            )
        )
    )
)
def test_a_stored_report_is_read_back_as_it_was(report: Report) -> None:
    assert load(kind_of(report), dump(report)) == report


def test_each_report_has_its_own_word() -> None:
    assert kind_of(call(uuid4(), "ringing")) == "call"
