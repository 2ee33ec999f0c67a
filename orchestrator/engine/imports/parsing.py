"""From the file to chunks: rows that can be staged, and rows that cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from orchestrator.engine.imports.first_attempts import FirstAttempts
from orchestrator.engine.imports.request import Only, Rejection
from orchestrator.engine.imports.sheet import Row, Sheet, cut, reading
from orchestrator.engine.imports.staging import MOST_ROWS, Stage, ids_of_chunk
from orchestrator.engine.imports.terms import Terms
from orchestrator.engine.imports.text_file import DAMAGED
from outreach.csv_rows import RowRejected, parse_row
from outreach.errors import Rejected

CHUNK_ROWS: Final = MOST_ROWS
CHUNK_CHARACTERS: Final = 16_000_000
"""A chunk ends earlier where its rows are this long together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A stretch of the file. Everything of it fits in memory, whatever the file's size."""

    rows_read: int
    staged: int
    stage: bytes
    """The staged rows as storage.import_stage copies them."""
    texts: dict[int, str]
    """The staged rows as they stand in the file, by number."""
    rejections: tuple[Rejection, ...]
    bytes_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the parser works by; travels to its process."""

    sheet: Sheet
    terms: Terms
    only: Only | None
    chunk_rows: int = CHUNK_ROWS


def parse(job: Job, first: int = 0) -> Iterator[Chunk]:
    """Read the file to its last row, from chunk number `first` on; chunks hang on no other."""
    stage = Stage(FirstAttempts(job.terms))
    with reading(job.sheet) as (lines, rows):
        wanted = _wanted(rows, job)
        for number, rows_of_chunk in enumerate(_chunks(wanted, job.chunk_rows)):
            if number >= first:
                yield _parse_chunk(job, stage, number, rows_of_chunk, lines.bytes_done)


def column_of(only: Only, header: tuple[str, ...]) -> int:
    """Where the column of `--only` stands.

    Raises:
        Rejected: the list has no such column.
    """
    names = [name.strip().casefold() for name in header]
    try:
        return names.index(only.column.strip().casefold())
    except ValueError:
        raise Rejected(
            code="unknown_column",
            message=f"The list has no column {only.column!r}.",
            fix=f"Its columns are {', '.join(header)}.",
            where="only",
        ) from None


def _wanted(rows: Iterator[Row], job: Job) -> Iterator[Row]:
    if job.only is None:
        yield from rows
        return
    column, value = column_of(job.only, job.sheet.header), job.only.value.strip()
    for row in rows:
        if row.cells is not None and column < len(row.cells) and row.cells[column].strip() == value:
            yield row


def _chunks(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    while chunk := list(_bounded(islice(rows, most))):
        yield chunk


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    characters = 0
    for row in rows:
        yield row
        characters += len(row.text)
        if characters > CHUNK_CHARACTERS:
            return


def _parse_chunk(job: Job, stage: Stage, number: int, rows: list[Row], done: int) -> Chunk:
    ids = ids_of_chunk(job.terms.now, number)
    staged: list[str] = []
    texts: dict[int, str] = {}
    rejections: list[Rejection] = []
    seen: set[str] = set()
    columns = job.terms.columns
    for place, row in enumerate(rows):
        if row.cells is None or DAMAGED in row.text:
            rejections.append(_unreadable(row, job.sheet))
            continue
        lead = parse_row(columns, row.cells)
        if isinstance(lead, RowRejected):
            rejections.append(_rejection(row, row.cells, lead))
            continue
        point = lead.phone or lead.whatsapp
        assert point is not None, "a row without any number is rejected"
        repeats = point.e164 in seen
        seen.add(point.e164)
        staged.append(stage.line(row.number, lead, ids.of(place), repeats))
        texts[row.number] = row.text
    return Chunk(
        rows_read=len(rows),
        staged=len(texts),
        stage="\n".join((*staged, "")).encode(errors="replace"),
        texts=texts,
        rejections=tuple(rejections),
        bytes_done=done,
    )


def _rejection(row: Row, cells: tuple[str, ...], why: RowRejected) -> Rejection:
    return Rejection(
        row_number=row.number,
        code=why.code,
        message=why.message,
        suggestion=why.suggestion,
        cells=cells,
    )


def _unreadable(row: Row, sheet: Sheet) -> Rejection:
    if row.cells is None:
        return Rejection(
            row_number=row.number,
            code="row_unreadable",
            message="The row cannot be cut into cells.",
            suggestion="A quote may be opened and never closed.",
            cells=cut(row.text, sheet.delimiter),
        )
    return Rejection(
        row_number=row.number,
        code="row_damaged",
        message=f"The row holds bytes that are no text in {sheet.encoding}.",
        suggestion="Save the list as UTF-8 and import it again.",
        cells=row.cells,
    )
