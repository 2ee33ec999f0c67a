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
""")


async def report(tx: AsyncConnection, **values: object) -> None:
    """Add what the provider says about a recording of its own."""
    await tx.execute(_REPORT, values)


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
