"""Lists that a browser handed in: from the file to the verdicts, until they are imported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

OPEN: Final = ("uploaded", "checking", "checked")
"""Statuses in which nothing was imported yet: who wants no more of it just leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    id: UUID
    campaign_id: UUID
    file_name: str
    file_sha256: str
    mapping: Mapping[str, str]
    """Header as written → key; an empty key ignores the column."""
    options: Mapping[str, object]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An import, however far it is."""

    id: UUID
    campaign_id: UUID
    campaign: str
    campaign_status: str
    file_name: str
    mapping: Mapping[str, str]
    rows_read: int
    counts: Mapping[str, object]
    options: Mapping[str, object]
    problem: str | None
    status: str
    started_at: datetime
    """When it was handed in, or began where nobody handed it in."""
    ended_at: datetime | None
    started_by: str
    has_file: bool
    """Whether the list is still kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A row with what becomes of it."""

    row_number: int
    code: str
    message: str
    suggestion: str
    cells: Sequence[str]
    taken: bool
    """True: an example of rows that will be taken."""


_ADD = text("""
INSERT INTO imports (id, campaign_id, file_name, file_sha256, mapping, options, status, started_at,
                     started_by)
VALUES (:id, :campaign, :name, :sha256, cast(:mapping AS jsonb), cast(:options AS jsonb),
        'uploaded', :now, :by)
""")
_KEEP = text("INSERT INTO import_files (import_id, part, content) VALUES (:id, :part, :content)")
_PART = text("SELECT content FROM import_files WHERE import_id = :id AND part = :part")
_DROP = text("DELETE FROM import_files WHERE import_id = :id")
_UPLOAD = """
SELECT i.id, i.campaign_id, c.name AS campaign, c.status AS campaign_status, i.file_name, i.mapping,
       i.rows_read, i.counts, i.options, i.problem, i.status, i.started_at, i.ended_at,
       i.started_by,
       EXISTS (SELECT FROM import_files f WHERE f.import_id = i.id) AS has_file
FROM imports i JOIN campaigns c ON c.id = i.campaign_id
"""
_GET = text(f"{_UPLOAD} WHERE i.id = :id")
_LIST = text(f"{_UPLOAD} WHERE i.campaign_id = :campaign ORDER BY i.started_at DESC LIMIT :limit")
# The step is taken by whoever finds it as they saw it; nobody else does it then.
_MOVE = text("""
-- clock_timestamp() is machine time: the sign of life of a process.
UPDATE imports SET status = :to, problem = :problem,
  mapping = coalesce(cast(:mapping AS jsonb), mapping),
  options = options || cast(:options AS jsonb),
  counts = CASE WHEN :to IN ('checking', 'waiting') THEN
    jsonb_build_object('beat', extract(epoch FROM clock_timestamp()))  -- machine time
    ELSE counts END,
  rows_read = CASE WHEN :to IN ('checking', 'waiting') THEN 0 ELSE rows_read END
WHERE id = :id AND status = ANY(cast(:from AS text[])) RETURNING id
""")
_CLEAR = text("DELETE FROM import_rejections WHERE import_id = :id")
_EXAMPLES = text("""
INSERT INTO import_rejections (import_id, row_number, code, message, suggestion, cells, taken)
SELECT :id, w.row_number, w.code, w.message, nullif(w.suggestion, ''),
       ARRAY(SELECT jsonb_array_elements_text(w.cells)), true
FROM unnest(cast(:numbers AS int[]), cast(:codes AS text[]), cast(:messages AS text[]),
            cast(:suggestions AS text[]), cast(:cells AS jsonb[]))
     AS w(row_number, code, message, suggestion, cells)
""")
_VERDICTS = text("""
SELECT row_number, code, message, coalesce(suggestion, '') AS suggestion, cells, taken
FROM import_rejections
WHERE import_id = :id AND row_number > :after
  AND (cast(:code AS text) IS NULL OR code = :code) AND (NOT :refused OR NOT taken)
ORDER BY row_number LIMIT :limit
""")
_AGAIN = text("""
INSERT INTO imports (id, campaign_id, file_name, file_sha256, mapping, options, status, started_at,
                     started_by)
