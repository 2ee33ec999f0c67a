"""How commands print: tables and sentences for people, one JSON value with `--json`."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from outreach.errors import Rejected

FILE_WIDTH = 400
"""Of a table in a file or a pipe, where a folded number could be neither read nor searched."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where one command prints."""

    as_json: bool = False

    def data(self, value: object) -> None:
        """Print a value as JSON."""
        json.dump(value, sys.stdout, default=plain, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")

    def write(self, text: str) -> None:
        """Print a text exactly as it is."""
        sys.stdout.write(text)

    def say(self, sentence: str) -> None:
        """Tell a person something; with `--json` it goes to stderr, for stdout is data alone."""
        Console(stderr=self.as_json, highlight=False, soft_wrap=True).print(sentence, markup=False)

    def rows(self, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
        """Print a list: JSON objects, or a table with a heading for each column."""
        if self.as_json:
            self.data(rows)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(in_words(row.get(column)) for column in columns))
        Console(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH).print(table)


def complain(rejected: Rejected) -> None:
    """Print a refusal: what is wrong, where, and how to mend it."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    place = f"{rejected.where}: " if rejected.where else ""
    console.print(f"[bold red]error:[/] {escaped(place + rejected.message)}")
    for line in rejected.details:
        console.print(f"  {escaped(line)}")
    if rejected.fix:
        console.print(f"  fix: {escaped(rejected.fix)}")


def plain(value: object) -> object:
    """A value that JSON does not know, as text."""
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID() | Path():
            return str(value)
        case set() | frozenset() | tuple():
            return list(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")


def in_words(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M UTC")
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value, default=plain, ensure_ascii=False)
    return str(value)


def escaped(text: str) -> str:
    """Text as it is, for a console that would read brackets as markup."""
    return text.replace("[", r"\[")
