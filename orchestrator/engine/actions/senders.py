"""What people do with numbers: take one out of use, and bring it back."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.lifting import lift_waiting
from outreach.breaker import Breaker, Tally
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lifting import Lifter
from storage import breakers, clock, senders
from storage.senders import Rest
from storage.wake import notify

BY_HAND: Final = "by_hand"


async def park(
    tx: AsyncConnection,
    address: str,
    actor: Actor,
    *,
    channel: ChannelName | None = None,
    rest: timedelta | None = None,
) -> bool:
    """Use a number no more, on this channel or on all; None: until somebody unparks it.

    Calls from it go on; what is planned waits or takes another number. False when it was not in
    use. Raises Rejected when there is no such number.
    """
    require(actor, Role.ADMIN)
    now = await clock.now(tx)
    until = None if rest is None else now + rest
    why = Rest(reason=BY_HAND, until=until, by=actor.name)
    ids = await _ids(tx, address, channel)
    return any([await senders.park(tx, id, why, now) for id in ids])


async def unpark(
    tx: AsyncConnection, address: str, actor: Actor, *, channel: ChannelName | None = None
) -> bool:
    """Use a number again, whatever took it out of use; its answers are counted anew.

    False when it was in use. Raises Rejected when there is no such number.
    """
    require(actor, Role.ADMIN)
    now = await clock.now(tx)
    ids = await _ids(tx, address, channel)
    unparked = await senders.unpark(tx, ids, now, by=actor.name)
    mended = await _close_breakers(tx, ids)
    await lift_waiting(tx, Lifter.SENDER_BACK)
    await notify(tx)
    return bool(unparked) or mended


async def _close_breakers(tx: AsyncConnection, ids: list[UUID]) -> bool:
    wanted = {breakers.of_sender(id) for id in ids}
    open_now = [key for key in await breakers.lock_not_closed(tx) if key in wanted]
    for key in open_now:
        await breakers.put(tx, key, Breaker(), Tally())
    await breakers.forget_answers(tx, ids)
    return bool(open_now)


async def _ids(tx: AsyncConnection, address: str, channel: ChannelName | None) -> list[UUID]:
    found = await senders.ids_of(tx, address, channel)
    if not found:
        raise Rejected(
            code="unknown_sender",
            message=f"There is no number {address}.",
            fix="`outreach senders list` shows those that there are.",
            where="sender",
        )
    return found
