"""The campaign and the agent that a lead is worked by, as values."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.agent_document import Agent
from outreach.campaign import Campaign
from storage.campaign_documents import followed_by
from storage.documents import Version

CLOSED = frozenset({"cancelled", "archived"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A campaign with its agent."""

    id: UUID
    status: str
    campaign: Campaign
    agent: Agent | None

    @property
    def is_closed(self) -> bool:
        """Whether nothing new may be planned in it, ever."""
        return self.status in CLOSED


async def worked_by(ctx: Context, tx: AsyncConnection, campaign_id: UUID) -> Worked:
    """The documents in the versions that the campaign follows now."""
    found = await followed_by(tx, campaign_id)
    return await _read(ctx, tx, (found.id, found.status), found.campaign, found.agent)


async def worked_at(
    ctx: Context, tx: AsyncConnection, campaign_id: UUID, versions: dict[str, object]
) -> Worked:
    """The documents in the versions that an attempt was made by; newer ones where it names none."""
    found = await followed_by(tx, campaign_id)
    campaign, agent = found.campaign, found.agent
    if isinstance(number := versions.get("campaign"), int):
        campaign = Version("campaign", campaign.name, number)
    if isinstance(number := versions.get("agent"), int):
        agent = Version("agent", str(versions.get("agent_name", agent and agent.name)), number)
    return await _read(ctx, tx, (found.id, found.status), campaign, agent)


async def _read(
    ctx: Context,
    tx: AsyncConnection,
    known: tuple[UUID, str],
    campaign: Version,
    agent: Version | None,
) -> Worked:
    documents = await ctx.library.fetch(tx, [one for one in (campaign, agent) if one])
    own = documents[campaign]
    speaker = documents.get(agent) if agent else None
    assert isinstance(own, Campaign), "a campaign's row names a campaign's document"
    return Worked(
        id=known[0],
        status=known[1],
        campaign=own,
        agent=speaker if isinstance(speaker, Agent) else None,
    )
