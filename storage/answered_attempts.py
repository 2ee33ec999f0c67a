"""Which of our opening messages does a person's message answer?"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    id: UUID
    campaign_id: UUID
    lead_id: UUID
    contact_id: UUID
    state: State
    outcome: Outcome | None


# The one that it quotes, else the newest that may have left.
_FIND = text("""
SELECT a.id, a.campaign_id, a.lead_id, a.contact_id, a.state, a.outcome
FROM messages m JOIN attempts a ON a.id = m.attempt_id
WHERE m.conversation_id = :conversation_id
  AND a.state NOT IN ('planned', 'claimed', 'cancelled')
  AND a.outcome IS DISTINCT FROM 'not_placed'
ORDER BY m.provider_ref IS NOT DISTINCT FROM :ref DESC, a.starting_at DESC NULLS LAST, a.id DESC
LIMIT 1
FOR NO KEY UPDATE OF a
""")


async def find(tx: AsyncConnection, conversation_id: UUID, ref: str | None) -> Answered | None:
    """The attempt, locked; `ref` is the provider's name of the message that was quoted."""
    values = {"conversation_id": conversation_id, "ref": ref}
    row = (await tx.execute(_FIND, values)).first()
    if row is None:
        return None
    outcome = Outcome(row.outcome) if row.outcome else None
    return Answered(**{**row._mapping, "state": State(row.state), "outcome": outcome})
