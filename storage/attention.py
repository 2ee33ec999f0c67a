"""What waits for a person: counts for the top of the console."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    callbacks: int
    """Callbacks that somebody was promised, due within the next hour or overdue."""
    tasks: int
    taken: int
    """Conversations that a colleague has."""
    unsure: int
    """Attempts of which nobody knows whether the provider has them."""
    failed_sends: int
    breakers: int
    """Numbers and providers that are left alone because they failed."""
    failed_reports: int
    """Reports of providers that could not be used."""


_WAITING = text("""
SELECT
  (SELECT count(*) FROM attempts WHERE state = 'planned' AND priority = 20
     AND due_at <= cast(:now AS timestamptz) + interval '1 hour'
     AND campaign_id IN (SELECT id FROM campaigns WHERE status = 'running')) AS callbacks,
  (SELECT count(*) FROM tasks WHERE done_at IS NULL) AS tasks,
  (SELECT count(*) FROM conversations WHERE handler = 'human' AND NOT closed) AS taken,
  (SELECT count(*) FROM attempts WHERE state = 'unsure') AS unsure,
  (SELECT count(*) FROM messages WHERE state = 'unsure') AS failed_sends,
  (SELECT count(*) FROM breakers WHERE state <> 'closed') AS breakers,
  (SELECT count(*) FROM inbox WHERE status = 'failed') AS failed_reports
""")


async def waiting(tx: AsyncConnection, now: datetime) -> Waiting:
    row = (await tx.execute(_WAITING, {"now": now})).one()
    return Waiting(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    kind: str
    body: str
    lead_id: object
    name: str
    created_at: datetime


_TASKS = text("""
SELECT t.kind, t.body, t.lead_id, t.created_at,
       trim(coalesce(l.first_name, '') || ' ' || coalesce(l.last_name, '')) AS name
FROM tasks t LEFT JOIN leads l ON l.id = t.lead_id
WHERE t.done_at IS NULL ORDER BY t.due_at NULLS LAST, t.created_at DESC LIMIT :limit
""")


async def open_tasks(tx: AsyncConnection, limit: int = 8) -> list[OpenTask]:
    """The most urgent first."""
    return [OpenTask(**row._mapping) for row in await tx.execute(_TASKS, {"limit": limit})]
