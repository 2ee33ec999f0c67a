"""Without what can a campaign not be launched? All of it at once, for whoever mends it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.materials import Materials, gather
from orchestrator.engine.mixing import refuse_mixed
from outreach.channel import ChannelName
from outreach.errors import Rejected
from storage import clock, gating
from storage.campaigns import Campaign


async def obstacles(
    ctx: Context, tx: AsyncConnection, campaign: Campaign, *, allow_mixed: bool = False
) -> list[Rejected]:
    """Everything without which no attempt of this campaign could ever pass the gate.

    The gravest first; empty where it can be launched.
    """
    now = await clock.now(tx)
    # A completed campaign goes on when there are people for it again.
    if campaign.status in ("cancelled", "archived") or _is_past(campaign, now):
        return [_over(campaign, now)]
    row = gating.CampaignRow(
        **{name: getattr(campaign, name) for name in gating.CampaignRow.__dataclass_fields__}
    )
    materials = (await gather(tx, ctx.library, [row]))[campaign.id]
    found = [] if materials.agent else [_no_agent(campaign, materials)]
    channels = materials.campaign.channels
    for channel in sorted(channels):
        if channel not in ctx.channels:
            found.append(_not_configured(campaign, channel))
        elif not await gating.has_number(tx, channel, _named(materials, channel)):
            found.append(_no_sender(campaign, channel))
    used = [ctx.channels[channel] for channel in channels if channel in ctx.channels]
    try:
        await refuse_mixed(tx, used, allow_mixed=allow_mixed)
    except Rejected as mixed:
        found.append(mixed)
    if ChannelName.WHATSAPP in channels and materials.template is None:
        found.append(_no_template(campaign))
    return found


def _is_past(campaign: Campaign, now: datetime) -> bool:
    return campaign.end_at is not None and campaign.end_at <= now


def _named(materials: Materials, channel: ChannelName) -> Sequence[str]:
    """The numbers that its steps name; empty where any will do."""
    steps = [step for step in materials.campaign.steps if step.channel is channel]
    return tuple(one for step in steps for one in step.senders)


def _over(campaign: Campaign, now: datetime) -> Rejected:
    how = "over" if _is_past(campaign, now) else campaign.status
    return Rejected(
        code="campaign_over",
        message=f"Campaign {campaign.name} is {how}.",
        fix="Apply it under another name, or with a later end_at.",
        where="campaign",
    )


def _no_agent(campaign: Campaign, materials: Materials) -> Rejected:
    return Rejected(
        code="unknown_agent",
        message=f"Campaign {campaign.name} names the agent {materials.campaign.agent},"
        " which is not there.",
        fix="Apply the agent's document first.",
        where="agent",
    )


def _not_configured(campaign: Campaign, channel: ChannelName) -> Rejected:
    return Rejected(
        code="channel_not_configured",
        message=f"Campaign {campaign.name} uses {channel}, which is not configured.",
        fix="It needs the sections twilio and llm, and for voice also speech.",
        where="steps",
    )


def _no_sender(campaign: Campaign, channel: ChannelName) -> Rejected:
    return Rejected(
        code="no_sender",
        message=f"Campaign {campaign.name} has no number to use for {channel}.",
        fix="Add one to the configuration, or name one that exists under `from`.",
        where="steps",
    )


def _no_template(campaign: Campaign) -> Rejected:
    return Rejected(
        code="unknown_template",
        message=f"Campaign {campaign.name} opens with a template that is not there.",
        fix="Apply the template's document first.",
        where="steps",
    )
