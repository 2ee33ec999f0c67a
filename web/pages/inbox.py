"""The inbox: queues, the conversations in one of them, and one conversation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from outreach.errors import Rejected
from outreach.telling.setting import Setting
from storage import accounts, clock, inbox_queues
from storage.database import transaction
from storage.inbox_queues import QUEUES, Talk
from web.console import Console
from web.conversation import composer, delivery, entries, left_until
from web.visitor import VIEWER, Visitor

WORDS = {
    "unassigned": "Unassigned",
    "mine": "Mine",
    "agent": "Agent",
    "expiring": "Expiring",
    "all": "All",
}
SNOOZES = {"PT1H": "for an hour", "PT4H": "for four hours", "P1D": "for a day", "P7D": "for a week"}


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    async def show(
        request: Request, who: Visitor, tx: AsyncConnection, queue: str, talk: Talk | None
    ) -> Response:
        now, me = await clock.now(tx), who.actor.name
        counts = await inbox_queues.counts(tx, me, now, ctx.limits.expires_soon)
        if queue not in QUEUES:
            waits = (one for one in ("unassigned", "mine", "agent") if counts[one])
            queue = next(waits, "all")
        found = await inbox_queues.listed(tx, queue, me, now, ctx.limits.expires_soon)
        setting = Setting(zones=(talk.zones or []) if talk else [], names=await accounts.names(tx))
        return await console.page(
            request,
            who,
            tx,
            "inbox.html",
            queue=queue,
            queues=WORDS,
            counts=counts,
            counted=inbox_queues.COUNTED,
            talks=found,
            shown=inbox_queues.SHOWN,
            me=me,
            talk=talk,
            entries=await entries(tx, talk, setting) if talk else [],
            composer=await composer(ctx, tx, talk, who, now) if talk else None,
            colleagues=await accounts.colleagues(tx),
            snoozes=SNOOZES,
            once=ctx.new_id(now),
            longest=ctx.limits.longest_message,
            delivery=delivery,
            left_until=left_until,
        )

    @router.get("/inbox")
    async def inbox(
        request: Request, who: Annotated[Visitor, Depends(VIEWER)], queue: str = ""
    ) -> Response:
        async with transaction(ctx.database) as tx:
            return await show(request, who, tx, queue, None)

    @router.get("/inbox/{id}")
    async def conversation(
        request: Request, id: str, who: Annotated[Visitor, Depends(VIEWER)], queue: str = ""
    ) -> Response:
        async with transaction(ctx.database) as tx:
            return await show(request, who, tx, queue or "all", await _talk(tx, id))


async def _talk(tx: AsyncConnection, id: str) -> Talk:
    try:
        talk = await inbox_queues.find(tx, UUID(id))
    except ValueError:
        talk = None
    if talk is None:
        raise Rejected(
            "unknown_conversation", "There is no such conversation.", "Look for it in the inbox."
        )
    return talk
