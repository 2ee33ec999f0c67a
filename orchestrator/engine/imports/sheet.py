"""How is a list laid out: its delimiter, its header, and the rows below?"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Final

from orchestrator.engine.imports.text_file import SAMPLE, Lines, TextFile
from outreach.csv_header import ALIASES, plain
from outreach.errors import Rejected
from outreach.fields import FieldSpec

DELIMITERS: Final = (",", ";", "\t", "|")
EXCEL_HINT: Final = re.compile(r"sep=([,;\t|:^~])[\r\n]*")
"""A first line that Excel writes and hides."""
MOST_COLUMNS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list whose header has been read."""

    path: Path
    encoding: str
    delimiter: str
    hinted: bool
    """Whether the line above the header names the delimiter."""
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: str
    """As written in the file."""
    cells: tuple[str, ...] | None
    """None where the row cannot be cut into cells."""


def open_sheet(file: TextFile) -> Sheet:
    """Find the delimiter and read the header.

    Raises:
        Rejected: there is no header.
    """
    with file.path.open("rb") as raw:
        start = raw.read(SAMPLE).decode(file.encoding, errors="replace")
    first = start.splitlines(keepends=True)[:1]
    hint = EXCEL_HINT.fullmatch(first[0]) if first else None
    below = start[len(first[0]) :] if hint else start
    delimiter = hint[1] if hint else max(DELIMITERS, key=lambda one: _fit(below, one))
    header = _header(below, delimiter)
    if not any(name.strip() for name in header):
        raise Rejected(
            code="no_header",
            message="The first row of the list names no columns.",
            fix="Put the names of the columns, such as phone and first_name, into the first row.",
            where=str(file.path),
        )
    if len(header) > MOST_COLUMNS:
        raise Rejected(
            code="too_many_columns",
            message=f"The first row names {len(header)} columns, more than {MOST_COLUMNS}.",
            fix="Remove the columns that the campaign does not need.",
            where=str(file.path),
        )
    return Sheet(
        path=file.path,
        encoding=file.encoding,
        delimiter=delimiter,
        hinted=hint is not None,
        header=header,
    )


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader(StringIO(text, newline=""), delimiter=delimiter), ()))
    except csv.Error:
        return ()


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """How well a delimiter cuts the header: names that lists have, then cells."""
    names = _header(text, delimiter)
    known = sum(name.strip().casefold().replace(" ", "_") in ALIASES for name in names)
    return (known, len(names))


def renamed(header: Sequence[str], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The header with the names that a person gave its columns.

    Raises:
        Rejected: the mapping speaks of a column that is not there.
    """
    absent = [name for name in mapping if name not in header]
    if absent:
        raise Rejected(
            code="unknown_column",
            message=f"The list has no column {absent[0]!r}.",
            fix=f"Its columns are {', '.join(header)}. Write one of them before the =, such as"
            f" --map '{header[0].strip()}=phone'.",
            where="--map",
        )
    return tuple(mapping.get(name, name) for name in header)


def refuse_unknown_fields(mapping: Mapping[str, str], fields: Sequence[FieldSpec]) -> None:
    """Raises Rejected where a column is given to a field that no lead of the campaign has."""
    known = sorted({*ALIASES.values()}) + [field.key for field in fields]
    # As lists do, a person may write a field's other names, in any case.
    taken = {plain(name) for name in (*ALIASES, *known, *(field.label for field in fields))}
    for column, key in mapping.items():
        if not key or plain(key) in taken:
            continue
        nearest = get_close_matches(plain(key), known, n=1)
        raise Rejected(
            code="unknown_field",
            message=f"Column {column!r} is given to {key!r}, which is no field of the campaign.",
            fix=(f"Did you mean {nearest[0]}? " if nearest else "")
            + f"Fields are {', '.join(known)}; such as --map '{column}={(nearest or known)[0]}'.",
            where="--map",
        )


@contextmanager
def reading(sheet: Sheet) -> Iterator[tuple[Lines, Iterator[Row]]]:
    """The rows below the header, one at a time; blank ones are left out."""
    with sheet.path.open("rb") as raw:
        lines = Lines(raw, sheet.encoding)
        if sheet.hinted:
            next(lines)
        yield lines, _rows(lines, sheet.delimiter)


def _rows(lines: Lines, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    next(reader, None)
    lines.take()
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            number += 1
            yield Row(number, lines.take(), None)
            continue
        text = lines.take()
        if text.isspace() or not any(cells):
            continue
        number += 1
        yield Row(number, text, tuple(cells))


def cut(text: str, delimiter: str) -> tuple[str, ...]:
    """The cells of one row as written; the whole row as one cell where that fails."""
    try:
        return tuple(next(csv.reader(StringIO(text, newline=""), delimiter=delimiter), ()))
    except csv.Error:
        return (text,)
