"""On which lines of a file do rows begin? Editors count lines, imports count rows."""

import csv
from collections.abc import Collection
from pathlib import Path

from orchestrator.engine.imports.sheet import EXCEL_HINT
from orchestrator.engine.imports.text_file import Lines


def lines_of(path: Path, encoding: str, delimiter: str, rows: Collection[int]) -> dict[int, int]:
    """The line, from 1, on which each of these rows begins; rows as an import counts them."""
    found: dict[int, int] = {}
    last = max(rows, default=0)
    with path.open("rb") as raw:
        lines = Lines(raw, encoding)
        reader = csv.reader(lines, delimiter=delimiter)
        number = -1 - (EXCEL_HINT.fullmatch(_first_line(path, encoding)) is not None)
        while number < last:
            begins = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                cells = ["unreadable"]
            text = lines.take()
            if number >= 0 and (text.isspace() or not any(cells)):
                continue
            number += 1
            if number in rows:
                found[number] = begins
    return found


def _first_line(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.readline()
