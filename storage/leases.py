"""Work whose process has fallen silent: found by its lease, taken by one process at a time.

Leases, and everything here that is compared with them, are machine time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.channel import ChannelName
from storage.replaced import cancel_replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An attempt the provider has or may have, of which nothing was heard for too long."""

    id: UUID
    lead_id: UUID
    campaign_id: UUID
    state: State
    channel: ChannelName
    phone: str
    sender_address: str
    provider_ref: str | None
    provider_status: str | None
    starting_at: datetime
    """Business time."""
    inquiry: dict[str, Any]
    machine_now: datetime


# Nobody outside has heard of a claimed attempt, so it may simply be planned again. Held first, in
# a statement of its own: what was planned beside it until then is seen by the next one.
_HOLD_CLAIMED = text("""
-- clock_timestamp() is machine time.
SELECT a.id, a.lead_id FROM attempts a JOIN leads l ON l.id = a.lead_id
WHERE a.state = 'claimed' AND (a.lease_until < clock_timestamp() OR a.claimed_by = :process)
ORDER BY a.lead_id, a.id LIMIT :limit
FOR NO KEY UPDATE OF l, a SKIP LOCKED
""")

_RETURN = text("""
WITH moved AS (
  UPDATE attempts SET state = 'planned', moved_by = :reason, sender_id = NULL,
                      voice_process = NULL, claimed_by = NULL, lease_until = NULL
  WHERE id = ANY(cast(:ids AS uuid[])) AND state = 'claimed'
  RETURNING id, campaign_id, lead_id, contact_id
)
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
SELECT :now, 'attempt.moved', 'engine', campaign_id, lead_id, contact_id, id,
       jsonb_build_object('reason', cast(:reason AS text))
FROM moved ORDER BY id
""")

_LOST_STARTS = text("""
-- clock_timestamp() is machine time.
SELECT id FROM attempts
WHERE state = 'starting' AND lease_until < clock_timestamp()
ORDER BY id LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
""")

# Pushing the lease on is what makes the question one process's own. What has no number of ours can
# be asked about by nobody, and must not be in the way of what can.
_TAKE_SILENT = text("""
-- clock_timestamp() is machine time.
WITH silent AS (
  SELECT id FROM attempts
  WHERE state IN ('started', 'live', 'unsure') AND lease_until < clock_timestamp()
    AND sender_id IS NOT NULL
  ORDER BY lease_until, id LIMIT :limit
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE attempts a SET lease_until = clock_timestamp()
  + CASE WHEN a.channel = 'whatsapp' AND a.state = 'started' THEN :message_wait ELSE :lease END
FROM silent, senders s
WHERE a.id = silent.id AND s.id = a.sender_id
RETURNING a.id, a.lead_id, a.campaign_id, a.state, a.channel, a.phone,
          s.address AS sender_address, a.provider_ref, a.provider_status, a.starting_at,
          a.inquiry, clock_timestamp() AS machine_now
""")

_RENEW = text("""
-- clock_timestamp() is machine time.
UPDATE attempts SET lease_until = clock_timestamp() + :lease
WHERE id = ANY(cast(:ids AS uuid[])) AND state IN ('started', 'live')
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    id: UUID
    lead_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Why claimed attempts are given back, and whose besides those with a lease run out."""

    now: datetime
    reason: str
    process_id: UUID | None = None
    """A process that ends and gives back all it has claimed."""


async def return_claimed(tx: AsyncConnection, why: Return, limit: int) -> list[Returned]:
    """`claimed` → `planned`, or cancelled where the lead has another plan by now; returns both.

    The caller sets the leads' work and gives back the lines.
    """
    rows = await tx.execute(_HOLD_CLAIMED, {"process": why.process_id, "limit": limit})
    held = [Returned(id=row.id, lead_id=row.lead_id) for row in rows]
    if held:
        ids = [one.id for one in held]
        await cancel_replaced(tx, ids, State.CLAIMED, why.now)
        await tx.execute(_RETURN, {"ids": ids, "reason": why.reason, "now": why.now})
    return held


async def lock_lost_starts(tx: AsyncConnection, limit: int) -> list[UUID]:
    """Attempts that were `starting` when their process fell silent."""
    return list((await tx.execute(_LOST_STARTS, {"limit": limit})).scalars())


async def take_silent(
    tx: AsyncConnection, lease: timedelta, limit: int, *, message_wait: timedelta
) -> list[Silent]:
    """Attempts to ask the provider about; for `lease` nobody else asks about them.

    A message that the provider has is left alone for `message_wait`: its person may be offline.
    """
    values = {"lease": lease, "message_wait": message_wait, "limit": limit}
    rows = await tx.execute(_TAKE_SILENT, values)
    return [
        Silent(**{**row._mapping, "state": State(row.state), "channel": ChannelName(row.channel)})
        for row in sorted(rows, key=lambda row: row.id)
    ]


async def renew(tx: AsyncConnection, ids: Collection[UUID], lease: timedelta) -> None:
    """Say that these calls are in good hands: nobody need ask about them for so long."""
    if ids:
        await tx.execute(_RENEW, {"ids": list(ids), "lease": lease})
