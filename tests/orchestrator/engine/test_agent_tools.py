"""What an agent may do besides speaking, each wish against our own rules."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.tools import BookMeeting, ScheduleCallback, SendWhatsApp, ToolResult
from orchestrator.engine import media
from orchestrator.engine.agent_tools import BoundTools
from orchestrator.engine.media import Connect
from outreach.hours import WeeklyHours
from outreach.meetings import Availability
from outreach.reports import CallReported
from tests.orchestrator.engine.returning import World, build

CALENDAR = Availability(
    zone="America/New_York", hours=WeeklyHours.parse({"mon-fri": "09:00-17:00"})
)
THURSDAY_AT_TEN = "Thursday at ten in the morning"


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path)
    made.ctx = replace(made.ctx, availability=CALENDAR)
    return made


async def in_a_call(world: World, phone: str = "+12025550123") -> tuple[UUID, BoundTools]:
    """An agent that talks with this person, and the attempt in which it does."""
    attempt = await world.attempt(await world.lead(phone))
    ref = f"CA{phone[-4:]}"
    connect = await media.answer_call(world.ctx, attempt, ref)
    assert isinstance(connect, Connect)
    opened = await media.open_media(world.ctx, connect.token, ref)
    assert opened is not None
    assert isinstance(opened.tools, BoundTools)
    return attempt, opened.tools


def over(attempt: UUID, status: str) -> CallReported:
    return CallReported(attempt_id=attempt, provider_ref="CA0123", status=status, duration_s=60)


async def test_a_meeting_is_booked_at_a_free_time_and_stops_the_rest(world: World) -> None:
    attempt, tools = await in_a_call(world)
    await tools.use(ScheduleCallback(when="tomorrow at three"))

    said = await tools.use(BookMeeting(when=THURSDAY_AT_TEN))

    assert said == ToolResult(
        done=True, say="The meeting is booked for Thursday, 6 March at 10:00, their time."
    )
    meeting = await world.one("SELECT * FROM meetings")
    assert meeting.starts_at == datetime(2031, 3, 6, 15, tzinfo=UTC)
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=30)
    assert meeting.source == f"call:{attempt}"
    assert await world.run("SELECT 1 FROM attempts WHERE state = 'planned'") == []

    await world.receive(over(attempt, "completed"))
    lead = await world.one("SELECT status FROM leads")
    ended = await world.one("SELECT outcome FROM attempts WHERE state = 'ended'")
    assert (lead.status, ended.outcome) == ("qualified", "meeting_booked")
    assert await world.run("SELECT 1 FROM attempts WHERE state = 'planned'") == []


async def test_nobody_is_promised_a_time_that_is_taken(world: World) -> None:
    _, one = await in_a_call(world)
    _, other = await in_a_call(world, "+12025550124")

    both = await asyncio.gather(
        one.use(BookMeeting(when=THURSDAY_AT_TEN)), other.use(BookMeeting(when=THURSDAY_AT_TEN))
    )

    assert sorted(said.done for said in both) == [False, True]
    (refused,) = (said.say for said in both if not said.done)
    assert "Thursday, 6 March at 10:00 is not free." in refused
    assert "Thursday, 6 March at 09:30" in refused
    assert "Thursday, 6 March at 10:30" in refused
    assert len(await world.run("SELECT 1 FROM meetings")) == 1


async def test_another_time_gives_the_first_one_back(world: World) -> None:
    _, tools = await in_a_call(world)
    await tools.use(BookMeeting(when=THURSDAY_AT_TEN))

    assert (await tools.use(BookMeeting(when="Friday at ten in the morning"))).done

    held = await world.one("SELECT starts_at FROM meetings WHERE cancelled_at IS NULL")
    assert held.starts_at == datetime(2031, 3, 7, 15, tzinfo=UTC)


async def test_a_time_that_is_refused_gives_nothing_back(world: World) -> None:
    _, tools = await in_a_call(world)
    await tools.use(BookMeeting(when=THURSDAY_AT_TEN))

    assert not (await tools.use(BookMeeting(when="Saturday at ten in the morning"))).done

    held = await world.one("SELECT starts_at FROM meetings WHERE cancelled_at IS NULL")
    assert held.starts_at == datetime(2031, 3, 6, 15, tzinfo=UTC)


async def test_without_a_calendar_a_colleague_is_asked(world: World) -> None:
    world.ctx = replace(world.ctx, availability=None)
    _, tools = await in_a_call(world)

    said = await tools.use(BookMeeting(when=THURSDAY_AT_TEN))

    assert not said.done
    assert said.say.startswith("No calendar is set up; a colleague arranges")
    task = await world.one("SELECT kind, body FROM tasks")
    assert (task.kind, task.body) == ("arrange_meeting", THURSDAY_AT_TEN)


async def test_what_was_promised_in_writing_leaves_when_the_call_is_over(world: World) -> None:
    attempt, tools = await in_a_call(world)

    said = await tools.use(SendWhatsApp(reason="the price list"))

    assert said.done
    planned = await world.one("SELECT channel, reason, priority FROM attempts WHERE n = 2")
    assert (planned.channel, planned.reason) == ("whatsapp", "promised_message")
    await world.receive(over(attempt, "completed"))
    still = await world.one("SELECT state, channel FROM attempts WHERE n = 2")
    assert (still.state, still.channel) == ("planned", "whatsapp")


async def test_a_message_is_promised_only_where_the_campaign_has_one(world: World) -> None:
    by_phone = await world.campaign("phone", steps=[{"channel": "voice"}])
    attempt = await world.attempt(await world.lead("+12025550125", campaign=by_phone))
    lead = await world.one("SELECT lead_id, contact_id FROM attempts WHERE id = :id", id=attempt)
    tools = BoundTools(
        ctx=world.ctx, lead_id=lead.lead_id, contact_id=lead.contact_id, source=f"call:{attempt}"
    )

    said = await tools.use(SendWhatsApp(reason="the price list"))

    assert said == ToolResult(
        done=False, say="This campaign has no message; a colleague will send it."
    )
