"""A list of a thousand rows with seven kinds of errors in it; the fixture is its error file."""

import csv
from io import StringIO
from pathlib import Path
from typing import Final

HEADER: Final = ("Mobile", "First name", "E-mail", "Time zone", "Country", "Seats", "Notes")
ROWS: Final = 1000
KINDS: Final = 7
ERRORS: Final = Path(__file__).parent / "fixtures" / "seven_errors.csv"


def number(index: int) -> str:
    """Numbers of nobody: NPA 555 01XX."""
    areas = ("202", "212", "312", "206", "213", "303", "305", "404", "415", "512")
    return f"+1{areas[index // 100]}55501{index % 100:02}"


WRONG: Final = {
    10: ("020 7946 0123", "Ben", "", "", "GB", "3", ""),
    20: ("+1202555", "Cem", "", "", "", "3", ""),
    30: (number(29), "Dee", "dee at example.com", "", "", "3", ""),
    40: (number(39), "Eve", "", "Mars/Olympus", "", "3", ""),
    50: (number(49), "Fay", "", "", "Britain", "3", ""),
    60: (number(59), "Gus", "", "", "", "many", '=HYPERLINK("x")'),
    70: (number(0), "Hal", "", "", "", "3", "<script>alert(1)</script>"),
    71: (number(1), "Ida", "", "", "", "3", "@SUM(1)"),
}
"""By row: one or more of each kind; two are formulas and one is markup."""
GOOD: Final = ROWS - len(WRONG)


def text() -> str:
    """The list, as a spreadsheet writes it."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in range(1, ROWS + 1):
        plain = (number(row - 1), "Ana", "", "", "", "3", "met at a fair")
        writer.writerow(WRONG.get(row, plain))
    return out.getvalue()
