"""A list that a browser handed in lies in the database, where every worker can read it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.engine.imports.sheet import Sheet, open_sheet, reading
from orchestrator.engine.imports.text_file import TextFile
from outreach.campaign import Campaign
from outreach.csv_header import meanings
from outreach.errors import Rejected
from storage import uploads
from storage.database import transaction

PART: Final = 1 << 20
"""Bytes."""
SHOWN: Final = 4
LONGEST_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the list, for whoever says what it is."""

    position: int
    header: str
    samples: tuple[str, ...]
    taken_for: str
    """The key that it is; empty where it is ignored."""


async def keep(tx: AsyncConnection, id: UUID, file: BinaryIO) -> None:
    """Store a list, part by part; never all of it in memory."""
    file.seek(0)
    number = 0
    while content := await asyncio.to_thread(file.read, PART):
        await uploads.keep_part(tx, id, number, content)
        number += 1


@asynccontextmanager
async def fetched(
    database: AsyncEngine, id: UUID, *, parts: int | None = None
) -> AsyncIterator[Path]:
    """The list as a file of this machine while the block runs; `parts` takes the first alone.

    Raises Rejected when the list is kept no more.
    """
    with tempfile.TemporaryDirectory(prefix="outreach-import-") as folder:
        path = Path(folder) / "list.csv"
        with path.open("wb") as file:
            number = 0
            while parts is None or number < parts:
                async with transaction(database) as tx:
                    content = await uploads.part(tx, id, number)
                if content is None:
                    break
                await asyncio.to_thread(file.write, content)
                number += 1
        if not number:
            raise Rejected(
                "list_gone",
                "The list is not kept any more.",
                "Hand it in again.",
            )
        yield path


def columns_of(
    path: Path, encoding: str, campaign: Campaign, mapping: Mapping[str, str]
) -> list[Column]:
    """The columns with their first values, and what each is taken for. Reads the beginning alone.

    What a person chose (`mapping`) goes before what the names say. Raises Rejected where there is
    no header.
    """
    file = TextFile(path=path, encoding=encoding, size=path.stat().st_size, sha256="")
    sheet = open_sheet(file)
    with reading(sheet) as (_, rows):
        first = [row.cells or () for row in islice(rows, SHOWN)]
    by_name = meanings(sheet.header, campaign.fields)
    return [
        Column(
            position=position,
            header=header,
            samples=tuple(
                cells[position][:LONGEST_SHOWN] for cells in first if position < len(cells)
            ),
            taken_for=mapping.get(header, by_name[position]),
        )
        for position, header in enumerate(sheet.header)
    ]


def refuse_unusable(sheet: Sheet) -> None:
    """Raises Rejected where two columns have one name: nobody could say which is meant."""
    names = [name for name in sheet.header if name.strip()]
    for name in names:
        if names.count(name) > 1:
            raise Rejected(
                "column_twice",
                f"Two columns of the list are called {name.strip()}.",
                "Rename one of them in the list.",
            )
