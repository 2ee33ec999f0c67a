"""What an attempt came to, where a better word comes after it has ended."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.outcome import Outcome

_REPLACE = text("""
UPDATE attempts SET outcome = :outcome, outcome_by = :by, undecided = false WHERE id = :id
""")


async def replace(tx: AsyncConnection, attempt_id: UUID, outcome: Outcome, *, by: str) -> None:
    """It came to more than was known; what follows is decided by others."""
    await tx.execute(_REPLACE, {"id": attempt_id, "outcome": outcome.value, "by": by})
