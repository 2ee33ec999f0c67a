"""When were people contacted, and was anybody ever, for real or in a simulated world?"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import CALLED_US

MOMENT: Final = "coalesce(a.started_at, least(a.ended_at, a.starting_at + interval '1 minute'))"
"""SQL: when attempt `a` reached its person at the latest, for everything that counts contacts.

Our order is written down before it leaves, and the provider takes it later than that. Until it is
known to have been taken, it counts from when it can no longer be.
"""
PLACED: Final = f"a.outcome IS DISTINCT FROM 'not_placed' AND a.reason <> '{CALLED_US}'"
"""SQL: not placed is no contact, nor is a call that they made. (Never asked and planned again:
`starting_at` is null again.)"""

_EXISTS = text("""
SELECT EXISTS (SELECT FROM attempts WHERE simulated = :simulated AND starting_at IS NOT NULL)
""")


async def exists(tx: AsyncConnection, *, simulated: bool) -> bool:
    """Whether a provider, or (`simulated`) its stand-in, was ever asked to reach somebody."""
    return bool((await tx.execute(_EXISTS, {"simulated": simulated})).scalar_one())
