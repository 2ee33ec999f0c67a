"""Send somebody in writing what they asked for: the campaign's template, as soon as is legal."""

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Next, Where, plan_next
from orchestrator.engine.superseding import MOVABLE
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.planning import Blocked, Planned
from outreach.reason import WORDS
from storage import attempts, worked_leads
from storage.attempts import Priority

PROMISED = "promised_message"


async def send_promised(ctx: Context, tx: AsyncConnection, where: Where, by: Actor) -> Planned:
    """Plan the message now; it leaves when the call is over. It replaces what was planned, but no
    promised call.

    The caller holds the lead. Raises Rejected, with a sentence for whoever asked.
    """
    require(by, Role.REP)
    steps = {step.channel for step in where.worked.campaign.steps}
    if ChannelName.WHATSAPP not in steps:
        raise Rejected(
            code="no_template", message="This campaign has no message; a colleague will send it."
        )
    open_now = await worked_leads.open_attempts(tx, where.lead.id)
    waiting = [one for one in open_now if one.state in MOVABLE]
    if any(one.priority == Priority.PROMISED for one in waiting):
        raise Rejected(
            code="already_promised", message="Something else is promised to them already."
        )
    await attempts.cancel(
        tx, [one.id for one in waiting], by=by.name, reason=PROMISED, now=where.now
    )
    wanted = Next(
        channel=ChannelName.WHATSAPP,
        wanted_at=where.now,
        reason=PROMISED,
        created_by=by.name,
        priority=Priority.PROMISED,
        exempt_from_caps=True,
    )
    found = await plan_next(ctx, tx, where, wanted)
    if isinstance(found, Blocked):
        raise Rejected(code=found.reason, message=WORDS[found.reason])
    return found
