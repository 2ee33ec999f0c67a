"""Endpoints of webhooks out: where they are, what they are told, how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.live_events import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    id: UUID
    url: str
    kinds: Sequence[str]
    created_at: datetime
    """Business time; the other moments are machine time."""
    created_by: str
    failures: int
    """In a row."""
    failing_since: datetime | None
    retry_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    waiting: int
    """Deliveries that are still to be made."""
    dead: int
    """Deliveries that were given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpoint:
    id: UUID
    url: str
    kinds: Sequence[str]
    secret: str
    at: datetime
    by: str
    told: Cursor
    """It is told what comes behind this."""


_ADD = text("""
INSERT INTO webhook_endpoints (id, url, kinds, secret, created_at, created_by, told_tx, told_seq)
VALUES (:id, :url, :kinds, :secret, :at, :by, :told_tx, :told_seq)
""")
_LIST = text("""
SELECT e.id, e.url, e.kinds, e.created_at, e.created_by, e.failures, e.failing_since, e.retry_at,
       e.disabled_at, e.disabled_reason,
       (SELECT count(*) FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'pending') AS waiting,
       (SELECT count(*) FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id AND d.state = 'dead') AS dead
FROM webhook_endpoints e ORDER BY e.created_at, e.id
""")
_REMOVE = text("DELETE FROM webhook_endpoints WHERE id = :id RETURNING id")
_ENABLE = text("""
UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL, failures = 0,
  failing_since = NULL, retry_at = NULL
WHERE id = :id RETURNING id
""")
# machine time
_DISABLE = text("""
UPDATE webhook_endpoints SET disabled_at = clock_timestamp(), disabled_reason = :reason
WHERE id = :id AND disabled_at IS NULL RETURNING id
""")


async def add(tx: AsyncConnection, new: NewEndpoint) -> None:
    values = {name: getattr(new, name) for name in ("id", "url", "secret", "at", "by")} | {
        "kinds": list(new.kinds),
        "told_tx": new.told.tx,
        "told_seq": new.told.seq,
    }
    await tx.execute(_ADD, values)


async def list_all(tx: AsyncConnection) -> list[Endpoint]:
    """In the order in which they were added; never with their secrets."""
    return [Endpoint(**row._mapping) for row in await tx.execute(_LIST)]


async def remove(tx: AsyncConnection, id: UUID) -> bool:
    """With all its deliveries; False when it is not there."""
    return (await tx.execute(_REMOVE, {"id": id})).first() is not None


async def enable(tx: AsyncConnection, id: UUID) -> bool:
    """It is told again, what waits first; False when it is not there."""
    return (await tx.execute(_ENABLE, {"id": id})).first() is not None


async def disable(tx: AsyncConnection, id: UUID, reason: str) -> bool:
    """Nothing is sent and nothing more is collected for it; False when that was so before."""
    return (await tx.execute(_DISABLE, {"id": id, "reason": reason})).first() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An endpoint for which events are collected."""

    id: UUID
    kinds: Sequence[str]
    told: Cursor


_LISTENERS = text("SELECT id FROM webhook_endpoints WHERE disabled_at IS NULL ORDER BY id")
_HOLD = text("""
SELECT id, kinds, told_tx, told_seq FROM webhook_endpoints
WHERE id = :id AND disabled_at IS NULL FOR NO KEY UPDATE SKIP LOCKED
""")
_TOLD = text("""
UPDATE webhook_endpoints SET told_tx = :told_tx, told_seq = :told_seq WHERE id = :id
""")


async def list_listening(tx: AsyncConnection) -> list[UUID]:
    return list((await tx.execute(_LISTENERS)).scalars())


async def hold(tx: AsyncConnection, id: UUID) -> Listener | None:
    """Held until the transaction ends; None where somebody else has it, or it is told nothing."""
    row = (await tx.execute(_HOLD, {"id": id})).one_or_none()
    if row is None:
        return None
    return Listener(id=row.id, kinds=row.kinds, told=Cursor(row.told_tx, row.told_seq))


async def advance(tx: AsyncConnection, id: UUID, told: Cursor) -> None:
    await tx.execute(_TOLD, {"id": id, "told_tx": told.tx, "told_seq": told.seq})


# machine time
_LEASE = text("""
UPDATE webhook_endpoints e SET lease_until = clock_timestamp() + :lease
WHERE e.id = :id AND e.disabled_at IS NULL
  AND coalesce(e.lease_until, '-infinity') < clock_timestamp()
  AND coalesce(e.retry_at, '-infinity') <= clock_timestamp()
  AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id
              AND d.state = 'pending' AND d.due_at <= clock_timestamp())
RETURNING e.id
""")
_RELEASE = text("UPDATE webhook_endpoints SET lease_until = NULL WHERE id = :id")
_WELL = text("""
UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, retry_at = NULL
WHERE id = :id AND failures > 0
""")
# machine time
_ILL = text("""
UPDATE webhook_endpoints SET failures = least(failures + 1, 1000),
  failing_since = coalesce(failing_since, clock_timestamp()),
  retry_at = clock_timestamp() + least(:longest, :shortest * power(2, least(failures, 20)))
WHERE id = :id
RETURNING clock_timestamp() - failing_since AS ill_for
""")


async def lease(tx: AsyncConnection, id: UUID, lasts: timedelta) -> bool:
    """Whether something is due for it and nobody sends it yet; then it is ours for that long."""
    return (await tx.execute(_LEASE, {"id": id, "lease": lasts})).first() is not None


async def release(tx: AsyncConnection, id: UUID) -> None:
    await tx.execute(_RELEASE, {"id": id})


async def is_well(tx: AsyncConnection, id: UUID) -> None:
    """It has taken a delivery."""
    await tx.execute(_WELL, {"id": id})


async def is_ill(
    tx: AsyncConnection, id: UUID, *, shortest: timedelta, longest: timedelta
) -> timedelta:
    """It has refused one: it is left alone for a growing while. Returns for how long that is so."""
    values = {"id": id, "shortest": shortest, "longest": longest}
    found: timedelta = (await tx.execute(_ILL, values)).scalar_one()
    return found
