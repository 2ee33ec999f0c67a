"""A person calls us and the agent answers: an attempt of theirs, which is live from the first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import CALLED_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The call, the lead that it belongs to, and who holds it."""

    call_id: UUID
    """Also the attempt's."""
    lead_id: UUID
    phone: str
    """The caller's, E.164."""
    provider_ref: str
    sender_id: UUID
    process_id: UUID
    """The voice process whose slot it takes."""
    versions: Mapping[str, object]
    simulated: bool


# Whoever is just being reached at this number has the line; then nobody else is.
_TAKE = text("""
-- clock_timestamp() is machine time.
WITH got AS (
  INSERT INTO lines (channel, phone, attempt_id) VALUES ('voice', :phone, :id)
  ON CONFLICT DO NOTHING
  RETURNING attempt_id
)
INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state, due_at,
                      reason, created_by, created_at, sender_id, voice_process, provider_ref,
                      lease_until, claimed_at, starting_at, started_at, live_at, versions,
                      simulated)
SELECT got.attempt_id, l.campaign_id, l.id, l.contact_id,
       coalesce((SELECT max(a.n) FROM attempts a WHERE a.lead_id = l.id), 0) + 1,
       'voice', :phone, 'live', :now, :reason, 'person', :now, :sender_id, :process_id,
       :provider_ref, clock_timestamp() + :lease, :now, :now, :now, :now,
       cast(:versions AS jsonb), :simulated
FROM got, leads l WHERE l.id = :lead_id
RETURNING id
""")
_BELONGS = text("""
UPDATE calls c SET attempt_id = a.id, lead_id = a.lead_id, contact_id = a.contact_id
FROM attempts a WHERE c.id = :id AND a.id = c.id
""")


async def take(tx: AsyncConnection, taken: Taken, now: datetime, *, lease: timedelta) -> bool:
    """Make the attempt and give it the call; False when the person is just being reached.

    The caller holds the lead and knows that no attempt of it is in flight.
    """
    values = {
        "id": taken.call_id,
        "lead_id": taken.lead_id,
        "phone": taken.phone,
        "provider_ref": taken.provider_ref,
        "sender_id": taken.sender_id,
        "process_id": taken.process_id,
        "versions": json.dumps(dict(taken.versions)),
        "simulated": taken.simulated,
        "reason": CALLED_US,
        "now": now,
        "lease": lease,
    }
    if (await tx.execute(_TAKE, values)).first() is None:
        return False
    await tx.execute(_BELONGS, {"id": taken.call_id})
    return True
