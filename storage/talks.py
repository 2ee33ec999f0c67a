"""When did people last talk to us, and when did they refuse? Over all campaigns and channels."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.law.rests import Talks
from outreach.outcome import CONVERSATIONS, REFUSALS

_TALKS = text("""
SELECT contact_id, max(coalesce(ended_at, starting_at)) AS talked_at,
       max(coalesce(ended_at, starting_at)) FILTER (WHERE outcome = ANY(:refusals)) AS refused_at
FROM attempts
WHERE contact_id = ANY(cast(:contacts AS uuid[])) AND starting_at IS NOT NULL
  AND outcome = ANY(:talks)
GROUP BY contact_id
""")

TALKS: Final = {
    "talks": sorted(one.value for one in CONVERSATIONS),
    "refusals": sorted(one.value for one in REFUSALS),
}
"""What a query is told that counts them."""


async def talks_of(tx: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, Talks]:
    """Of those of these people who ever said anything; asked where a law wants them to rest."""
    if not contact_ids:
        return {}
    rows = await tx.execute(_TALKS, {**TALKS, "contacts": list(set(contact_ids))})
    return {
        row.contact_id: Talks(refused_at=row.refused_at, talked_at=row.talked_at) for row in rows
    }
