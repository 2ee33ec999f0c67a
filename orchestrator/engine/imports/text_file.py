"""In which encoding is a file written, and what are its lines?"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from outreach.errors import Rejected

BLOCK: Final = 1 << 18
SAMPLE: Final = 1 << 16
LONGEST_LINE: Final = 1 << 20
"""Characters; a longer line is cut, so that no file can fill the memory."""
FALLBACK: Final = "cp1252"
"""What spreadsheets of western Europe and America write when they do not write UTF-8."""
NEIGHBOURS: Final = re.compile(rb"[\x80-\xff]{2}")
LATIN: Final = frozenset({"cp1252", "cp1250", "cp1254", "iso8859_15", "cp850", "mac_roman"})
EXPORTED: Final = (
    *sorted(LATIN),
    *("cp1251", "cp1253", "cp1255", "cp1256", "koi8_r"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What lists are exported in. All of them write a line break and a comma as ASCII does."""
WESTERN_MARKS: Final = frozenset(
    b"\x80\x84\x85\x91\x92\x93\x94\x96\x97\xa0\xa7\xab\xb0\xb7\xbb".decode(FALLBACK)
)
"""Quotes, dashes and other marks that stand in names and notes."""
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DAMAGED: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands in a line where bytes are no text in the file's encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    path: Path
    encoding: str
    size: int
    """Bytes."""
    sha256: str


def examine(path: Path) -> TextFile:
    """Read a file once to know what it is.

    Raises:
        Rejected: it cannot be read, or it is empty.
    """
    digest = hashlib.sha256()
    size = 0
    utf8 = _Utf8()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                digest.update(block)
                size += len(block)
                utf8.feed(block)
    except OSError as error:
        raise Rejected(
            code="file_unreadable",
            message=f"The file cannot be read: {(error.strerror or str(error)).lower()}.",
            fix="Check the path.",
            where=str(path),
        ) from error
    if not size:
        raise Rejected(
            code="empty_file",
            message="The file is empty.",
            fix="Export the list again, with the names of its columns in the first row.",
            where=str(path),
        )
    return TextFile(path=path, encoding=utf8.verdict(), size=size, sha256=digest.hexdigest())


class _Utf8:
    """Follows a file block by block, until it can no longer be UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._start = b""
        self._evidence = b""
        self._has_letters_beyond_ascii = False
        self._broken = False

    def feed(self, block: bytes) -> None:
        if not self._start:
            self._start = block[:SAMPLE]
        if self._broken:
            return
        try:
            text = self._decoder.decode(block)
        except UnicodeDecodeError as error:
            self._broken = True
            before = error.object[: error.start]
            self._has_letters_beyond_ascii |= not before.isascii()
            self._evidence = error.object[max(error.start - 1024, 0) : error.start + SAMPLE]
            return
        self._has_letters_beyond_ascii = self._has_letters_beyond_ascii or not text.isascii()

    def verdict(self) -> str:
        for bom, name in BOMS:
            if self._start.startswith(bom):
                return name
        if not self._broken:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                self._evidence = error.object
            else:
                return "utf-8"
        # Letters in good UTF-8 before the first bad byte: a damaged file, not another encoding.
        if self._has_letters_beyond_ascii:
            return "utf-8"
        return _guess(self._evidence)


def _guess(sample: bytes) -> str:
    best = from_bytes(sample, cp_isolation=[*EXPORTED]).best()
    if best is None:
        return FALLBACK
    # One accent in a short list looks like a character of Chinese as much as like anything.
    few = best.encoding in LATIN or not NEIGHBOURS.search(sample)
    return FALLBACK if few and _reads_as_western(sample) else best.encoding


def _reads_as_western(sample: bytes) -> bool:
    """Whether everything beyond ASCII is a letter or a mark of western European text.

    A few names say too little to tell Latin alphabets apart by frequency; but what is a letter in
    Polish is a pound sign or a question mark upside down in a western reading.
    """
    try:
        text = sample.decode(FALLBACK)
    except UnicodeDecodeError:
        return False
    return all(one.isascii() or one.isalpha() or one in WESTERN_MARKS for one in text)


class Lines(Iterator[str]):
    """The lines of an open file as written, their ends included.

    What was read since the last `take` is kept, so that a row that is refused can be given back
    exactly as it stood.
    """

    def __init__(self, file: BufferedReader, encoding: str) -> None:
        self._bytes = file
        self._text = TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
        self._read: list[str] = []

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self._read.append(line)
        return line

    def take(self) -> str:
        """All lines since the last time."""
        text = self._read[0] if len(self._read) == 1 else "".join(self._read)
        self._read.clear()
        return text

    @property
    def bytes_done(self) -> int:
        return self._bytes.tell()
