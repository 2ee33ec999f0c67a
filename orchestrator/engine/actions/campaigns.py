"""What people do with a campaign: launch, pause, resume, cancel, archive.

Each returns the new status.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.obstacles import obstacles
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_campaign
from orchestrator.engine.mixing import refuse_mixed
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lifting import Lifter
from storage import campaigns, clock, replanning_jobs
from storage.campaigns import Campaign, StatusChange
from storage.replanning_jobs import Job
from storage.wake import notify

OVER: Final = frozenset({"completed", "cancelled", "archived"})
ARCHIVABLE: Final = frozenset({"draft", "completed", "cancelled"})


async def launch(
    ctx: Context, tx: AsyncConnection, name: str, actor: Actor, *, allow_mixed: bool = False
) -> str:
    """Begin now, or at the campaign's own start. Launching a running campaign changes nothing.

    Raises Rejected when agent, template or number are missing, when the campaign is over, or when
    simulated and real contacts would mix; `allow_mixed` lets real ones follow simulated ones.
    """
    require(actor, Role.OPERATOR)
    campaign = await _locked(tx, name)
    if campaign.status in ("running", "scheduled"):
        return campaign.status
    if campaign.status == "paused":
        return await resume(ctx, tx, name, actor, allow_mixed=allow_mixed)
    now = await clock.now(tx)
    for obstacle in await obstacles(ctx, tx, campaign, allow_mixed=allow_mixed):
        raise obstacle
    later = campaign.start_at is not None and campaign.start_at > now
    status = "scheduled" if later else "running"
    change = StatusChange(
        campaign_id=campaign.id, before=campaign.status, status=status, by=actor.name
    )
    await campaigns.set_status(tx, change, now)
    await lift_campaign(ctx, tx, Lifter.CAMPAIGN_RESUMED, campaign.id)
    await notify(tx)
    return status


async def pause(ctx: Context, tx: AsyncConnection, name: str, actor: Actor) -> str:
    """Start nothing new from the moment this commits; calls that run go on to their end."""
    require(actor, Role.OPERATOR)
    campaign = await _locked(tx, name)
    if campaign.status == "paused":
        return campaign.status
    if campaign.status not in ("running", "scheduled"):
        raise _wrong_status(campaign, "pause")
    await campaigns.set_status(
        tx,
        StatusChange(
            campaign_id=campaign.id,
            before=campaign.status,
            status="paused",
            by=actor.name,
            reason="user",
        ),
        await clock.now(tx),
    )
    return "paused"


async def resume(
    ctx: Context, tx: AsyncConnection, name: str, actor: Actor, *, allow_mixed: bool = False
) -> str:
    """Go on where it was paused. Raises Rejected where real and simulated contacts would mix."""
    require(actor, Role.OPERATOR)
    campaign = await _locked(tx, name)
    if campaign.status in ("running", "scheduled"):
        return campaign.status
    if campaign.status != "paused":
        raise _wrong_status(campaign, "resume")
    await refuse_mixed(tx, ctx.channels.values(), allow_mixed=allow_mixed)
    now = await clock.now(tx)
    later = campaign.start_at is not None and campaign.start_at > now
    status = "scheduled" if later else "running"
    await campaigns.set_status(
        tx,
        StatusChange(
            campaign_id=campaign.id,
            before=campaign.status,
            status=status,
            by=actor.name,
            kind=Kind.CAMPAIGN_RESUMED,
        ),
        now,
    )
    # Hours went by: what was due meanwhile is due again when it is legal, before it is claimed.
    job = Job(
        campaign_id=campaign.id,
        reason="resumed",
        from_version=campaign.version,
        to_version=campaign.version,
        as_of=now,
        asked_by=actor.name,
        asked_at=now,
    )
    await replanning_jobs.ask(tx, job)
    await lift_campaign(ctx, tx, Lifter.CAMPAIGN_RESUMED, campaign.id)
    await notify(tx)
    return status


async def cancel(ctx: Context, tx: AsyncConnection, name: str, actor: Actor) -> str:
    """End it for good: nothing new starts from now on, a duty cancels what is planned."""
    require(actor, Role.OPERATOR)
    campaign = await _locked(tx, name)
    if campaign.status == "cancelled":
        return campaign.status
    if campaign.status in OVER:
        raise _wrong_status(campaign, "cancel")
    change = StatusChange(
        campaign_id=campaign.id, before=campaign.status, status="cancelled", by=actor.name
    )
    await campaigns.set_status(tx, change, await clock.now(tx))
    return "cancelled"


async def archive(ctx: Context, tx: AsyncConnection, name: str, actor: Actor) -> str:
    """Put away what is over or was never launched; it stands in no list that does not ask for it.

    What a draft had planned is taken back by a duty. There is no way back; `duplicate` begins anew.
    """
    require(actor, Role.OPERATOR)
    campaign = await _locked(tx, name)
    if campaign.status == "archived":
        return campaign.status
    if campaign.status not in ARCHIVABLE:
        raise Rejected(
            code="wrong_status",
            message=f"Campaign {name} is {campaign.status}; only what is over can be archived.",
            fix="Cancel it first, or let it come to its end.",
            where="campaign",
        )
    change = StatusChange(
        campaign_id=campaign.id,
        before=campaign.status,
        status="archived",
        by=actor.name,
        kind=Kind.CAMPAIGN_ARCHIVED,
    )
    await campaigns.set_status(tx, change, await clock.now(tx))
    return "archived"


async def _locked(tx: AsyncConnection, name: str) -> Campaign:
    found = await campaigns.find(tx, name)
    locked = await campaigns.lock(tx, found.id) if found else None
    if locked is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name}.",
            fix="`outreach campaign list` shows those that there are.",
            where="campaign",
        )
    return locked


def _wrong_status(campaign: Campaign, verb: str) -> Rejected:
    return Rejected(
        code="wrong_status",
        message=f"Campaign {campaign.name} is {campaign.status}, so there is nothing to {verb}.",
        fix=f"`outreach campaign why {campaign.name}` says how it stands and what changes that.",
        where="campaign",
    )
