"""Recordings of calls, ours and the provider's, and how far each has come."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# What is stored or being fetched is never taken back by a late report.
_REPORT = text("""
INSERT INTO recordings (id, call_id, source, provider_ref, uri, channels, duration_ms, status,
                        created_at)
VALUES (:id, :call_id, 'provider', :provider_ref, :uri, :channels, :duration_ms, :status, :now)
ON CONFLICT (provider_ref) DO UPDATE SET
    uri = coalesce(recordings.uri, excluded.uri),
    channels = coalesce(recordings.channels, excluded.channels),
    duration_ms = coalesce(recordings.duration_ms, excluded.duration_ms),
    status = CASE WHEN recordings.status = 'running' THEN excluded.status
                  ELSE recordings.status END
RETURNING id, status = 'due' AND uri IS NOT NULL AS is_due
""")
# A job that died while fetching is done again.
_TAKE_DUE = text("""
UPDATE recordings SET status = 'fetching'
WHERE id = :id AND source = 'provider' AND status IN ('due', 'fetching') AND uri IS NOT NULL
RETURNING uri, provider_ref
""")
_STORE_FETCHED = text("""
UPDATE recordings SET status = 'stored', uri = :uri, channels = :channels, bytes = :bytes,
    duration_ms = :duration_ms, sha256 = :sha256, peaks = cast(:peaks AS jsonb), problem = NULL
WHERE id = :id AND status = 'fetching'
""")
_FAIL = text("""
UPDATE recordings SET status = 'failed', problem = :problem
WHERE id = :id AND status IN ('due', 'fetching')
""")


async def report(tx: AsyncConnection, **values: object) -> UUID | None:
    """Add what the provider says about a recording of its own; its id if it is to be fetched."""
    row = (await tx.execute(_REPORT, values)).one()
    return row.id if row.is_due else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A recording that is to be fetched."""

    uri: str
    """Where it lies at the provider."""
    provider_ref: str


async def take_due(tx: AsyncConnection, id: UUID) -> Due | None:
    """Begin to fetch a recording; None when there is nothing to fetch."""
    row = (await tx.execute(_TAKE_DUE, {"id": id})).one_or_none()
    return None if row is None else Due(**row._mapping)


async def fail(tx: AsyncConnection, id: UUID, problem: str) -> None:
    """It cannot be had; `problem` is a code."""
    await tx.execute(_FAIL, {"id": id, "problem": problem})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A finished recording in the store."""

    uri: str
    """Relative to the store's folder."""
    channels: int
    duration_ms: int
    bytes: int
    sha256: str
    peaks: Sequence[Sequence[float]]
    """Per channel the loudest sample of each stretch, 0..1."""


async def store_fetched(tx: AsyncConnection, id: UUID, kept: Kept) -> None:
    """It lies in our store now."""
    await tx.execute(
        _STORE_FETCHED,
        {
            "id": id,
            "uri": kept.uri,
            "channels": kept.channels,
            "duration_ms": kept.duration_ms,
            "bytes": kept.bytes,
            "sha256": kept.sha256,
            "peaks": json.dumps(kept.peaks),
        },
    )


_STORE = text("""
INSERT INTO recordings (id, call_id, source, uri, channels, duration_ms, bytes, sha256, peaks,
                        status, created_at)
SELECT :id, :call_id, 'ours', :uri, :channels, :duration_ms, :bytes, :sha256,
       cast(:peaks AS jsonb), 'stored', :now
WHERE NOT EXISTS (SELECT FROM recordings WHERE call_id = :call_id AND source = 'ours')
RETURNING id
""")


async def store_ours(
    tx: AsyncConnection,
    *,
    recording_id: UUID,
    call_id: UUID,
    kept: Kept,
    now: datetime,
) -> bool:
    """Our own recording of a call lies in the store; False when one is known.

    The caller holds the call.
    """
    values = {
        "id": recording_id,
        "call_id": call_id,
        "uri": kept.uri,
        "channels": kept.channels,
        "duration_ms": kept.duration_ms,
        "bytes": kept.bytes,
        "sha256": kept.sha256,
        "peaks": json.dumps(kept.peaks),
        "now": now,
    }
    return (await tx.execute(_STORE, values)).first() is not None
