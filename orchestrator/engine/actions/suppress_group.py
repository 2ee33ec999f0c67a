"""Nobody of a company or a country is contacted, in one campaign or in any; and again after all."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.suppress import Reach
from orchestrator.engine.context import Context
from outreach.events import Kind
from outreach.lead import Work
from outreach.lifting import Lifter
from outreach.reason import Reason
from storage import attempts, clock, group_suppressions, leads, suppressions
from storage.events import Event, record
from storage.group_suppressions import Group
from storage.suppressions import Suppression


async def suppress_group(
    ctx: Context, tx: AsyncConnection, group: Group, reach: Reach, now: datetime
) -> bool:
    """Put a company or a country on the list; False when it is there already.

    From its commit on the gate refuses everybody of it; what is planned for them is taken back
    by `take_back_some`, which the caller repeats.
    """
    require(reach.by, Role.OPERATOR)
    added = await suppressions.add(
        tx,
        Suppression(
            id=ctx.new_id(now),
            kind=group.kind,
            value=group.value,
            reason=reach.reason,
            source=reach.source,
            created_at=now,
            created_by=reach.by.name,
            campaign_id=group.campaign_id,
        ),
    )
    if added:
        data = {"reason": reach.reason, "scope": reach.scope, "source": reach.source}
        await record(tx, [_event(Kind.SUPPRESSED, group, data, reach.by, now)])
    return added


async def take_back_some(
    tx: AsyncConnection, group: Group, by: Actor, now: datetime, limit: int
) -> int:
    """Cancel some of what is planned for them; their leads are blocked until it is lifted.

    Returns how many; 0 when nothing is left. Doing it again changes nothing.
    """
    require(by, Role.OPERATOR)
    planned = await group_suppressions.planned_of(tx, group, limit)
    ids = [one.id for one in planned]
    await attempts.cancel(tx, ids, by=by.name, reason=Reason.SUPPRESSED, now=now)
    held = [one.lead_id for one in planned]
    await leads.set_work(tx, held, Work.BLOCKED, Reason.SUPPRESSED, now=now)
    return len(planned)


async def unsuppress_group(ctx: Context, tx: AsyncConnection, group: Group, by: Actor) -> bool:
    """Take it off the list; whoever was blocked by it is looked at again. False: it was not on."""
    require(by, Role.OPERATOR)
    active = await group_suppressions.active_of(tx, group)
    if not active:
        return False
    now = await clock.now(tx)
    await suppressions.lift(tx, active, by=by.name, now=now)
    if group.campaign_id is None:
        await lifting.lift_everywhere(ctx, tx, Lifter.SUPPRESSION_LIFTED)
    else:
        await lifting.lift_campaign(ctx, tx, Lifter.SUPPRESSION_LIFTED, group.campaign_id)
    await record(tx, [_event(Kind.UNSUPPRESSED, group, {"reasons": [group.kind]}, by, now)])
    return True


def _event(kind: Kind, group: Group, data: Mapping[str, object], by: Actor, now: datetime) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=by.name,
        campaign_id=group.campaign_id,
        data={**data, "group": group.kind},
    )
