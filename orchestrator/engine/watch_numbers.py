"""Numbers that people have stopped answering rest for a while."""

from typing import Final

import structlog

from orchestrator.engine.context import Context
from outreach.answer_rate import worst
from storage import clock, senders
from storage.database import transaction
from storage.senders import Rest

log = structlog.get_logger(__name__)

REASON: Final = "answer_rate"


async def rest_unanswered(ctx: Context) -> int:
    """Park each campaign's worst number where it is clearly below the others. A duty.

    It comes back by itself, and is then judged by what it does from there on.
    """
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        pools = await senders.answers_since(tx, now - ctx.limits.answer_rate_span)
        found = sorted({id for pool in pools.values() if (id := worst(pool)) is not None})
        rest = Rest(reason=REASON, until=now + ctx.limits.answer_rate_rest)
        parked = [id for id in found if await senders.park(tx, id, rest, now)]
    for id in parked:
        log.warning("number parked", sender_id=str(id), reason=REASON)
    return len(parked)
