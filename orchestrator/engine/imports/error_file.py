"""The rows that were not taken, as a list to be mended and imported again."""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from orchestrator.engine.imports.request import Rejection
from outreach.errors import Rejected

REASONS: Final = ("code", "reason", "suggestion")
FORMULA: Final = re.compile(r"\s*[=+\-@\t\r]")
HARMLESS: Final = re.compile(r"[+-]?[\d\s().,/-]*")
"""Numbers, phone numbers among them: left as they are, so that the list can be imported again."""


class ErrorFile:
    """Writes rows with the reasons beside them."""

    def __init__(self, file: IO[str], header: Sequence[str], delimiter: str) -> None:
        self._width = len(header)
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        self._writer.writerow(safe((*header, *REASONS)))

    def write(self, rejections: Iterable[Rejection]) -> None:
        for one in rejections:
            cells = [*one.cells[: self._width]]
            cells += [""] * (self._width - len(cells))
            why = (one.code, one.message, one.suggestion)
            self._writer.writerow(safe((*cells, *why, *one.cells[self._width :])))


@contextmanager
def error_file(path: Path | None, header: Sequence[str], delimiter: str) -> Iterator[ErrorFile]:
    """A file that appears under its name when it is complete; without a path it goes nowhere.

    Raises:
        Rejected: the file cannot be written.
    """
    if path is None:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            yield ErrorFile(nowhere, header, delimiter)
        return
    partial = path.with_name(f"{path.name}.part")
    try:
        file = partial.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Rejected(
            code="file_unwritable",
            message=f"The error file cannot be written: {(error.strerror or str(error)).lower()}.",
            fix="Name a file in a folder that exists.",
            where=str(path),
        ) from error
    with file:
        yield ErrorFile(file, header, delimiter)
    partial.replace(path)


def safe(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [
        f"'{cell}" if FORMULA.match(cell) and not HARMLESS.fullmatch(cell) else cell
        for cell in cells
    ]
