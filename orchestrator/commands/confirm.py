"""Asks before something that has no way back; a script says --yes."""

import sys

import typer

from outreach.errors import Rejected

REFUSED = 1


def confirm(what: str, question: str, look: str, *, as_json: bool) -> None:
    """Let a person say yes to `what`, a sentence; `look` is the advice where nobody can be asked.

    Raises Rejected there. Whoever says no ends the command with status 1.
    """
    if as_json or not sys.stdin.isatty():
        raise Rejected(code="not_confirmed", message=what, fix=look)
    if not typer.confirm(f"{what} {question}"):
        raise typer.Exit(REFUSED)
