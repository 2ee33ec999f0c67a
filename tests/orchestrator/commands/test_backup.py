"""`outreach db backup` and `restore`, as a person types them, and as a machine kills them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.databases import Databases
from tests.orchestrator.commands.conftest import ROOT, Shell, Stage
from tests.orchestrator.engine.world import World

COMMAND = "import sys; sys.argv[0] = 'outreach'; from orchestrator.cli import main; main()"
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'"


@pytest.fixture
def elsewhere(databases: Databases) -> Iterator[str]:
    """A database without a table."""
    with databases.empty(f"elsewhere_{uuid4().hex[:12]}") as url:
        yield url


async def fill(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    await world.tick()
    await world.leads(campaign, 2)
    await world.do("DELETE FROM processes")


def test_a_backup_restored_elsewhere_says_what_a_person_has_to_know(
    shell: Shell, stage: Stage, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play(fill)
    said = shell.ok("db", "backup", "night.zip").out
    assert "night.zip" in said

    monkeypatch.setenv("OUTREACH__DATABASE__URL", elsewhere)
    said = shell.ok("db", "restore", "night.zip").out
    assert "3 attempts were under way" in said
    assert "2 planned attempts are due by now" in said
    assert "outreach resume-all" in said
    assert shell.ok("leads", "export").out.count("spring") == 5

    refused = shell("db", "restore", "night.zip")
    assert refused.status == 2
    assert "not empty" in refused.err
    assert "--replace" in refused.err
    assert shell.ok("db", "restore", "night.zip", "--replace", "--json").data["asked_about"] == 3


def test_the_backup_counts_what_it_holds_as_json(shell: Shell, stage: Stage) -> None:
    stage.play(fill)
    data = shell.ok("db", "backup", "night.zip", "--json").data
    assert data["rows"]["leads"] == 5
    assert data["recordings_left"] == 0
    assert data["bytes"] == Path("night.zip").stat().st_size
    assert shell("db", "backup", "night.zip").status == 2


def test_a_damaged_file_is_refused_before_a_database_is_opened(
    lone_shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH__DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    Path("night.zip").write_bytes(b"PK\x03\x04 and then nothing")
    refused = lone_shell("db", "restore", "night.zip")
    assert refused.status == 2
    assert "no whole backup" in refused.err
    assert "nothing has been changed" in refused.err


def test_a_backup_that_is_killed_leaves_no_file_under_its_name(
    shell: Shell, stage: Stage, database_url: str
) -> None:
    stage.play(fill)
    with psycopg.connect(database_url.replace("+psycopg", "")) as holding:
        holding.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
        backup = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "db", "backup", "night.zip"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            while not holding.execute(WAITING).fetchall():
                assert backup.poll() is None, "the backup ended before it was killed"
                time.sleep(0.05)
        finally:
            backup.kill()
            backup.wait()

    assert os.listdir() == ["night.zip.partial"]
    shell.ok("db", "backup", "night.zip")
    assert os.listdir() == ["night.zip"]
