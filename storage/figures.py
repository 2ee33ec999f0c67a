"""The numbers at the top of the console: what was tried, who was reached, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the attempts that went out within a span of business time."""

    attempts: int
    calls: int
    reached: int
    """Calls that a person answered."""
    conversations: int
    """Calls in which they talked, and messages that they answered."""
    qualified: int
    opt_outs: int
    cost_micros: int
    currency: str | None
    """None where nothing was paid; the currency of most of it."""

    @property
    def reach_rate(self) -> float | None:
        return self.reached / self.calls if self.calls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigures:
    hour: datetime
    made: int
    reached: int


_TALKED = """('talked', 'interested', 'qualified', 'meeting_booked', 'callback_requested',
 'not_interested', 'wrong_person', 'language_barrier', 'opted_out', 'replied')"""
_OF = """
FROM campaigns c JOIN attempts a ON a.campaign_id = c.id AND a.starting_at >= :since
WHERE (cast(:campaign AS uuid) IS NULL OR c.id = :campaign)
"""
_FIGURES = text(f"""
SELECT count(*) AS attempts,
       count(*) FILTER (WHERE a.channel = 'voice') AS calls,
       count(*) FILTER (WHERE a.channel = 'voice' AND a.answered_by = 'human') AS reached,
       count(*) FILTER (WHERE a.outcome IN {_TALKED}) AS conversations,
       count(*) FILTER (WHERE a.outcome IN ('qualified', 'meeting_booked')) AS qualified,
       count(*) FILTER (WHERE a.outcome = 'opted_out') AS opt_outs,
       coalesce(sum(a.cost_micros), 0)::bigint AS cost_micros,
       mode() WITHIN GROUP (ORDER BY a.cost_currency) AS currency
{_OF}
""")
_BY_HOUR = text(f"""
SELECT date_trunc('hour', a.starting_at, 'UTC') AS hour,
       count(*) FILTER (WHERE a.channel = 'voice') AS made,
       count(*) FILTER (WHERE a.channel = 'voice' AND a.answered_by = 'human') AS reached
{_OF} GROUP BY hour ORDER BY hour
""")


async def since(tx: AsyncConnection, at: datetime, campaign_id: UUID | None = None) -> Figures:
    """What went out since this moment (business time); of one campaign, or of all."""
    row = (await tx.execute(_FIGURES, {"since": at, "campaign": campaign_id})).one()
    return Figures(**row._mapping)


async def by_hour(
    tx: AsyncConnection, at: datetime, until: datetime, campaign_id: UUID | None = None
) -> Sequence[HourFigures]:
    """Calls by the hour of business time, every hour of the span, oldest first."""
    first = at.replace(minute=0, second=0, microsecond=0)
    values = {"since": first, "campaign": campaign_id}
    known = {row.hour: row for row in await tx.execute(_BY_HOUR, values)}
    found = []
    hour = first
    while hour <= until:
        row = known.get(hour)
        found.append(
            HourFigures(hour=hour, made=row.made if row else 0, reached=row.reached if row else 0)
        )
        hour += timedelta(hours=1)
    return found
