"""Refuses a list in which a quote swallows rows, before anything is written."""

from orchestrator.engine.imports.sheet import Sheet
from orchestrator.engine.imports.text_file import LONGEST_LINE
from outreach.csv_quotes import unclosed_quote
from outreach.errors import Rejected


def refuse_unclosed(sheet: Sheet) -> None:
    """Read the lines once. Raises Rejected with the line on which such a quote opens."""
    with sheet.path.open(encoding=sheet.encoding, errors="replace", newline="") as file:
        lines = iter(lambda: file.readline(LONGEST_LINE), "")
        found = unclosed_quote(lines, sheet.delimiter)
    if found is None:
        return
    named = sheet.header[found.column - 1] if found.column <= len(sheet.header) else ""
    cell = f"column {named.strip()}" if named.strip() else f"cell {found.column}"
    raise Rejected(
        code="unclosed_quote",
        message=f"A quote opens in {cell} and is never closed, so the rows below would be lost"
        " in one cell. Nothing was imported.",
        fix='Close or remove it; a quote within a cell is written twice, as in "the ""big"" one".',
        where=f"{sheet.path}:{found.line}",
    )
