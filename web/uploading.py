"""What a browser hands in: a file or a pasted text, written to a file of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from outreach.errors import Rejected

BLOCK: Final = 1 << 18
PASTED: Final = "pasted list.csv"
MOST_BYTES: Final = 50_000_000
FORM_BYTES: Final = MOST_BYTES + 100_000
"""The list with what a form adds to it."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    name: str
    path: Path


@asynccontextmanager
async def handed_in(request: Request) -> AsyncIterator[HandedIn]:
    """The list while the block runs. Raises Rejected where there is none, or too much of it."""
    form = await request.form()
    try:
        with TemporaryDirectory(prefix="outreach-upload-") as folder:
            yield await _taken(form, Path(folder) / "list.csv")
    finally:
        await form.close()


async def _taken(form: FormData, path: Path) -> HandedIn:
    given, pasted = form.get("file"), form.get("pasted")
    if isinstance(given, UploadFile) and given.filename:
        await _write(given, path)
        return HandedIn(_plain(given.filename), path)
    if isinstance(pasted, str) and pasted.strip():
        await asyncio.to_thread(path.write_text, pasted, encoding="utf-8", newline="")
        return HandedIn(PASTED, path)
    raise Rejected(
        "no_list", "There was no list.", "Choose a file, or paste rows with their header."
    )


async def _write(given: UploadFile, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        while block := await given.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                raise Rejected(
                    "too_large",
                    f"The list is larger than {MOST_BYTES // 1_000_000} MB.",
                    "Cut it in two, or use `outreach leads import`, which takes any size.",
                )
            await asyncio.to_thread(file.write, block)


def _plain(name: str) -> str:
    """The name without the folders that some browsers send along."""
    return PurePosixPath(name.replace("\\", "/")).name or PASTED
