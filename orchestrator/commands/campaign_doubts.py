"""What documents say in vain, or leave unsaid, with the line on which it stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.output import in_words
from orchestrator.engine.library import Library
from outreach.agent_document import Agent
from outreach.campaign import Campaign
from outreach.documents import Edition
from outreach.law.openings import complaint
from outreach.whatsapp_template_document import WhatsAppTemplate
from outreach.without_effect import InVain, without_effect
from storage.documents import Named, Version


async def doubts(
    tx: AsyncConnection, editions: Sequence[Edition], now: datetime
) -> tuple[str, ...]:
    """A warning for each thing that is no error and will not do what its author expects."""
    agents = {
        one.document.name: one.document for one in editions if isinstance(one.document, Agent)
    }
    said: list[str] = []
    for edition in editions:
        said += _unsaid(edition)
        campaign = edition.document
        if not isinstance(campaign, Campaign):
            continue
        agent = await _agent_of(tx, campaign, agents)
        found = without_effect(campaign, agent.extraction if agent else None)
        said += [_line(edition, one) for one in (*_past(campaign, now), *found)]
    return tuple(said)


def _unsaid(edition: Edition) -> list[str]:
    """What the first words of a call or a message must say and do not."""
    document = edition.document
    if not isinstance(document, Agent | WhatsAppTemplate):
        return []
    found = complaint(document)
    where = "opener" if isinstance(document, Agent) else "body"
    return [_line(edition, InVain(path=(where,), said=found))] if found else []


def _past(campaign: Campaign, now: datetime) -> tuple[InVain, ...]:
    end = campaign.schedule.end_at
    if end is None or end > now:
        return ()
    words = f"end_at was {in_words(end)}: nobody is contacted any more. Write a later time."
    return (InVain(path=("schedule", "end_at"), said=words),)


def _line(edition: Edition, one: InVain) -> str:
    key = ".".join(map(str, one.path))
    return f"warning: {edition.locate(one.path)} {key}: {one.said}".replace("  ", " ")


async def _agent_of(
    tx: AsyncConnection, campaign: Campaign, handed_in: dict[str, Agent]
) -> Agent | None:
    """The agent that the campaign will speak with once all these documents are published."""
    name, version = campaign.agent_name, campaign.agent_version
    library = Library()
    if version is not None:
        pinned = Version("agent", name, version)
        found = (await library.fetch(tx, [pinned])).get(pinned)
    elif name in handed_in:
        return handed_in[name]
    else:
        newest = (await library.newest(tx, [Named("agent", name)])).get(Named("agent", name))
        found = newest[1] if newest else None
    return found if isinstance(found, Agent) else None
