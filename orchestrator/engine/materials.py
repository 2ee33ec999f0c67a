"""What an attempt is made of besides its person: campaign, agent, template, with versions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.library import Library
from outreach.agent_document import Agent
from outreach.campaign import Campaign, WhatsAppStep
from outreach.channel import ChannelName
from outreach.variables import CONTEXT_VARIABLES, checked
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage.documents import Named, Version
from storage.gating import CampaignRow


@dataclass(frozen=True, kw_only=True)
class Materials:
    """The documents of one campaign at the versions that its attempts use now."""

    row: CampaignRow
    campaign: Campaign
    agent: Agent | None
    """None: the agent is not published."""
    agent_version: int | None
    template: WhatsAppTemplate | None
    template_version: int | None

    @property
    def versions(self) -> dict[str, object]:
        found: dict[str, object] = {
            "campaign": self.row.version,
            "agent": self.agent_version,
            "agent_name": self.row.agent_name,
            "template": self.template_version,
        }
        return {name: version for name, version in found.items() if version is not None}

    @cached_property
    def needed(self) -> frozenset[str]:
        """Values without a default in what the agent may say, on any channel."""
        texts = (*self.agent.texts, *self.agent.prompts.texts) if self.agent else ()
        needed = {name for text in (*texts, self.campaign.goal) for name in checked(text).required}
        return frozenset(needed) - CONTEXT_VARIABLES


async def gather(
    tx: AsyncConnection, library: Library, campaigns: Collection[CampaignRow]
) -> dict[UUID, Materials]:
    """The documents of these campaigns, in two statements at most."""
    keys = {row.id: Version("campaign", row.name, row.version) for row in campaigns}
    documents = await library.fetch(tx, list(keys.values()))
    found = {id: one for id, key in keys.items() if isinstance(one := documents[key], Campaign)}
    templates = {id: name for id, one in found.items() if (name := _template_name(one))}
    newest = await library.newest(
        tx,
        {Named("agent", row.agent_name) for row in campaigns if row.agent_version is None}
        | {Named("template", name) for name in templates.values()},
    )
    pinned = await library.fetch(
        tx,
        [
            Version("agent", row.agent_name, row.agent_version)
            for row in campaigns
            if row.agent_version is not None
        ],
    )
    made: dict[UUID, Materials] = {}
    for row in campaigns:
        version, agent = (
            newest.get(Named("agent", row.agent_name), (None, None))
            if row.agent_version is None
            else (
                row.agent_version,
                pinned.get(Version("agent", row.agent_name, row.agent_version)),
            )
        )
        template_version, template = newest.get(
            Named("template", templates.get(row.id, "")), (None, None)
        )
        made[row.id] = Materials(
            row=row,
            campaign=found[row.id],
            agent=agent if isinstance(agent, Agent) else None,
            agent_version=version,
            template=template if isinstance(template, WhatsAppTemplate) else None,
            template_version=template_version,
        )
    return made


def _template_name(campaign: Campaign) -> str | None:
    """The template of the campaign's WhatsApp step, where it has one."""
    for step in campaign.steps:
        if isinstance(step, WhatsAppStep):
            return step.template
    return None


def named_numbers(
    materials: Mapping[UUID, Materials], campaign_id: UUID, channel: ChannelName
) -> tuple[str, ...]:
    """The numbers a campaign names for a channel; none means any."""
    steps = materials[campaign_id].campaign.steps
    return tuple(one for step in steps if step.channel is channel for one in step.senders)
