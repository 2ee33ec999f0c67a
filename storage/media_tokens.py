"""The one-time right to open a call's media socket: hashed, bound to its call, spent once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Where the media of an answered call goes."""

    media_url: str | None
    """None: to the public address, because there is one process."""


# A spent token is not replaced: a second socket must never open.
_GRANT = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET token_hash = :hash, token_until = clock_timestamp() + :valid
WHERE id = :id AND token_spent_at IS NULL AND provider_ref = :call_ref
  AND state IN ('starting', 'unsure', 'started', 'live')
RETURNING (SELECT media_url FROM processes p WHERE p.id = attempts.voice_process) AS media_url
""")
_SPEND = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET token_spent_at = clock_timestamp()
WHERE id = :id AND token_hash = :hash AND token_spent_at IS NULL
  AND token_until > clock_timestamp() AND provider_ref = :call_ref
  AND state IN ('starting', 'unsure', 'started', 'live')
RETURNING campaign_id, lead_id, contact_id, versions, reason
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    versions: dict[str, object]
    reason: str
    """Why the attempt was made; CALLED_US where the person has called."""


async def grant(
    tx: AsyncConnection, attempt_id: UUID, *, hash: bytes, call_ref: str, valid: timedelta
) -> Answering | None:
    """Let one socket of this call be opened within `valid`; None when the call is over."""
    values = {"id": attempt_id, "hash": hash, "call_ref": call_ref, "valid": valid}
    row = (await tx.execute(_GRANT, values)).first()
    return None if row is None else Answering(media_url=row.media_url)


async def spend(
    tx: AsyncConnection, attempt_id: UUID, *, hash: bytes, call_ref: str
) -> Opened | None:
    """Open it, once; None when the token is wrong, late, spent or another call's."""
    row = (await tx.execute(_SPEND, {"id": attempt_id, "hash": hash, "call_ref": call_ref})).first()
    return None if row is None else Opened(**row._mapping)


_LOOK = text("""
SELECT campaign_id, lead_id, contact_id, versions, reason FROM attempts
WHERE id = :id AND state IN ('starting', 'unsure', 'started', 'live')
""")


async def look(tx: AsyncConnection, attempt_id: UUID) -> Opened | None:
    """The call before anybody has answered it; None when it is not under way."""
    row = (await tx.execute(_LOOK, {"id": attempt_id})).first()
    return None if row is None else Opened(**row._mapping)


_VERSIONS = text("SELECT versions FROM attempts WHERE id = :id")


async def versions_of(tx: AsyncConnection, attempt_id: UUID) -> dict[str, object]:
    """The versions of the documents that this attempt was made by."""
    found: dict[str, object] = (await tx.execute(_VERSIONS, {"id": attempt_id})).scalar_one()
    return found
