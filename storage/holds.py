"""Of whom nothing may be taken away, and which recordings and transcripts are old enough to go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

_TURN = text("""
UPDATE contacts SET held_at = CASE WHEN :held THEN cast(:now AS timestamptz) END
WHERE id = ANY(cast(:contacts AS uuid[])) AND (held_at IS NULL) = :held
RETURNING id
""")
_WHOSE: Final = """
SELECT {what}, CASE k.direction WHEN 'inbound' THEN k.from_phone ELSE k.to_phone END AS phone,
       l.country, coalesce(k.ended_at, k.created_at) AS ended_at
FROM calls k {join}
LEFT JOIN leads l ON l.id = k.lead_id
WHERE coalesce(k.ended_at, k.created_at) < :before AND k.id > :after AND {when}
  AND NOT EXISTS (SELECT FROM contacts c WHERE c.id = k.contact_id AND c.held_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM recordings h WHERE h.call_id = k.id AND h.legal_hold)
ORDER BY k.id LIMIT :limit FOR NO KEY UPDATE OF k SKIP LOCKED
"""
_RECORDED = text(
    _WHOSE.format(
        what="k.id, ARRAY(SELECT r.uri FROM recordings r WHERE r.call_id = k.id"
        " AND r.status = 'stored' AND r.uri IS NOT NULL) AS files",
        join="",
        when="EXISTS (SELECT FROM recordings r WHERE r.call_id = k.id"
        " AND r.status IN ('stored', 'failed'))",
    )
)
_WRITTEN = text(
    _WHOSE.format(
        what="k.id, cast('{}' AS text[]) AS files",
        join="",
        when="EXISTS (SELECT FROM turns t WHERE t.call_id = k.id)"
        " AND k.reading_state NOT IN ('due', 'running')",
    )
)
_DELETED = text("""
UPDATE recordings SET status = 'deleted', uri = NULL, peaks = NULL, sha256 = NULL, problem = NULL
WHERE call_id = ANY(cast(:calls AS uuid[])) AND status IN ('stored', 'failed')
""")
# What another platform calls its recordings is not Twilio's to delete. In no order, so that those
# which cannot be deleted keep no other waiting.
_LEFT = text("""
SELECT provider_ref FROM recordings
WHERE status = 'deleted' AND source = 'provider' AND gone_at IS NULL
  AND provider_ref ~ '^RE[0-9a-f]{32}$'
ORDER BY random() LIMIT :limit
""")
_GONE = text("UPDATE recordings SET gone_at = :now WHERE provider_ref = :ref")
_UNWRITTEN = text("DELETE FROM turns WHERE call_id = ANY(cast(:calls AS uuid[]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A call that ended before some moment and of which something is kept."""

    id: UUID
    files: Sequence[str]
    """Of its recordings, below the store's folder."""
    phone: str
    country: str | None
    ended_at: datetime


async def turn(
    tx: AsyncConnection, contacts: Collection[UUID], *, held: bool, now: datetime
) -> list[UUID]:
    """Hold these people, or release them; returns those of whom that changed anything."""
    values = {"contacts": list(contacts), "held": held, "now": now}
    return list((await tx.execute(_TURN, values)).scalars())


async def recorded(tx: AsyncConnection, *, before: datetime, after: UUID, limit: int) -> list[Old]:
    """Calls with a recording in our store, by id; locked. Nobody is held by law."""
    return await _old(tx, _RECORDED, {"before": before, "after": after, "limit": limit})


async def written(tx: AsyncConnection, *, before: datetime, after: UUID, limit: int) -> list[Old]:
    """Calls with a transcript that is not being read, by id; locked. Nobody is held by law."""
    return await _old(tx, _WRITTEN, {"before": before, "after": after, "limit": limit})


async def forget_recordings(tx: AsyncConnection, calls: Sequence[UUID]) -> None:
    """Their files are gone, or will be before the commit."""
    await tx.execute(_DELETED, {"calls": list(calls)})


async def left_at_provider(tx: AsyncConnection, limit: int) -> list[str]:
    """Some of the provider's recordings whose copy here is gone, by its own names for them."""
    return list((await tx.execute(_LEFT, {"limit": limit})).scalars())


async def gone_at_provider(tx: AsyncConnection, ref: str, now: datetime) -> None:
    """The provider has said so."""
    await tx.execute(_GONE, {"ref": ref, "now": now})


async def forget_transcripts(tx: AsyncConnection, calls: Sequence[UUID]) -> None:
    await tx.execute(_UNWRITTEN, {"calls": list(calls)})


async def _old(tx: AsyncConnection, query: TextClause, values: dict[str, object]) -> list[Old]:
    rows = await tx.execute(query, values)
    return [Old(**row._mapping) for row in rows]
