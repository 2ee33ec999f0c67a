"""How far each campaign has come: its leads by what is owed to them, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    id: UUID
    name: str
    title: str
    status: str
    status_reason: str | None
    agent_name: str
    version: int
    concurrency: int
    created_at: datetime
    launched_at: datetime | None
    held_until: datetime | None
    held_reason: str | None
    leads: int
    ended: int
    blocked: int
    in_flight: int
    qualified: int
    engaged: int
    channels: list[str]
    """Of its steps, in their order."""
    next_due_at: datetime | None
    """When the first planned attempt is due; None where none is planned."""

    @property
    def share_done(self) -> float:
        return self.ended / self.leads if self.leads else 0.0


_PROGRESS = text("""
SELECT c.id, c.name, c.title, c.status, c.status_reason, c.agent_name, c.version, c.concurrency,
       c.created_at, c.launched_at, c.held_until, c.held_reason,
       coalesce(w.leads, 0) AS leads, coalesce(w.ended, 0) AS ended,
       coalesce(w.blocked, 0) AS blocked, coalesce(w.in_flight, 0) AS in_flight,
       coalesce(s.qualified, 0) AS qualified, coalesce(s.engaged, 0) AS engaged,
       ARRAY(SELECT step->>'channel'
             FROM jsonb_array_elements(coalesce(d.body->'steps', '[]'))
                  WITH ORDINALITY AS t(step, n)
             GROUP BY step->>'channel' ORDER BY min(n)) AS channels,
       (SELECT min(a.due_at) FROM attempts a
        WHERE a.campaign_id = c.id AND a.state = 'planned') AS next_due_at
FROM campaigns c
LEFT JOIN documents d ON d.kind = 'campaign' AND d.name = c.name AND d.version = c.version
LEFT JOIN LATERAL (
  SELECT count(*) AS leads, count(*) FILTER (WHERE work = 'ended') AS ended,
         count(*) FILTER (WHERE work = 'blocked') AS blocked,
         count(*) FILTER (WHERE work = 'in_flight') AS in_flight
  FROM leads l WHERE l.campaign_id = c.id) w ON true
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status IN ('qualified', 'converted')) AS qualified,
         count(*) FILTER (WHERE status IN ('engaged', 'callback')) AS engaged
  FROM leads l WHERE l.campaign_id = c.id AND l.status IN
    ('qualified', 'converted', 'engaged', 'callback')) s ON true
WHERE (cast(:name AS text) IS NULL OR c.name = :name)
ORDER BY array_position(ARRAY['running', 'scheduled', 'paused', 'draft', 'completed', 'cancelled',
                              'archived'], c.status), c.created_at DESC, c.id
""")


async def of_all(tx: AsyncConnection) -> list[Progress]:
    """Every campaign, those at work first."""
    return [Progress(**row._mapping) for row in await tx.execute(_PROGRESS, {"name": None})]


async def of_one(tx: AsyncConnection, name: str) -> Progress | None:
    row = (await tx.execute(_PROGRESS, {"name": name})).one_or_none()
    return Progress(**row._mapping) if row is not None else None
