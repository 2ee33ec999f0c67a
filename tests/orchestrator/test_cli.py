"""The command line imports what a command needs, when it is asked for."""

import subprocess
import sys

from typer.main import get_command

from orchestrator.cli import COMMANDS, build

HEAVY = ("sqlalchemy", "openai", "pipecat", "twilio", "fastapi", "simulator", "orchestrator.config")
ASK = """
import sys
sys.argv = ["outreach", "--version"]
from orchestrator.cli import main
try:
    main()
finally:
    print(*sorted(one for one in sys.modules if one in {heavy!r}))
"""


def test_the_version_is_said_without_importing_any_command():
    ran = subprocess.run(
        [sys.executable, "-c", ASK.format(heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    version, imported = ran.stdout.splitlines()
    assert version.startswith("outreach ")
    assert imported == ""


def test_each_command_of_the_table_is_one():
    commands = get_command(build()).commands

    assert list(commands) == list(COMMANDS)
    assert all(commands[name].name == name and commands[name].help for name in COMMANDS)


def test_who_mistypes_a_command_is_told_the_nearest():
    ran = subprocess.run(
        [sys.executable, "-c", ASK.format(heavy=()).replace("--version", "campain")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 2
    assert "Did you mean 'campaign', 'company'?" in ran.stderr
