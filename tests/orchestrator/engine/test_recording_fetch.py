"""A recording at a provider comes into our store once, or says why it did not."""

import wave
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.downloads import NotFetched
from orchestrator.engine import recording_fetch
from outreach.call_delivery import CallDelivery, RecordingAt
from outreach.reports import CallDelivered, RecordingReported
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build

URL = "https://recordings.example.com/r.wav"


@dataclass(slots=True)
class Far:
    """Where the recording lies: it gives what it has, or fails as it is told."""

    fails: list[NotFetched] = field(default_factory=list)
    writes: Callable[[Path], None] = field(default=lambda to: a_second(to))
    asked: list[str] = field(default_factory=list)
    told_by: list[str | None] = field(default_factory=list)

    async def fetch(self, url: str, to: Path, source: str | None) -> None:
        self.asked.append(url)
        self.told_by.append(source)
        if self.fails:
            raise self.fails.pop(0)
        to.parent.mkdir(parents=True, exist_ok=True)
        self.writes(to)


def a_second(to: Path, width: int = 2) -> None:
    with wave.open(str(to), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(bytes(2 * width * 8000))


def without_a_rate(to: Path) -> None:
    a_second(to)
    header = bytearray(to.read_bytes())
    header[24:28] = bytes(4)
    to.write_bytes(header)


def cut_off(to: Path) -> None:
    """In the middle of a sample."""
    a_second(to)
    to.write_bytes(to.read_bytes()[:-1])


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path, far: Far) -> World:
    made = await build(engine, tmp_path)
    made.ctx = replace(made.ctx, download=far.fetch)
    return made


async def told_of(world: World) -> str:
    """The provider says where a recording lies; the job that fetches it."""
    attempt: UUID = await world.attempt(await world.lead(), "live", provider_ref="CA1")
    await world.receive(
        RecordingReported(
            attempt_id=attempt,
            provider_ref="CA1",
            recording_ref="RE1",
            status="completed",
            uri=URL,
        )
    )
    ((task, ids),) = world.jobs.deferred
    assert task == "fetch_recording"
    return ids["recording_id"]


async def test_it_is_stored_with_its_measure_and_fetched_once(
    world: World, far: Far, tmp_path: Path
) -> None:
    job = await told_of(world)

    for _ in range(2):
        await recording_fetch.fetch_recording(world.ctx, job)

    row = await world.one("SELECT * FROM recordings")
    assert (row.status, row.channels, row.duration_ms, row.source) == (
        "stored",
        2,
        1000,
        "provider",
    )
    assert (tmp_path / row.uri).stat().st_size == row.bytes
    assert (far.asked, far.told_by) == ([URL], [None])
    assert list((tmp_path / "fetching").iterdir()) == []


async def test_what_a_platform_told_of_is_fetched_in_its_name_alone(world: World, far: Far) -> None:
    await world.run("UPDATE senders SET provider = 'hosted:theirs' WHERE channel = 'voice'")
    attempt: UUID = await world.attempt(await world.lead(), "live", provider_ref="call_1")
    told = CallDelivery(attempt_id=attempt, recording=RecordingAt(url=URL, id="r:1"))
    await world.receive(CallDelivered(source="theirs", call=told))

    [job] = [ids["recording_id"] for task, ids in world.jobs.deferred if task == "fetch_recording"]
    await recording_fetch.fetch_recording(world.ctx, job)

    assert far.told_by == ["theirs"]


async def test_what_may_come_later_is_tried_again(world: World, far: Far) -> None:
    job = await told_of(world)
    far.fails = [NotFetched("http_404", is_final=False)]

    with pytest.raises(NotFetched):
        await recording_fetch.fetch_recording(world.ctx, job)
    await recording_fetch.fetch_recording(world.ctx, job)

    assert (await world.one("SELECT status FROM recordings")).status == "stored"


async def test_what_cannot_be_had_says_why(world: World, far: Far) -> None:
    job = await told_of(world)
    far.fails = [NotFetched("address_not_public", is_final=True)]

    await recording_fetch.fetch_recording(world.ctx, job)

    row = await world.one("SELECT status, problem FROM recordings")
    assert tuple(row) == ("failed", "address_not_public")


@pytest.mark.parametrize(
    ("writes", "problem"),
    [
        (partial(Path.write_bytes, data=b"ID3 something else"), "not_a_wav_file"),
        (Path.touch, "not_a_wav_file"),
        (without_a_rate, "not_a_wav_file"),
        (cut_off, "not_a_wav_file"),
        (partial(a_second, width=1), "not_16_bit"),
        (partial(a_second, width=3), "not_16_bit"),
    ],
)
async def test_what_cannot_be_used_is_fetched_once_and_says_why(
    world: World, far: Far, writes: Callable[[Path], None], problem: str
) -> None:
    job = await told_of(world)
    far.writes = writes

    for _ in range(2):
        await recording_fetch.fetch_recording(world.ctx, job)

    assert (await world.one("SELECT status, problem FROM recordings")) == ("failed", problem)
    assert far.asked == [URL]


async def test_a_job_given_up_says_so(world: World) -> None:
    job = await told_of(world)

    async with transaction(world.engine) as tx:
        await recording_fetch.give_up(tx, job)

    assert (await world.one("SELECT status, problem FROM recordings")) == ("failed", "not_fetched")
