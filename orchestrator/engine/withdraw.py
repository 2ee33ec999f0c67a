"""Calls that wait in the provider's queue are taken back once nobody may be rung any more.

A provider takes more calls than it dials and rings the rest later: after the legal window has
closed, or after an operator has stopped everything. What rings or talks already goes on.
"""

import asyncio

import structlog

from channels.base import Found, Inquiry, Unavailable
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from storage import clock, withdrawing
from storage.database import transaction
from storage.withdrawing import Waiting

log = structlog.get_logger(__name__)


async def withdraw_waiting(ctx: Context) -> int:
    """Ask about each such call, and take back what has not begun to ring. A duty.

    Between the question and the word a call may begin to ring; it is then hung up on, before
    anybody can have said much.
    """
    if ChannelName.VOICE not in ctx.channels:
        return 0
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        again, limit = ctx.limits.withdraw_again, ctx.limits.recover_batch
        waiting = await withdrawing.take(tx, now, again, limit)
    room = asyncio.Semaphore(ctx.limits.questions_at_once)

    async def one(call: Waiting) -> bool:
        async with room:
            return await _withdraw(ctx, call)

    return sum(await asyncio.gather(*(one(call) for call in waiting)))


async def _withdraw(ctx: Context, call: Waiting) -> bool:
    channel = ctx.channels[ChannelName.VOICE]
    inquiry = Inquiry(
        id=call.id,
        to=call.phone,
        from_=call.sender_address,
        asked_after=call.starting_at - ctx.limits.find_slack,
        ref=call.provider_ref,
    )
    found = await channel.find(inquiry)
    if not isinstance(found, Found) or found.status != "queued":
        return False
    async with transaction(ctx.database) as tx:
        if not await withdrawing.mark(tx, call.id):
            return False
    ctx.seam("withdrawing")
    try:
        await channel.end(call.provider_ref, call.sender_address)
    except Unavailable as error:
        log.warning("a waiting call was not taken back", reason=error.reason)
        return False
    return True
