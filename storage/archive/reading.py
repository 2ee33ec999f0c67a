"""Opens a backup, and proves before anything else that it is whole."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from outreach.errors import Rejected
from storage.archive import manifest
from storage.archive.manifest import Manifest, Table

CHUNK: Final = 1 << 20
RECORDINGS: Final = "recordings/"

# What a file that is damaged, cut off or something else altogether makes the reader raise.
DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A backup that has been read through and is whole."""

    manifest: Manifest
    zip: zipfile.ZipFile

    def rows(self, table: Table) -> Iterator[bytes]:
        """What COPY wrote for this table, in pieces."""
        with self.zip.open(table.member) as member:
            yield from _pieces(member)

    def recordings(self) -> list[str]:
        """The recordings in it, by their place in the recordings folder."""
        names = [name for name in self.zip.namelist() if name.startswith(RECORDINGS)]
        return [name.removeprefix(RECORDINGS) for name in names]

    def sound(self, uri: str) -> IO[bytes]:
        return self.zip.open(f"{RECORDINGS}{uri}")


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Read the whole file once and check every part of it; then it may be used.

    Raises:
        Rejected: it is not there, damaged, cut off, or no backup of ours.
    """
    with _zip(file) as archive:
        yield _checked(file, archive)


def _zip(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGE as error:
        raise _damaged(file, str(error)) from error
    except OSError as error:
        raise Rejected(
            code="file_unreadable",
            message=f"{file} cannot be read: {(error.strerror or str(error)).lower()}.",
            fix="Name a file that `outreach db backup` has written.",
        ) from error


def _checked(file: Path, archive: zipfile.ZipFile) -> Archive:
    try:
        found = manifest.load(archive.read(manifest.NAME).decode())
        for table in found.tables:
            _check_rows(archive, table)
        opened = Archive(manifest=found, zip=archive)
        uris = opened.recordings()
        if len(uris) != found.recordings:
            raise ValueError("recordings are missing")
        for uri in uris:
            _check_place(uri)
            with opened.sound(uri) as member:
                for _ in _pieces(member):
                    pass
    # A wrong offset asks for a place that no file has.
    except (*DAMAGE, OSError) as error:
        raise _damaged(file, str(error) or type(error).__name__) from error
    return opened


def _check_rows(archive: zipfile.ZipFile, table: Table) -> None:
    # Reading to the end compares the checksum. COPY writes a line feed after each row and nowhere
    # else: inside a value it is escaped.
    with archive.open(table.member) as member:
        rows = sum(piece.count(b"\n") for piece in _pieces(member))
    if rows != table.rows:
        raise ValueError(f"{table.name} has {rows} rows of {table.rows}")


def _check_place(uri: str) -> None:
    path = PurePosixPath(uri)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("a recording lies outside the folder of recordings")


def _pieces(member: IO[bytes]) -> Iterator[bytes]:
    while piece := member.read(CHUNK):
        yield piece


def _damaged(file: Path, what: str) -> Rejected:
    return Rejected(
        code="backup_damaged",
        message=f"{file} is no whole backup: {what.rstrip('.')}.",
        fix="Use another copy; nothing has been changed.",
    )
