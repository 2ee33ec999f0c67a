"""The history is followed to its end: transactions of other tests on this server may hold it up."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text

from orchestrator.engine.context import Context
from orchestrator.engine.journeys.follow import READER, follow_news
from storage.database import transaction
from tests.orchestrator.engine.returning import World

_UNREAD = text("""
SELECT EXISTS (SELECT FROM events WHERE (tx, seq) > (
  SELECT coalesce(max(state->>'tx'), '0')::xid8, coalesce(max((state->>'seq')::bigint), 0)
  FROM duties WHERE name = :reader))
""")


async def follow(
    world: World,
    reader: str = READER,
    go_on: Callable[[Context], Awaitable[object]] = follow_news,
) -> None:
    """Until nothing is unread of what has happened so far."""
    unread = True
    while unread:
        await go_on(world.ctx)
        async with transaction(world.engine) as tx:
            unread = (await tx.execute(_UNREAD, {"reader": reader})).scalar_one()
