"""The `outreach` command. Exit status: 0 done, 1 the job found problems, 2 wrong use or config."""

import sys
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from orchestrator.commands import (
    attempts,
    campaign,
    database,
    demo,
    doctor,
    leads,
    senders,
    serve,
    simulator,
    stop,
    suppress,
)
from orchestrator.commands.output import Output, complain
from orchestrator.mistakes import each
from orchestrator.version import VERSION
from outreach.errors import Rejected
from storage.database import first_line

WRONG_USAGE, INTERRUPTED = 2, 130


def build() -> typer.Typer:
    """All commands, grouped by noun."""
    app = typer.Typer(
        name="outreach",
        help="Gets a list of people a real conversation each, at a legal hour, by the rules.",
        no_args_is_help=True,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(program)
    app.command()(demo.demo)
    app.command()(serve.serve)
    app.command()(doctor.doctor)
    app.add_typer(campaign.app, name="campaign")
    app.add_typer(leads.app, name="leads")
    app.add_typer(attempts.app, name="attempts")
    app.add_typer(senders.app, name="senders")
    app.command()(suppress.suppress)
    app.command()(stop.stop)
    app.command("resume-all")(stop.resume_all)
    app.command()(simulator.simulator)
    app.add_typer(database.app, name="db")
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
    except OperationalError as error:
        complain(
            Rejected(
                "database_failed",
                f"The database failed: {first_line(error)}.",
                "See that it runs, then repeat the command; nothing was half done.",
            )
        )
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
