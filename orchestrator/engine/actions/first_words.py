"""A campaign that names where its people are says there what must be said, or is not published."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.agent_document import Agent
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.law.law import Law
from outreach.law.openings import first_words, lacking, words
from outreach.law.places import ANY_STATE, is_place
from outreach.law.rulebook import Rulebook
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage.campaigns import Campaign as CampaignRow
from storage.documents import Version


def law_of(rulebook: Rulebook, campaign: Campaign) -> Law | None:
    """What binds where the campaign's people are; None where it names no place.

    Raises Rejected for an id that names none.
    """
    for id in campaign.jurisdictions:
        if not is_place(id, rulebook.rows):
            raise Rejected(
                "unknown_jurisdiction",
                f"{id!r} is no country and no state of the United States.",
                'Write countries like "FR" and states like "US-FL", in quotation marks.',
                f"{campaign.name}.jurisdictions",
            )
    if not campaign.jurisdictions:
        return None
    places = frozenset(ANY_STATE if id == "US" else id for id in campaign.jurisdictions)
    return rulebook.law(places, campaign.purpose)


def refuse_unsaid(
    rulebook: Rulebook, campaign: Campaign, texts: Sequence[Agent | WhatsAppTemplate]
) -> None:
    """Raises Rejected with each sentence that a text lacks, and the rule that asks for it."""
    law = law_of(rulebook, campaign)
    if law is None:
        return
    for text in texts:
        if isinstance(text, Agent) and ChannelName.VOICE not in campaign.channels:
            continue
        for said in first_words(text):
            if found := lacking(said, law):
                raise Rejected(
                    "opening_incomplete",
                    f"The {said.name} of {text.name} does not say {words(found)}, and people of"
                    f" {campaign.name} are in {', '.join(campaign.jurisdictions)}.",
                    f"Say it in the {said.name}.",
                    f"{text.name}.{said.key}",
                )


async def refuse_unsaid_to_followers(
    ctx: Context,
    tx: AsyncConnection,
    text: Agent | WhatsAppTemplate,
    followers: Sequence[CampaignRow],
) -> None:
    """The same for a text that is published anew: campaigns speak with it from now on."""
    wanted = [Version("campaign", row.name, row.version) for row in followers]
    for found in (await ctx.library.fetch(tx, wanted)).values():
        assert isinstance(found, Campaign), "a campaign's row names a campaign's document"
        refuse_unsaid(ctx.rulebook, found, [text])
