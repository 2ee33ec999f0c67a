"""What documents say in vain, or leave unsaid, with the line on which it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.library import Library
from outreach.agent_document import Agent
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.documents import Edition
from outreach.law.openings import (
    complaint,
    first_words,
    lacking,
    opening_requirements,
    words,
)
from outreach.law.places import ANY_STATE
from outreach.law.rulebook import Rulebook
from outreach.whatsapp_template_document import WhatsAppTemplate
from outreach.without_effect import InVain, without_effect
from storage.documents import Named, Version

OF_POLICY: Final = frozenset(one.sentence for one in opening_requirements(None, ChannelName.VOICE))
"""What the agent's own document is warned of already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that is no error and will not do what its author expects."""

    where: str
    """File and line; empty where nobody knows."""
    key: str
    said: str

    def __str__(self) -> str:
        return f"warning: {self.where} {self.key}: {self.said}".replace("  ", " ")


async def doubts(
    tx: AsyncConnection, editions: Sequence[Edition], rulebook: Rulebook, now: datetime
) -> tuple[Doubt, ...]:
    """A warning for each thing that is no error and will not do what its author expects."""
    agents = {
        one.document.name: one.document for one in editions if isinstance(one.document, Agent)
    }
    said: list[Doubt] = []
    for edition in editions:
        said += _unsaid(edition)
        campaign = edition.document
        if not isinstance(campaign, Campaign):
            continue
        agent = await _agent_of(tx, campaign, agents)
        said += _asked_elsewhere(edition, campaign, agent, rulebook)
        found = without_effect(campaign, agent.extraction if agent else None)
        said += [_line(edition, one) for one in (*_past(campaign, now), *found)]
    return tuple(said)


def _unsaid(edition: Edition) -> list[Doubt]:
    """What the first words of a call or a message must say and do not."""
    document = edition.document
    if not isinstance(document, Agent | WhatsAppTemplate):
        return []
    told = ((one.key, complaint(one)) for one in first_words(document))
    return [_line(edition, InVain(path=(key,), said=found)) for key, found in told if found]


def _asked_elsewhere(
    edition: Edition, campaign: Campaign, agent: Agent | None, rulebook: Rulebook
) -> list[Doubt]:
    """What some law wants of the opener, where nobody says that the people are not there."""
    if campaign.jurisdictions or agent is None or ChannelName.VOICE not in campaign.channels:
        return []
    everywhere = rulebook.law(frozenset({ANY_STATE, *rulebook.rows}), campaign.purpose)
    lines = []
    for opener in first_words(agent):
        missing = lacking(opener, everywhere) or ()
        found = [one for one in missing if one.sentence not in OF_POLICY]
        if found:
            said = (
                f"the {opener.name} of {agent.name} does not say {words(found)}."
                " Say it, or name where the people are."
            )
            lines.append(_line(edition, InVain(path=("jurisdictions",), said=said)))
    return lines


def _past(campaign: Campaign, now: datetime) -> tuple[InVain, ...]:
    end = campaign.schedule.end_at
    if end is None or end > now:
        return ()
    words = (
        f"end_at was {end:%Y-%m-%d %H:%M} UTC: nobody is contacted any more. Write a later time."
    )
    return (InVain(path=("schedule", "end_at"), said=words),)


def _line(edition: Edition, one: InVain) -> Doubt:
    key = ".".join(map(str, one.path))
    return Doubt(where=edition.locate(one.path), key=key, said=one.said)


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
