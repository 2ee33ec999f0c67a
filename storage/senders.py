"""The numbers we speak from: which may be used now, and how fast."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName
from outreach.pace import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    id: UUID
    channel: ChannelName
    address: str
    simulated: bool
    pace: Pace
    is_hosted: bool = False
    """Its calls are held by another platform, not by a process of ours."""


_LOCK_ACTIVE = text("""
SELECT id, channel, address, simulated, emission, burst, tat,
       provider LIKE 'hosted:%' AS is_hosted
FROM senders
WHERE status = 'active' AND channel = ANY(cast(:channels AS text[]))
ORDER BY id FOR NO KEY UPDATE
""")

_SPEND = text("""
UPDATE senders SET tat = w.tat
FROM unnest(cast(:ids AS uuid[]), cast(:tats AS timestamptz[])) AS w(id, tat)
WHERE senders.id = w.id
""")

_HOLD_BACK = text("""
-- clock_timestamp() is machine time.
WITH held AS (
  SELECT id FROM senders WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
)
UPDATE senders SET tat = greatest(senders.tat, clock_timestamp() + w.span)
FROM unnest(cast(:ids AS uuid[]), cast(:spans AS interval[])) AS w(id, span), held
WHERE senders.id = w.id AND held.id = w.id
""")

_PARK = text("""
UPDATE senders SET status = 'parked', status_reason = :reason, recheck_at = :recheck_at
WHERE id = :id AND status = 'active'
""")

_UNPARK = text("""
UPDATE senders SET status = 'active', status_reason = NULL, recheck_at = NULL
WHERE id = ANY(ARRAY(SELECT id FROM senders WHERE status = 'parked' AND recheck_at <= :now
                     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED))
""")

_REGISTER = text("""
INSERT INTO senders (id, channel, provider, address, simulated, emission, burst)
VALUES (:id, :channel, :provider, :address, :simulated, :emission, :burst)
ON CONFLICT (channel, provider, address) DO UPDATE
  SET simulated = excluded.simulated, emission = excluded.emission, burst = excluded.burst,
      status = CASE WHEN senders.status_reason = 'credentials_refused' THEN 'active'
                    ELSE senders.status END,
      recheck_at = CASE WHEN senders.status_reason = 'credentials_refused' THEN NULL
                        ELSE senders.recheck_at END,
      status_reason = nullif(senders.status_reason, 'credentials_refused')
RETURNING id
""")


async def lock_active(tx: AsyncConnection, channels: Collection[ChannelName]) -> list[Sender]:
    """Hold every number of these channels that may be used now, in the order of their ids."""
    rows = await tx.execute(_LOCK_ACTIVE, {"channels": [channel.value for channel in channels]})
    return [
        Sender(
            id=row.id,
            channel=ChannelName(row.channel),
            address=row.address,
            simulated=row.simulated,
            pace=Pace(emission=row.emission, burst=row.burst, spent_until=row.tat),
            is_hosted=row.is_hosted,
        )
        for row in rows
    ]


async def spend(tx: AsyncConnection, spent_until: Mapping[UUID, datetime | None]) -> None:
    """Store up to when each number's pace is used up (machine time); they are locked already."""
    if spent_until:
        ids, tats = list(spent_until), list(spent_until.values())
        await tx.execute(_SPEND, {"ids": ids, "tats": tats})


async def hold_back(tx: AsyncConnection, spans: Mapping[UUID, timedelta]) -> None:
    """Send nothing from these numbers for so long (machine time): their provider asks for it."""
    if spans:
        await tx.execute(_HOLD_BACK, {"ids": list(spans), "spans": list(spans.values())})


async def park(
    tx: AsyncConnection, id: UUID, reason: str, recheck_at: datetime | None = None
) -> bool:
    """Use a number no more until `recheck_at` (business time; None: until a person says so).

    False where it was not in use anyway.
    """
    values = {"id": id, "reason": reason, "recheck_at": recheck_at}
    return bool((await tx.execute(_PARK, values)).rowcount)


async def unpark_due(tx: AsyncConnection, now: datetime) -> int:
    """Use parked numbers again whose time has come; returns how many."""
    return (await tx.execute(_UNPARK, {"now": now})).rowcount


async def register(tx: AsyncConnection, sender: Sender, provider: str) -> UUID:
    """Make sure that this number is known; its id is kept where it was known before.

    What was parked for refused credentials is free again: they may have been corrected.
    """
    values = {
        "id": sender.id,
        "channel": sender.channel.value,
        "provider": provider,
        "address": sender.address,
        "simulated": sender.simulated,
        "emission": sender.pace.emission,
        "burst": sender.pace.burst,
    }
    id: UUID = (await tx.execute(_REGISTER, values)).scalar_one()
    return id


async def count(tx: AsyncConnection) -> int:
    """How many numbers are known, in use or not."""
    return int((await tx.execute(text("SELECT count(*) FROM senders"))).scalar_one())
