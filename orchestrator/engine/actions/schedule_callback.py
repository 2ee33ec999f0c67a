"""Call somebody at the time they named: exempt from our own caps, never from the law."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Next, Where, plan_next
from orchestrator.engine.superseding import MOVABLE
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lead import Status
from outreach.planning import Blocked, Planned
from outreach.reason import WORDS
from outreach.when import parse_when
from storage import attempts, leads, worked_leads
from storage.attempts import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    at: datetime
    words: str
    """The moment on the person's clock, as one says it."""
    was_moved: bool
    """It is not the time they asked for, because that one is not allowed."""


async def schedule_callback(
    ctx: Context, tx: AsyncConnection, where: Where, words: str, by: Actor
) -> Promised:
    """Plan a call at the moment `words` mean; it replaces whatever was planned.

    The caller holds the lead. Raises Rejected, with a sentence for whoever asked.
    """
    require(by, Role.REP)
    zone = where.lead.zone
    if zone is None:
        raise Rejected(code="no_timezone", message="Nobody knows which time zone they are in.")
    at = parse_when(words, where.now, zone)
    if at is None:
        raise Rejected(
            code="unclear_time",
            message="That names no time that lies ahead.",
            fix="Ask for a day and an hour.",
        )
    if where.worked.is_closed:
        raise Rejected(code="campaign_ended", message="The campaign is over.")
    await _make_room(tx, where, by)
    wanted = Next(
        channel=ChannelName.VOICE,
        wanted_at=at,
        reason="callback",
        created_by=by.name,
        priority=Priority.PROMISED,
        exempt_from_caps=True,
    )
    found = await plan_next(ctx, tx, where, wanted)
    if isinstance(found, Blocked):
        raise Rejected(code=found.reason, message=WORDS[found.reason])
    await leads.set_status(tx, [where.lead.id], Status.CALLBACK, actor=by.name)
    return _promised(found, at, zone)


async def _make_room(tx: AsyncConnection, where: Where, by: Actor) -> None:
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    # What is claimed may be planned again: beside the new one it would be a second plan.
    waiting = [one.id for one in open_now if one.state in MOVABLE]
    await attempts.cancel(tx, waiting, by=by.name, reason="callback", now=where.now)


def _promised(found: Planned, asked: datetime, zone: str) -> Promised:
    here = found.due_at.astimezone(ZoneInfo(zone))
    return Promised(
        at=found.due_at,
        words=f"{here:%A, %-d %B at %H:%M}",
        was_moved=found.due_at != asked,
    )
