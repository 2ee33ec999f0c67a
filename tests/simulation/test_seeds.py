"""A virtual fortnight under everything at once: whatever happens, no promise is broken."""

import asyncio
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import SystemRandom

import pytest

from tests.databases import Databases
from tests.simulation.loop import TurnedLoop
from tests.simulation.play import Play
from tests.simulation.seeds import FAILED
from tests.simulation.steering import Steered, steer

AT_LEAST = 10
AT_MOST_S = 60
ONE = os.environ.get("OUTREACH_SEED")


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.mark.xdist_group("simulation")
@pytest.mark.parametrize("seed", FAILED, ids=str)
async def test_a_seed_that_failed_once_holds_every_promise(
    steered: Steered, recordings: Path, seed: int
) -> None:
    await Play(seed, steered, recordings).fortnight()


@pytest.mark.xdist_group("simulation")
@pytest.mark.timeout(900)
async def test_fresh_seeds_hold_every_promise(steered: Steered, recordings: Path) -> None:
    """As many as a minute allows; what breaks says its seed, and `make soak` goes on for ever."""
    began = time.monotonic()
    for played, seed in enumerate(fresh()):
        if played >= AT_LEAST and time.monotonic() - began > AT_MOST_S:
            return
        await Play(seed, steered, recordings).fortnight()


@pytest.mark.skipif(ONE is None, reason="plays the seed that OUTREACH_SEED names")
@pytest.mark.timeout(300)
async def test_one_seed(steered: Steered, recordings: Path) -> None:
    await Play(int(ONE or 0), steered, recordings).fortnight()


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("lane", range(os.cpu_count() or 1))
def test_fresh_seeds_without_end(databases: Databases, recordings: Path, lane: int) -> None:
    """Until it is stopped, or OUTREACH_SEEDS were played by each lane; what breaks is said at once.

    Under xdist each lane has a worker of its own.
    """
    most = int(os.environ.get("OUTREACH_SEEDS", "0"))
    with (
        databases.clone(f"soak_{os.getpid()}_{lane}") as url,
        asyncio.Runner(loop_factory=TurnedLoop) as runner,
    ):
        broken = runner.run(soak(url, recordings, most))
    assert not broken, f"broken seeds: {broken}"


async def soak(url: str, recordings: Path, most: int) -> list[int]:
    broken: list[int] = []
    async with steer(url) as steered:
        for played, seed in zip(count(1), fresh(), strict=False):
            try:
                await Play(seed, steered, recordings).fortnight()
            except AssertionError as error:
                broken.append(seed)
                os.write(2, f"\n{error}\n".encode())
            if played == most:
                break
    return broken


def fresh() -> Iterator[int]:
    """Seeds that nobody has chosen; a failure says which it was."""
    random = SystemRandom()
    while True:
        yield random.randrange(10**9)
