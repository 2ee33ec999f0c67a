"""What became of the rows of a list, or would: counted, with words, and as a file to be mended."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import StringIO

from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.import_jobs import READY
from orchestrator.engine.imports.error_file import ErrorFile
from orchestrator.engine.imports.request import DUPLICATES, Rejection
from outreach.telling.codes import why
from outreach.telling.rows import advice, rows
from storage import uploads
from storage.database import transaction
from storage.uploads import Upload

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Rows with one verdict."""

    code: str
    rows: int
    words: str
    fix: str
    tone: str
    is_taken: bool


def counted(one: Upload) -> list[Counted]:
    """What is fine first, then what is taken and waits, then what is not taken."""
    blocked, rejected = _numbers(one, "blocked"), _numbers(one, "rejected")
    ready = imported_of(one) - sum(blocked.values())
    fine = [_ready(ready)] if ready else []
    return [
        *fine,
        *(_blocked(code, number) for code, number in _most_first(blocked)),
        *(_rejected(code, number) for code, number in _most_first(rejected)),
    ]


def _ready(number: int) -> Counted:
    words = "become leads that are contacted"
    return Counted(code=READY, rows=number, words=words, fix="", tone="good", is_taken=True)


def _blocked(code: str, number: int) -> Counted:
    words = f"become leads that are not contacted for now. {why(code)}"
    return Counted(code=code, rows=number, words=words, fix="", tone="warn", is_taken=True)


def _rejected(code: str, number: int) -> Counted:
    return Counted(
        code=code,
        rows=number,
        words=f"are left out: {rows(code)}",
        fix=advice(code),
        tone="calm" if code in DUPLICATES else "bad",
        is_taken=False,
    )


def _most_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))


def imported_of(one: Upload) -> int:
    """How many leads it makes, or has made."""
    found = one.counts.get("imported", 0)
    return found if isinstance(found, int) else 0


def share_done(one: Upload) -> float:
    """How much of the list is read, from 0 to 1."""
    done, size = one.counts.get("bytes_done", 0), one.options.get("size", 0)
    if not isinstance(done, int) or not isinstance(size, int) or not size:
        return 0.0
    return min(done / size, 1.0)


def header_of(one: Upload) -> tuple[str, ...]:
    found = one.options.get("header")
    return tuple(map(str, found)) if isinstance(found, list) else ()


async def error_file(database: AsyncEngine, one: Upload) -> AsyncIterator[bytes]:
    """The rows that are not taken with their reasons, page by page, as `leads import` writes it."""
    buffer = StringIO()
    delimiter = str(one.options.get("delimiter") or ",")
    file = ErrorFile(buffer, header_of(one), delimiter)
    # The mark by which a spreadsheet knows UTF-8.
    yield b"\xef\xbb\xbf" + _taken_out(buffer)
    after = 0
    while True:
        async with transaction(database) as tx:
            found = await uploads.verdicts(tx, one.id, after=after, limit=PAGE, refused=True)
        file.write(
            Rejection(
                row_number=row.row_number,
                code=row.code,
                message=row.message,
                suggestion=row.suggestion,
                cells=tuple(row.cells),
            )
            for row in found
        )
        yield _taken_out(buffer)
        if len(found) < PAGE:
            return
        after = found[-1].row_number


def _taken_out(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="replace")


def _numbers(one: Upload, name: str) -> Mapping[str, int]:
    found = one.counts.get(name)
    return found if isinstance(found, dict) else {}
