"""Starts `outreach` as often as it is told to, as processes of their own that share one import.

Importing everything takes longer than most of these tests; a child forked from here is a process
with its own group, its own event loop and nothing open, and does what `outreach WORDS` does.
Reads one JSON object a line, `{"start": [...], "folder", "log", "strike"}` or `{"wait": pid}`, and
answers each with one line: the process id, or the status (null while it runs; minus the signal).
"""

import json
import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from orchestrator import cli
from orchestrator.commands import import_leads, serve
from tests.crash.strike import Strike, arm

IMPORTED: Final[tuple[ModuleType, ...]] = (serve, import_leads)
"""A command is imported when it is asked for; here before, because each child would do it anew."""


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        answer = status(asked["wait"]) if "wait" in asked else start(**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def start(start: list[str], folder: str, log: str, strike: Mapping[str, Any] | None) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()
    os.chdir(folder)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for taken, number in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(taken, number)
    sys.argv = ["outreach", *start]
    if strike is not None:
        arm(Strike(**strike))
    code = 1
    try:
        cli.main()
        code = 0
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise AssertionError("unreachable")


def status(child: int) -> int | None:
    done, how = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(how) if done else None


if __name__ == "__main__":
    main()
