"""kill -9 beside the commit of a chunk: a second import brings the rest, and nobody twice."""

from pathlib import Path

import pytest

from storage.database import Moment
from tests.crash.stage import Stage
from tests.crash.strike import Strike

ROWS = 20_000
"""More than two chunks."""


def numbers(count: int) -> list[str]:
    """Different ones of the exchange that belongs to nobody."""
    areas = (201, 202, 203)
    return [f"+1{areas[one // 10_000]}555{one % 10_000:04}" for one in range(count)]


async def run(stage: Stage, words: list[str], log: Path, strike: Strike | None = None) -> int:
    pid = stage.launcher.start(*words, folder=stage.folder, log=log, strike=strike)
    ended: list[int] = []

    async def is_over() -> bool:
        status = stage.launcher.status(pid)
        if status is not None:
            ended.append(status)
        return bool(ended)

    await stage.until(is_over)
    return ended[0]


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
async def test_an_import_that_is_killed_is_completed_by_the_next_one(
    stage: Stage, moment: Moment
) -> None:
    await stage.campaign("spring", [stage.person(84)], "voice")
    listed = stage.folder / "long.csv"
    listed.write_text("Phone,First Name\n" + "".join(f"{one},Lee\n" for one in numbers(ROWS)))
    words = ["leads", "import", str(listed), "--campaign", "spring", "--config", "config.yaml"]
    words += ["--consent", "express_written", "--proof", "a form", "--json"]
    loading = Strike(at="copying:copied", moment=moment, nth=2)

    assert await run(stage, words, stage.folder / "killed.log", loading) == -9
    (before,) = await stage.rows("SELECT count(*) AS n FROM leads")
    assert 1 < before.n < ROWS

    assert await run(stage, words, stage.folder / "again.log") in (0, 1)

    (after,) = await stage.rows("SELECT count(*) AS n, count(DISTINCT phone) AS people FROM leads")
    assert after.n == after.people == ROWS + 1
    (planned,) = await stage.rows("SELECT count(*) AS n FROM attempts WHERE state = 'planned'")
    assert planned.n == ROWS + 1
    statuses = await stage.rows("SELECT status FROM imports ORDER BY started_at")
    assert statuses[-1].status == "done"
