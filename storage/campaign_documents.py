"""Which documents a campaign follows now: its own and its agent's, by version."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.documents import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    id: UUID
    status: str
    campaign: Version
    agent: Version | None
    """None where the agent was never applied."""


_FOLLOWED = text("""
SELECT c.id, c.status, c.name, c.version, c.agent_name,
       (SELECT max(version) FROM documents
        WHERE kind = 'agent' AND name = c.agent_name
          AND version = coalesce(c.agent_version, version)) AS agent_version
FROM campaigns c WHERE c.id = :id
""")


async def followed_by(tx: AsyncConnection, campaign_id: UUID) -> Followed:
    """The versions that this campaign follows now."""
    row = (await tx.execute(_FOLLOWED, {"id": campaign_id})).one()
    return Followed(
        id=row.id,
        status=row.status,
        campaign=Version("campaign", row.name, row.version),
        agent=Version("agent", row.agent_name, row.agent_version) if row.agent_version else None,
    )
