"""Where the leads of one campaign stand, counted: what each group waits for, and until when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.lead import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Leads that have nothing planned."""

    work: Work
    reason: str | None
    leads: int
    recheck_at: datetime | None
    """The earliest moment at which one of them is looked at again (business time)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Leads whose next attempt is due in the same minute, in the same zone, for the same reason."""

    moved_by: str | None
    due_at: datetime
    """The minute (business time, UTC)."""
    zone: str | None
    """The first zone the person may be in; None: nobody knows."""
    leads: int


_RESTING = text("""
SELECT work, work_reason AS reason, count(*) AS leads, min(recheck_at) AS recheck_at
FROM leads WHERE campaign_id = :campaign AND work <> 'planned'
GROUP BY work, work_reason ORDER BY leads DESC, work, work_reason
""")

_PLANNED = text("""
SELECT a.moved_by, date_trunc('minute', a.due_at) AS due_at, l.zones[1] AS zone, count(*) AS leads
FROM attempts a JOIN leads l ON l.id = a.lead_id
WHERE a.campaign_id = :campaign AND a.state = 'planned'
GROUP BY a.moved_by, date_trunc('minute', a.due_at), l.zones[1] ORDER BY leads DESC, due_at
""")


async def resting(tx: AsyncConnection, campaign_id: UUID) -> list[Resting]:
    """Groups of leads without a planned attempt, the largest first."""
    rows = await tx.execute(_RESTING, {"campaign": campaign_id})
    return [Resting(**{**row._mapping, "work": Work(row.work)}) for row in rows]


async def planned(tx: AsyncConnection, campaign_id: UUID) -> list[Planned]:
    """Groups of leads with a planned attempt, the largest first."""
    rows = await tx.execute(_PLANNED, {"campaign": campaign_id})
    return [Planned(**row._mapping) for row in rows]
