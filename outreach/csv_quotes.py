"""Does a quote in a list swallow the lines below it?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

QUOTE: Final = '"'
LINE_ENDS: Final = frozenset(("", "\r", "\n"))


@dataclass(frozen=True, slots=True)
class Unclosed:
    line: int
    """Where the quote opens; counts from 1, the header included."""
    column: int
    """Which cell of its row it opens, from 1."""


def unclosed_quote(lines: Iterable[str], delimiter: str) -> Unclosed | None:
    """The first quote that is never closed, or closed only by the opening quote of a later line.

    Reads as a spreadsheet does: a quote opens a cell only as its first character, and two of them
    within stand for one. One that is wrong within its own line swallows nothing and is no matter.
    """
    opened: Unclosed | None = None
    is_whole = _whole_line(delimiter).fullmatch
    for number, line in enumerate(lines, 1):
        # Nearly all lines hold no quote, or close each of them; this is all that is done for them.
        if QUOTE not in line or (opened is None and is_whole(line)):
            continue
        swallowed, opened = _read_line(line, number, delimiter, opened)
        if swallowed:
            return opened
    return opened


def _whole_line(delimiter: str) -> re.Pattern[str]:
    """A line in which every quoted cell is closed.

    Each character can be matched in one way alone, so no quantifier needs to be possessive: those
    are wrong in the first releases of Python 3.11.
    """
    cell = rf'(?:"[^"]*(?:""[^"]*)*"|(?!")[^{re.escape(delimiter)}\r\n]*)'
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*[\r\n]*")


def _read_line(
    line: str, number: int, delimiter: str, opened: Unclosed | None
) -> tuple[bool, Unclosed | None]:
    """Whether the open quote has swallowed lines, and which quote is open after this one."""
    at, column = 0, opened.column if opened else 1
    while True:
        if opened is None:
            if not line.startswith(QUOTE, at):
                at = line.find(delimiter, at) + 1
                if not at:
                    return False, None
                column += 1
                continue
            opened, at = Unclosed(line=number, column=column), at + 1
        end = _closing(line, at)
        if end < 0:
            return False, opened
        following = line[end + 1 : end + 2]
        if following in LINE_ENDS:
            return False, None
        if following != delimiter and opened.line < number:
            # Text right behind it: this quote was to open a cell, not to close one.
            return True, opened
        opened, at = None, line.find(delimiter, end + 1) + 1
        if not at:
            return False, None
        column += 1


def _closing(line: str, at: int) -> int:
    """Where the quoted cell ends that `at` is within; -1: not on this line."""
    end = line.find(QUOTE, at)
    while end >= 0 and line.startswith(QUOTE, end + 1):
        end = line.find(QUOTE, end + 2)
    return end
