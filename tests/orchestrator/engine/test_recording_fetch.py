"""A recording at a provider comes into our store once, or says why it did not."""

import wave
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.downloads import NotFetched
from orchestrator.engine import recording_fetch
from outreach.reports import RecordingReported
from storage.database import transaction
from tests.orchestrator.engine.returning import World, build

URL = "https://recordings.example.com/r.wav"


@dataclass(slots=True)
class Far:
    """Where the recording lies: it gives what it has, or fails as it is told."""

    fails: list[NotFetched] = field(default_factory=list)
    is_wav: bool = True
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, to: Path) -> None:
        self.asked.append(url)
        if self.fails:
            raise self.fails.pop(0)
        (a_second if self.is_wav else another_kind)(to)


def a_second(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(to), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(4 * 8000))


def another_kind(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(b"ID3 something else")


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
    assert far.asked == [URL]
    assert list((tmp_path / "fetching").iterdir()) == []


async def test_what_may_come_later_is_tried_again(world: World, far: Far) -> None:
    job = await told_of(world)
    far.fails = [NotFetched("http_404", is_final=False)]

    with pytest.raises(NotFetched):
        await recording_fetch.fetch_recording(world.ctx, job)
    await recording_fetch.fetch_recording(world.ctx, job)

    assert (await world.one("SELECT status FROM recordings")).status == "stored"


@pytest.mark.parametrize("problem", ["address_not_public", "not_a_wav_file"])
async def test_what_cannot_be_had_says_why(world: World, far: Far, problem: str) -> None:
    job = await told_of(world)
    far.is_wav = False
    if problem != "not_a_wav_file":
        far.fails = [NotFetched(problem, is_final=True)]

    await recording_fetch.fetch_recording(world.ctx, job)

    assert (await world.one("SELECT status, problem FROM recordings")) == ("failed", problem)


async def test_a_job_given_up_says_so(world: World) -> None:
    job = await told_of(world)

    async with transaction(world.engine) as tx:
        await recording_fetch.give_up(tx, job)

    assert (await world.one("SELECT status, problem FROM recordings")) == ("failed", "not_fetched")