SELECT :new, campaign_id, file_name, file_sha256, mapping, options, 'waiting', :now, :by
FROM imports WHERE id = :id
""")
_MOVE_FILE = text("UPDATE import_files SET import_id = :new WHERE import_id = :id")
# Nobody came back to it; of what was imported only the list goes.
_FORGET = text("""
DELETE FROM imports WHERE status IN ('uploaded', 'checking', 'checked') AND started_at < :before
RETURNING id
""")
_FORGET_FILES = text("""
DELETE FROM import_files USING imports i
WHERE i.id = import_id AND i.status IN ('done', 'failed', 'undone') AND i.started_at < :before
""")


async def add(tx: AsyncConnection, new: NewUpload, now: datetime) -> None:
    values = {
        "id": new.id,
        "campaign": new.campaign_id,
        "name": new.file_name,
        "sha256": new.file_sha256,
        "mapping": json.dumps(dict(new.mapping)),
        "options": json.dumps(dict(new.options)),
        "now": now,
        "by": new.by,
    }
    await tx.execute(_ADD, values)


async def keep_part(tx: AsyncConnection, id: UUID, part: int, content: bytes) -> None:
    await tx.execute(_KEEP, {"id": id, "part": part, "content": content})


async def part(tx: AsyncConnection, id: UUID, number: int) -> bytes | None:
    """Part of the list, counted from 0; None behind the last, or when it is kept no more."""
    found = (await tx.execute(_PART, {"id": id, "part": number})).scalar_one_or_none()
    return None if found is None else bytes(found)


async def drop_file(tx: AsyncConnection, id: UUID) -> None:
    await tx.execute(_DROP, {"id": id})


async def find(tx: AsyncConnection, id: UUID) -> Upload | None:
    row = (await tx.execute(_GET, {"id": id})).one_or_none()
    return Upload(**row._mapping) if row is not None else None


async def list_of(tx: AsyncConnection, campaign_id: UUID, limit: int = 20) -> list[Upload]:
    """The imports of a campaign, the newest first."""
    rows = await tx.execute(_LIST, {"campaign": campaign_id, "limit": limit})
    return [Upload(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where an upload goes on, from any of these statuses."""

    frm: Sequence[str]
    to: str
    mapping: Mapping[str, str] | None = None
    """None: it stays."""
    options: Mapping[str, object] | None = None
    """Added to those that are there."""
    problem: str | None = None
    """Why what was tried came to nothing."""


async def move(tx: AsyncConnection, id: UUID, step: Step) -> bool:
    """Take the step; False where it is in none of the statuses that the step begins in."""
    values = {
        "id": id,
        "from": list(step.frm),
        "to": step.to,
        "mapping": None if step.mapping is None else json.dumps(dict(step.mapping)),
        "options": json.dumps(dict(step.options or {})),
        "problem": step.problem,
    }
    return (await tx.execute(_MOVE, values)).one_or_none() is not None


async def clear_verdicts(tx: AsyncConnection, id: UUID) -> None:
    await tx.execute(_CLEAR, {"id": id})


async def keep_examples(tx: AsyncConnection, id: UUID, rows: Sequence[Verdict]) -> None:
    """Keep some of the rows that will be taken, so that a person can look at them."""
    if not rows:
        return
    values = {
        "id": id,
        "numbers": [row.row_number for row in rows],
        "codes": [row.code for row in rows],
        "messages": [row.message for row in rows],
        "suggestions": [row.suggestion for row in rows],
        "cells": [json.dumps([cell.replace("\x00", "") for cell in row.cells]) for row in rows],
    }
    await tx.execute(_EXAMPLES, values)


async def verdicts(
    tx: AsyncConnection,
    id: UUID,
    *,
    code: str | None = None,
    after: int = 0,
    limit: int = 100,
    refused: bool = False,
) -> list[Verdict]:
    """Rows by number; `refused` leaves out the examples of those that are taken."""
    values = {"id": id, "code": code, "after": after, "limit": limit, "refused": refused}
    return [Verdict(**row._mapping) for row in await tx.execute(_VERDICTS, values)]


async def begin_again(tx: AsyncConnection, id: UUID, new_id: UUID, by: str, now: datetime) -> None:
    """Another import of the same list, which waits for a worker; it takes the file over."""
    await tx.execute(_AGAIN, {"id": id, "new": new_id, "by": by, "now": now})
    await tx.execute(_MOVE_FILE, {"id": id, "new": new_id})


async def forget(tx: AsyncConnection, before: datetime) -> int:
    """Lists that nobody imported, and files of those that are over; how many lists went."""
    await tx.execute(_FORGET_FILES, {"before": before})
    return len((await tx.execute(_FORGET, {"before": before})).all())
