"""Runs `outreach` as a shell would, in an empty folder and against a database of its own."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog

from orchestrator import cli
from storage.database import open_engine
from tests.orchestrator.engine.world import World

Seen = TypeVar("Seen")
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one command left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed with `--json`."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """A person at a prompt."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *words: str | Path) -> Ran:
        self.patch.setattr(sys, "argv", ["outreach", *map(str, words)])
        self.capture.readouterr()
        try:
            cli.main()
            status: object = 0
        except SystemExit as exit:
            status = exit.code or 0
        said = self.capture.readouterr()
        assert "Traceback" not in said.out + said.err
        assert isinstance(status, int)
        return Ran(status=status, out=said.out, err=said.err)

    def ok(self, *words: str | Path) -> Ran:
        """Run what must work."""
        ran = self(*words)
        assert ran.status == 0, ran.err
        return ran


@pytest.fixture
def lone_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell in an empty folder, with no configuration and no database."""
    for name in [name for name in os.environ if name.startswith("OUTREACH__")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Shell(capsys, monkeypatch)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def shell(lone_shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose environment names a migrated, empty database."""
    monkeypatch.setenv("OUTREACH__DATABASE__URL", database_url)
    return lone_shell


@pytest.fixture
def applied(shell: Shell) -> Shell:
    """A shell whose database knows the examples."""
    shell.ok("campaign", "apply", *sorted(EXAMPLES.glob("*/*.yaml")))
    return shell


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a test plays between two commands, each of which is a process of its own."""

    url: str

    def play(self, scene: Callable[[World], Awaitable[Seen]]) -> Seen:
        async def played() -> Seen:
            engine = await open_engine(self.url)
            try:
                return await scene(World(engine))
            finally:
                await engine.dispose()

        return asyncio.run(played())

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        return self.play(lambda world: world.rows(query, **values))


@pytest.fixture
def stage(database_url: str) -> Stage:
    """The shell's database on a Tuesday morning in New York, with numbers and an agent."""
    made = Stage(database_url)
    made.play(lambda world: world.begin())
    return made
