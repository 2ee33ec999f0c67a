"""Who was erased does not come in again by hand either."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage import erased


async def refuse_erased(ctx: Context, tx: AsyncConnection, points: Iterable[str | None]) -> None:
    """Raises Rejected where a number (E.164) or address (lower case) was an erased person's."""
    if await erased.find(tx, ctx.marks, {point for point in points if point}):
        raise Rejected(
            code=erased.ERASED,
            message="This person was erased and is not taken in again.",
            fix="Leave them alone: what was erased on their demand stays away.",
            where="phone",
        )
