"""The `outreach` command. Exit status: 0 done, 1 the job found problems, 2 wrong use or config."""

import sys
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from orchestrator.commands.output import Output, complain
from orchestrator.lazy_commands import Source, lazy_group
from orchestrator.mistakes import each
from orchestrator.version import VERSION
from outreach.errors import Rejected

WRONG_USAGE, INTERRUPTED = 2, 130


COMMANDS: Final[Mapping[str, Source]] = {
    "demo": Source("orchestrator.commands.demo", "demo"),
    "serve": Source("orchestrator.commands.serve", "serve"),
    "doctor": Source("orchestrator.commands.doctor", "doctor"),
    "suppress": Source("orchestrator.commands.suppress", "app"),
    "person": Source("orchestrator.commands.person", "app"),
    "stop": Source("orchestrator.commands.stop", "stop"),
    "resume-all": Source("orchestrator.commands.stop", "resume_all"),
    "simulator": Source("orchestrator.commands.simulator", "simulator"),
    "campaign": Source("orchestrator.commands.campaign", "app"),
    "leads": Source("orchestrator.commands.leads", "app"),
    "company": Source("orchestrator.commands.company", "app"),
    "icp": Source("orchestrator.commands.icp", "app"),
    "attempts": Source("orchestrator.commands.attempts", "app"),
    "touchpoints": Source("orchestrator.commands.journeys", "app"),
    "brief": Source("orchestrator.commands.brief", "brief_command"),
    "journey": Source("orchestrator.commands.journeys", "journey_command"),
    "triggers": Source("orchestrator.commands.triggers", "app"),
    "senders": Source("orchestrator.commands.senders", "app"),
    "user": Source("orchestrator.commands.users", "app"),
    "key": Source("orchestrator.commands.keys", "app"),
    "webhook": Source("orchestrator.commands.webhooks", "app"),
    "db": Source("orchestrator.commands.database", "app"),
}
"""Every command, in the order of the help; its module is imported when it is asked for."""


def build() -> typer.Typer:
    """All commands, grouped by noun."""
    app = typer.Typer(
        name="outreach",
        cls=lazy_group(COMMANDS),
        help="Gets a list of people a real conversation each, at a legal hour, by the rules.",
        no_args_is_help=True,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(program)
    return app


def program(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Gets a list of people a real conversation each, at a legal hour, by the rules."""
    if version:
        Output().say(f"outreach {VERSION}")
        raise typer.Exit


def main() -> None:
    """Run one command; a refusal is one message and status 2, never a traceback."""
    try:
        build()()
    except Rejected as rejected:
        for one in each(rejected):
            complain(one)
        sys.exit(WRONG_USAGE)
    except OSError as error:
        if error.filename is None:
            raise
        complain(
            Rejected(
                "file_failed",
                f"{error.filename}: {error.strerror}.",
                "Check the path, its permissions and the space that is left.",
            )
        )
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
