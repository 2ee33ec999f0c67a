"""A seed is a whole fortnight: played again, it is the same one, in another process too."""

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import Databases
from tests.simulation.play import Play
from tests.simulation.shaking import ShakenCursor, leaping_clocks, other_plans
from tests.simulation.steering import Steered, steer

SEED = 11
DAYS = 3
ELSEWHERE = """
import asyncio, hashlib, sys
from pathlib import Path
from tests.simulation.loop import TurnedLoop
from tests.simulation.play import Play
from tests.simulation.steering import steer

async def main():
    async with steer(sys.argv[1]) as steered:
        play = Play(int(sys.argv[2]), steered, Path(sys.argv[3]), days=int(sys.argv[4]))
        await play.fortnight()
        print(hashlib.sha256("\\n".join(play.history()).encode()).hexdigest())

with asyncio.Runner(loop_factory=TurnedLoop) as runner:
    runner.run(main())
"""


async def test_the_same_seed_gives_the_same_events_whatever_the_machine_does(
    database_url: str, tmp_path: Path
) -> None:
    """Busy or idle, whatever its clocks show, in whatever order rows come that nothing sorts."""
    async with steer(database_url) as steered:
        calm = Play(SEED, steered, tmp_path, days=DAYS)
        await calm.fortnight()
    assert len(calm.history()) > 200

    async with steer(database_url, ShakenCursor) as steered:
        for _ in range(2):
            await other_plans(steered)
            shaken = Play(SEED, steered, tmp_path, days=DAYS)
            with leaping_clocks():
                await shaken.fortnight()
            assert shaken.trace == calm.trace
            assert shaken.history() == calm.history()


def test_the_same_seed_gives_the_same_events_whatever_the_hashes_of_words_are(
    databases: Databases, tmp_path: Path
) -> None:
    told = []
    for hashes in ("1", "2"):
        with databases.clone(f"replay_{os.getpid()}_{hashes}") as url:
            done = subprocess.run(
                [sys.executable, "-c", ELSEWHERE, url, str(SEED), str(tmp_path), str(DAYS)],
                env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": "."},
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr[-2000:]
        told.append(done.stdout)
    assert told[0] == told[1]


async def test_another_seed_is_another_fortnight(steered: Steered, tmp_path: Path) -> None:
    plays = [Play(seed, steered, tmp_path) for seed in (11, 12)]
    for play in plays:
        await play.begin()

    assert plays[0].scene.leads != plays[1].scene.leads
