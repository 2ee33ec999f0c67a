"""What happened and why: the append-only history, written with the change it speaks of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind

ENGINE = "engine"
"""The actor of what no person and no provider asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    kind: Kind
    at: datetime
    """Business time."""
    actor: str = ENGINE
    """engine | provider | agent | person | user:ID | key:ID"""
    campaign_id: UUID | None = None
    lead_id: UUID | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None
    attempt_id: UUID | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    """Codes, ids, numbers and reasons; never a name, an address, a phone or what somebody said."""


_INSERT = text("""
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, company_id, attempt_id,
                    data)
SELECT e.at, e.kind, e.actor, e.campaign_id, e.lead_id, e.contact_id, e.company_id, e.attempt_id,
       e.data
FROM unnest(cast(:at AS timestamptz[]), cast(:kind AS text[]), cast(:actor AS text[]),
            cast(:campaign AS uuid[]), cast(:lead AS uuid[]), cast(:contact AS uuid[]),
            cast(:company AS uuid[]), cast(:attempt AS uuid[]), cast(:data AS jsonb[]))
     WITH ORDINALITY AS e(at, kind, actor, campaign_id, lead_id, contact_id, company_id, attempt_id,
                         data, n)
ORDER BY e.n
""")


async def record(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Write these events in the caller's transaction, in one statement, in this order."""
    if not events:
        return
    await tx.execute(
        _INSERT,
        {
            "at": [event.at for event in events],
            "kind": [event.kind.value for event in events],
            "actor": [event.actor for event in events],
            "campaign": [event.campaign_id for event in events],
            "lead": [event.lead_id for event in events],
            "contact": [event.contact_id for event in events],
            "company": [event.company_id for event in events],
            "attempt": [event.attempt_id for event in events],
            "data": [json.dumps(event.data, default=str) for event in events],
        },
    )
