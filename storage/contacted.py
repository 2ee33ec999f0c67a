"""Was anybody ever contacted for real, or in a simulated world, from this database?"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_EXISTS = text("""
SELECT EXISTS (SELECT FROM attempts WHERE simulated = :simulated AND starting_at IS NOT NULL)
""")


async def exists(tx: AsyncConnection, *, simulated: bool) -> bool:
    """Whether a provider, or (`simulated`) its stand-in, was ever asked to reach somebody."""
    return bool((await tx.execute(_EXISTS, {"simulated": simulated})).scalar_one())
