"""Who may open the media of a call, what the agent is told, and what is kept of it."""

import wave
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import media
from orchestrator.engine.media import Connect, HangUp
from outreach.reports import CallReceived
from tests.orchestrator.engine.returning import VOICE_SENDER, World, build, call


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def answered(world: World) -> tuple[UUID, str]:
    attempt = await world.attempt(await world.lead())
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, Connect)
    return attempt, connect.token


async def test_a_token_opens_one_socket_with_all_that_the_agent_needs(world: World) -> None:
    attempt, token = await answered(world)

    opened = await media.open_media(world.ctx, token, "CA1")
    again = await media.open_media(world.ctx, token, "CA1")

    assert opened is not None
    assert again is None
    assert opened.call.attempt_id == attempt
    assert opened.call.opener.startswith("Hello, this is Ada")
    listed = ("end_call", "schedule_callback", "do_not_contact")
    assert opened.call.tools == (*listed, "speak_language")
    row = await world.one("SELECT state, provider_ref, token_hash FROM attempts")
    assert (row.state, row.provider_ref) == ("live", "CA1")
    assert token.encode() not in bytes(row.token_hash)


@pytest.mark.parametrize("wrong", ["", "nonsense", "00.00", "é.é"])
async def test_a_token_that_is_none_opens_nothing(world: World, wrong: str) -> None:
    await answered(world)

    assert await media.open_media(world.ctx, wrong, "CA1") is None


async def test_a_token_is_bound_to_its_call_and_its_half_minute(world: World) -> None:
    _, token = await answered(world)
    assert await media.open_media(world.ctx, token, "CA2") is None

    await world.run("UPDATE attempts SET token_until = clock_timestamp()")

    assert await media.open_media(world.ctx, token, "CA1") is None


async def test_a_token_of_another_attempt_is_of_no_use(world: World) -> None:
    _, token = await answered(world)
    other = await world.attempt(await world.lead("+12025550124"), provider_ref="CA1")

    assert await media.open_media(world.ctx, f"{other.hex}.{token.split('.')[1]}", "CA1") is None


async def test_a_call_that_is_over_or_made_twice_is_hung_up(world: World) -> None:
    attempt, _ = await answered(world)
    assert await media.answer_call(world.ctx, attempt, "CA2") == HangUp()

    await world.receive(call(attempt, "completed", duration_s=3))

    assert await media.answer_call(world.ctx, attempt, "CA1") == HangUp()
    assert await media.answer_call(world.ctx, world.campaign_id, "CA1") == HangUp()


async def test_a_repeated_question_replaces_a_token_until_it_is_spent(world: World) -> None:
    attempt, first = await answered(world)
    second = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(second, Connect)

    assert await media.open_media(world.ctx, first, "CA1") is None
    assert await media.open_media(world.ctx, second.token, "CA1") is not None
    assert await media.answer_call(world.ctx, attempt, "CA1") == HangUp()


async def test_a_recording_is_kept_with_its_length_its_hash_and_its_picture(world: World) -> None:
    attempt, token = await answered(world)
    opened = await media.open_media(world.ctx, token, "CA1")
    assert opened is not None
    assert opened.call.recording is not None
    write_wav(opened.call.recording, seconds=2)

    await opened.journal.closed(ended_by="person", recording=opened.call.recording)
    await opened.journal.closed(ended_by="agent", recording=None)

    row = await world.one("SELECT * FROM recordings")
    assert (row.source, row.status, row.channels, row.duration_ms) == ("ours", "stored", 2, 2000)
    kept = world.ctx.recordings / row.uri
    assert kept.stat().st_size == row.bytes
    assert len(row.sha256) == 64
    assert [max(channel) for channel in row.peaks] == [0.5, 0.0]
    assert (await world.one("SELECT ended_by FROM calls WHERE id = :id", id=attempt))[0] == "person"


async def test_a_recording_that_cannot_be_kept_loses_nothing_else(world: World) -> None:
    _, token = await answered(world)
    opened = await media.open_media(world.ctx, token, "CA1")
    assert opened is not None

    await opened.journal.closed(ended_by="agent", recording=Path("/nowhere/at/all.wav"))

    assert await world.run("SELECT FROM recordings") == []
    assert (await world.one("SELECT ended_by FROM calls"))[0] == "agent"


async def test_who_calls_us_is_called_back_by_a_colleague(world: World) -> None:
    lead = await world.lead()
    report = CallReceived(
        provider_ref="CA7", from_="+12025550123", to=VOICE_SENDER, call_id=world.campaign_id
    )

    await world.receive(report, key="1")
    await world.receive(report, key="2")

    row = await world.one("SELECT direction, lead_id FROM calls")
    assert tuple(row) == ("inbound", lead)
    assert (await world.one("SELECT kind FROM tasks")).kind == "call_back"


def write_wav(path: Path, *, seconds: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.zeros((8000 * seconds, 2), dtype="<i2")
    samples[4000:5000, 0] = 16384
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(2)
        opened.setsampwidth(2)
        opened.setframerate(8000)
        opened.writeframes(samples.tobytes())


async def test_no_common_language_is_the_outcome_whatever_is_read_later(world: World) -> None:
    attempt, token = await answered(world)
    opened = await media.open_media(world.ctx, token, "CA1")
    assert opened is not None

    await opened.journal.no_common_language()
    await opened.journal.closed(ended_by="agent", recording=None)
    await world.receive(call(attempt, "completed", duration_s=20))

    row = await world.one("SELECT outcome, outcome_by FROM attempts WHERE id = :id", id=attempt)
    assert row.outcome == "language_barrier"
