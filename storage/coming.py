"""What is planned in one campaign, grouped for a forecast, and the first few of it by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGroup:
    """Attempts due in the same minute to people in the same zones and country."""

    channel: ChannelName
    due_at: datetime
    lead_id: UUID
    """One of them, for all: the same law holds and the same hours are open."""
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One planned attempt."""

    lead_id: UUID
    first_name: str
    last_name: str
    address: str
    """E.164."""
    channel: ChannelName
    zones: Sequence[str]
    due_at: datetime
    moved_by: str | None


# A number's beginning tells the state where a country has several: it is the same law within it.
_GROUPS = text("""
SELECT a.channel, date_trunc('minute', a.due_at) AS due_at, min(l.id::text)::uuid AS lead_id,
       count(*) AS leads
FROM attempts a JOIN leads l ON l.id = a.lead_id
WHERE a.campaign_id = :campaign AND a.state = 'planned'
GROUP BY a.channel, date_trunc('minute', a.due_at), a.window_end_at, l.zones, l.country
ORDER BY due_at, lead_id
""")

_FIRST = text("""
SELECT l.id AS lead_id, l.first_name, l.last_name, a.phone AS address, a.channel,
       coalesce(l.zones, '{}') AS zones, a.due_at, a.moved_by
FROM attempts a JOIN leads l ON l.id = a.lead_id
WHERE a.campaign_id = :campaign AND a.state = 'planned'
ORDER BY a.priority, a.due_at, a.id LIMIT :most
""")

_ELSEWHERE = text("""
SELECT count(*) FROM leads l
WHERE l.campaign_id = :campaign AND l.work = 'planned' AND EXISTS (
  SELECT FROM leads o JOIN campaigns c ON c.id = o.campaign_id
  WHERE o.contact_id = l.contact_id AND o.campaign_id <> l.campaign_id
    AND o.work IN ('planned', 'in_flight', 'waiting') AND c.status IN ('running', 'scheduled'))
""")


async def groups(tx: AsyncConnection, campaign_id: UUID) -> list[PlannedGroup]:
    """All planned attempts, the first due first."""
    rows = await tx.execute(_GROUPS, {"campaign": campaign_id})
    return [PlannedGroup(**{**row._mapping, "channel": ChannelName(row.channel)}) for row in rows]


async def first(tx: AsyncConnection, campaign_id: UUID, most: int) -> list[Coming]:
    """The attempts that come first, in the order in which they are taken."""
    rows = await tx.execute(_FIRST, {"campaign": campaign_id, "most": most})
    return [Coming(**{**row._mapping, "channel": ChannelName(row.channel)}) for row in rows]


async def elsewhere(tx: AsyncConnection, campaign_id: UUID) -> int:
    """Leads with a plan here whose person another running campaign works too."""
    found: int = (await tx.execute(_ELSEWHERE, {"campaign": campaign_id})).scalar_one()
    return found
