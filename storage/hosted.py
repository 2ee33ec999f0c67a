"""Calls that another platform runs: whose attempt they are, and what is told of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inbox import Entry

# A platform speaks of its own calls alone: whoever has its secret can tell nothing of others'.
_BY_ID = text("""
SELECT a.id FROM attempts a JOIN senders s ON s.id = a.sender_id
WHERE a.id = :id AND s.provider = :provider
""")
_BY_REF = text("""
SELECT a.id FROM attempts a JOIN senders s ON s.id = a.sender_id
WHERE a.provider_ref = :ref AND s.provider = :provider
ORDER BY a.id LIMIT 1
""")
_HUNG_UP = text("""
UPDATE calls SET hung_up_by = coalesce(cast(:by AS text), hung_up_by),
                 ended_by = CASE WHEN ended_by = :unknown
                                 THEN coalesce(cast(:by AS text), hung_up_by, ended_by)
                                 ELSE ended_by END
WHERE id = :id
RETURNING coalesce(hung_up_by, :unknown)
""")


async def find_by_id(tx: AsyncConnection, attempt_id: UUID, provider: str) -> UUID | None:
    """The attempt, if it is one of this provider's."""
    values = {"id": attempt_id, "provider": provider}
    found: UUID | None = (await tx.execute(_BY_ID, values)).scalar_one_or_none()
    return found


async def find_by_ref(tx: AsyncConnection, ref: str, provider: str) -> UUID | None:
    """This provider's attempt that it calls `ref`."""
    values = {"ref": ref, "provider": provider}
    found: UUID | None = (await tx.execute(_BY_REF, values)).scalar_one_or_none()
    return found


async def set_hung_up(tx: AsyncConnection, call_id: UUID, by: str | None, unknown: str) -> str:
    """Keep who hung up (None: nothing is told), also where the call was closed by `unknown`.

    Returns who did as far as anybody told, else `unknown`.
    """
    values = {"id": call_id, "by": by, "unknown": unknown}
    known: str = (await tx.execute(_HUNG_UP, values)).scalar_one()
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A delivery about a call that we do not know."""

    id: UUID
    source: str
    received_at: datetime
    """Business time."""
    report: dict[str, Any]
    """As `orchestrator.engine.report_rows` dumped it."""


_LIST = text("""
SELECT id, source, received_at, payload -> 'report' AS report FROM inbox
WHERE status = 'unmatched' AND kind = 'call_delivered'
ORDER BY received_at DESC, id DESC LIMIT :limit
""")
_LOCK = text("""
SELECT id, month, kind, payload, tries FROM inbox
WHERE id = :id AND status = 'unmatched' AND kind = 'call_delivered'
FOR UPDATE
""")
# The platform's report may be faster than its answer to our order: then its id means something
# to us only a moment later. Asked of the one attempt that matching would choose (by our id, else
# by the platform's), so that what cannot be applied is not taken again and again.
_KNOWN_NOW = text("""
SELECT i.id, i.month, i.kind, i.payload, i.tries
FROM inbox i
CROSS JOIN LATERAL (
  SELECT a.state FROM attempts a JOIN senders s ON s.id = a.sender_id
  WHERE s.provider = i.source
    AND (a.id = cast(i.payload #>> '{report,call,attempt_id}' AS uuid)
         OR a.provider_ref = i.payload #>> '{report,call,call_id}')
  ORDER BY (a.id = cast(i.payload #>> '{report,call,attempt_id}' AS uuid)) DESC NULLS LAST, a.id
  LIMIT 1) AS meant
WHERE i.status = 'unmatched' AND i.kind = 'call_delivered' AND i.received_at >= :since
  AND meant.state NOT IN ('planned', 'claimed', 'cancelled')
ORDER BY i.received_at, i.id LIMIT 1
FOR UPDATE OF i SKIP LOCKED
""")


async def list_unmatched(tx: AsyncConnection, limit: int) -> list[Unmatched]:
    """The newest first."""
    return [Unmatched(**row._mapping) for row in await tx.execute(_LIST, {"limit": limit})]


async def lock_unmatched(tx: AsyncConnection, id: UUID) -> Entry | None:
    """Hold an unmatched delivery; None when there is none of this id."""
    row = (await tx.execute(_LOCK, {"id": id})).first()
    return None if row is None else Entry(**row._mapping)


async def take_known(tx: AsyncConnection, since: datetime) -> Entry | None:
    """Hold one unmatched delivery, received `since` then, whose call has become known."""
    row = (await tx.execute(_KNOWN_NOW, {"since": since})).first()
    return None if row is None else Entry(**row._mapping)
