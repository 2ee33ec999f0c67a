"""The shell of the commands' tests, for the doctor's."""

from tests.orchestrator.commands.conftest import lone_shell, shell

__all__ = ["lone_shell", "shell"]
