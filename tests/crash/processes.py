"""Processes of the tests: the launcher and what it started, each killed by its own id."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.strike import Strike

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@dataclass(slots=True, eq=False)
class Launcher:
    """Forks `outreach` processes; see tests.crash.launcher."""

    process: subprocess.Popen[str]
    running: set[int] = field(default_factory=set)
    ended: dict[int, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, log: Path) -> "Launcher":
        with log.open("a") as written:
            return cls(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.crash.launcher"],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=written,
                    text=True,
                )
            )

    def start(self, *words: str, folder: Path, log: Path, strike: Strike | None = None) -> int:
        """The process id of `outreach WORDS` in `folder`, which a strike may end early."""
        struck = strike.as_words() if strike else None
        asked = {"start": words, "folder": str(folder), "log": str(log), "strike": struck}
        pid = self._ask(asked)
        assert isinstance(pid, int)
        self.running.add(pid)
        return pid

    def status(self, pid: int) -> int | None:
        """How it ended (minus the signal that killed it); None while it runs."""
        if pid in self.ended:
            return self.ended[pid]
        status = self._ask({"wait": pid})
        if status is not None:
            self.running.discard(pid)
            self.ended[pid] = status
        return status

    def end(self) -> None:
        for pid in self.running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()

    def _ask(self, question: object) -> int | None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer: int | None = json.loads(self.process.stdout.readline())
        return answer


@dataclass(slots=True, eq=False)
class Running:
    """One `outreach serve`."""

    launcher: Launcher
    pid: int
    port: int
    log: Path

    async def kill(self) -> None:
        """What a power cut does: nothing is said, nothing is finished."""
        os.kill(self.pid, signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL

    async def is_killed(self) -> None:
        """It has ended by the strike that it carried."""
        assert await self.ended() == -signal.SIGKILL, self.log.read_text()[-4000:]

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit status, once it has one."""
        for _ in range(PATIENCE_S * 20):
            status = self.launcher.status(self.pid)
            if status is not None:
                return status
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.pid} goes on:\n{self.log.read_text()[-4000:]}")
