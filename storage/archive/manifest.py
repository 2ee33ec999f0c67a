"""What a backup says of itself: the last thing that is written, the first that is read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

FORMAT: Final = 1
"""Of the file; a program reads those it knows."""
NAME: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one table, as `COPY` writes them."""

    name: str
    columns: tuple[str, ...]
    rows: int

    @property
    def member(self) -> str:
        """Where in the file they lie."""
        return f"tables/{self.name}.copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    program: str
    """The version of the program that wrote it."""
    revision: str
    """Of the schema."""
    taken_at: datetime
    """Machine time, UTC: the moment whose rows these are."""
    tables: tuple[Table, ...]
    """In an order in which each can be filled: parents before children."""
    months: tuple[str, ...]
    """The month tables that were there, such as `events_2026_11`."""
    recordings: int
    """How many files of recordings are in it."""
    recordings_left: int
    """How many are kept in the recordings folder and are not in it."""

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def dump(self) -> str:
        body = {"format": FORMAT, **asdict(self), "taken_at": self.taken_at.isoformat()}
        return json.dumps(body, indent=2)


def load(text: str) -> Manifest:
    """Read a manifest. Raises ValueError where it is none that this program knows."""
    body = json.loads(text)
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        raise ValueError("its format is unknown")
    try:
        return Manifest(
            **{
                **body,
                "taken_at": datetime.fromisoformat(body["taken_at"]),
                "tables": tuple(_table(one) for one in body["tables"]),
                "months": tuple(body["months"]),
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError("its table of contents is incomplete") from error


def _table(body: Mapping[str, object]) -> Table:
    name, columns, rows = body["name"], body["columns"], body["rows"]
    if not (isinstance(name, str) and isinstance(columns, list) and isinstance(rows, int)):
        raise TypeError
    return Table(name=name, columns=tuple(columns), rows=rows)
