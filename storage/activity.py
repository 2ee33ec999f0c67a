"""What has just happened, newest first, with the names that events themselves never hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LOOKED_THROUGH: Final = 4000
"""Newest events among which those that are asked for are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    seq: int
    at: datetime
    """Business time."""
    kind: str
    actor: str
    lead_id: UUID | None
    attempt_id: UUID | None
    data: Mapping[str, object]
    campaign: str | None
    """The campaign's name."""
    first_name: str | None
    last_name: str | None
    zones: Sequence[str] | None
    outcome: str | None
    """Of the attempt, as far as it is known now."""
    channel: str | None
    has_call: bool


_RECENT = text("""
WITH newest AS MATERIALIZED (
  SELECT tx, seq, at, kind, actor, campaign_id, lead_id, attempt_id, data FROM events
  ORDER BY tx DESC, seq DESC LIMIT :looked_through
), wanted AS (
  SELECT * FROM newest
  WHERE kind = ANY(cast(:kinds AS text[]))
    AND (cast(:campaign AS uuid) IS NULL OR campaign_id = :campaign)
  ORDER BY tx DESC, seq DESC LIMIT :limit
)
SELECT w.seq, w.at, w.kind, w.actor, w.lead_id, w.attempt_id, w.data, c.name AS campaign,
       l.first_name, l.last_name, l.zones, a.outcome, a.channel,
       EXISTS (SELECT FROM calls k WHERE k.id = w.attempt_id) AS has_call
FROM wanted w
LEFT JOIN campaigns c ON c.id = w.campaign_id
LEFT JOIN leads l ON l.id = w.lead_id
LEFT JOIN attempts a ON a.id = w.attempt_id
ORDER BY w.tx DESC, w.seq DESC
""")


async def recent(
    tx: AsyncConnection,
    kinds: Collection[str],
    *,
    campaign_id: UUID | None = None,
    limit: int = 30,
) -> list[Happening]:
    """The newest events of these kinds, newest first; of one campaign, or of all."""
    values = {
        "kinds": list(kinds),
        "campaign": campaign_id,
        "limit": limit,
        "looked_through": LOOKED_THROUGH,
    }
    return [Happening(**row._mapping) for row in await tx.execute(_RECENT, values)]
