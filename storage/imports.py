"""Imports: what was read from which file, and the rows that were not taken."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage.events import Event, record


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImport:
    id: UUID
    campaign_id: UUID
    file_name: str
    file_sha256: str
    mapping: Mapping[str, str]
    started_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    row_number: int
    code: str
    message: str
    suggestion: str
    cells: Sequence[str]


# `beat` is machine time, and so is the silence measured by it: a killed process says nothing more.
_START = text("""
-- clock_timestamp() is machine time: the sign of life of a process.
INSERT INTO imports (id, campaign_id, file_name, file_sha256, mapping, started_at, started_by,
                     counts)
VALUES (:id, :campaign, :name, :sha256, cast(:mapping AS jsonb), :now, :by,
        jsonb_build_object('beat', extract(epoch FROM clock_timestamp())))  -- machine time
""")

# Handed in by a browser before: whoever takes it from waiting to running is the one to import it.
_BEGIN = text("""
-- clock_timestamp() is machine time: the sign of life of a process.
UPDATE imports SET status = 'running', mapping = cast(:mapping AS jsonb), started_at = :now,
  counts = jsonb_build_object('beat', extract(epoch FROM clock_timestamp()))  -- machine time
WHERE id = :id AND status = 'waiting' RETURNING id
""")

_ADVANCE = text("""
-- clock_timestamp() is machine time: the sign of life of a process.
UPDATE imports SET rows_read = :rows_read,
  counts = cast(:counts AS jsonb)
           || jsonb_build_object('beat', extract(epoch FROM clock_timestamp()))  -- machine time
WHERE id = :id
""")

# A process that was killed says nothing any more; this is machine time.
_SILENT = text("""
SELECT id, status FROM imports  -- machine time
WHERE status IN ('running', 'checking')
  AND extract(epoch FROM clock_timestamp()) > :silence + coalesce(
    cast(counts ->> 'beat' AS numeric), 0)
FOR UPDATE SKIP LOCKED
""")

BROKE_OFF: Final = "The check broke off before its end."
_CHECK_AGAIN = text("""
UPDATE imports SET status = 'uploaded', problem = :problem WHERE id = :id
""")

_END = text("""
UPDATE imports SET status = :status, ended_at = :now WHERE id = :id AND status = 'running'
RETURNING campaign_id, started_by, rows_read
""")

# What a check found out; the import finds out anew.
_FORGET_VERDICTS = text("DELETE FROM import_rejections WHERE import_id = :id")

_REJECT = text("""
INSERT INTO import_rejections (import_id, row_number, code, message, suggestion, cells)
SELECT :id, w.row_number, w.code, w.message, nullif(w.suggestion, ''),
       ARRAY(SELECT jsonb_array_elements_text(w.cells))
FROM unnest(cast(:numbers AS int[]), cast(:codes AS text[]), cast(:messages AS text[]),
            cast(:suggestions AS text[]), cast(:cells AS jsonb[]))
     AS w(row_number, code, message, suggestion, cells)
""")


async def start(tx: AsyncConnection, new: NewImport, now: datetime) -> None:
    values = {
        "id": new.id,
        "campaign": new.campaign_id,
        "name": new.file_name,
        "sha256": new.file_sha256,
        "mapping": json.dumps(dict(new.mapping)),
        "now": now,
        "by": new.started_by,
    }
    await tx.execute(_START, values)
    await record(tx, [_event(Kind.IMPORT_STARTED, new.id, new.campaign_id, new.started_by, now)])


async def begin(tx: AsyncConnection, new: NewImport, now: datetime) -> bool:
    """Start an import whose list waits here; False when somebody else has, or it waits no more."""
    values = {"id": new.id, "mapping": json.dumps(dict(new.mapping)), "now": now}
    if (await tx.execute(_BEGIN, values)).one_or_none() is None:
        return False
    await tx.execute(_FORGET_VERDICTS, {"id": new.id})
    await record(tx, [_event(Kind.IMPORT_STARTED, new.id, new.campaign_id, new.started_by, now)])
    return True


async def advance(
    tx: AsyncConnection, id: UUID, rows_read: int, counts: Mapping[str, object]
) -> None:
    """Note how far it is, in the transaction that brought it so far."""
    values = {"id": id, "rows_read": rows_read, "counts": json.dumps(counts)}
    await tx.execute(_ADVANCE, values)


async def reject(tx: AsyncConnection, id: UUID, rows: Sequence[RejectedRow]) -> None:
    """Keep the rows that were not taken, as they stood in the file."""
    if not rows:
        return
    values = {
        "id": id,
        "numbers": [row.row_number for row in rows],
        "codes": [row.code for row in rows],
        "messages": [row.message for row in rows],
        "suggestions": [row.suggestion for row in rows],
        "cells": [json.dumps([_storable(cell) for cell in row.cells]) for row in rows],
    }
    await tx.execute(_REJECT, values)


async def end(tx: AsyncConnection, id: UUID, status: str, now: datetime) -> None:
    """`done` or `failed`; an import that has ended already stays as it is."""
    row = (await tx.execute(_END, {"id": id, "status": status, "now": now})).one_or_none()
    if row is None:
        return
    data = {"status": status, "rows_read": row.rows_read}
    event = _event(Kind.IMPORT_ENDED, id, row.campaign_id, row.started_by, now, data)
    await record(tx, [event])


async def end_silent(tx: AsyncConnection, silence: timedelta, now: datetime) -> int:
    """Call those failed whose process was killed; a campaign with a running import is never over.

    `silence` is machine time; longer than any chunk takes. Their rows can be imported again.
    """
    found = (await tx.execute(_SILENT, {"silence": silence.total_seconds()})).all()
    for one in found:
        if one.status == "running":
            await end(tx, one.id, "failed", now)
        else:
            await tx.execute(_CHECK_AGAIN, {"id": one.id, "problem": BROKE_OFF})
    return len(found)


def _event(
    kind: Kind,
    id: UUID,
    campaign_id: UUID,
    actor: str,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=actor,
        campaign_id=campaign_id,
        data={"import": str(id), **(data or {})},
    )


def _storable(cell: str) -> str:
    """PostgreSQL's text holds every character but NUL and half surrogates."""
    return cell.replace("\x00", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()
