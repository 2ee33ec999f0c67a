"""What a person should know before a campaign is launched: what stops it, and what is doubtful."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.obstacles import obstacles
from orchestrator.engine.context import Context
from orchestrator.engine.doubts import doubts
from outreach.campaign import Campaign, WhatsAppStep
from outreach.documents import Document, Edition
from outreach.errors import Rejected
from outreach.telling.codes import why
from storage import clock, operator_stop, progress, reports
from storage.campaigns import Campaign as CampaignRow
from storage.documents import Named
from storage.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something that stops nothing; `leads` of the campaign are concerned, None: all or nobody."""

    words: str
    leads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    errors: tuple[Rejected, ...]
    """Any of them stops the launch."""
    warnings: tuple[Caution, ...]
    """A person says that they have read them."""
    leads: int
    callable: int
    """Leads that have something planned."""
    first_due_at: datetime | None
    """When the first of them is due (business time); None where nobody is."""


async def preflight(ctx: Context, tx: AsyncConnection, campaign: CampaignRow) -> Preflight:
    """Look at everything a launch needs, and change nothing."""
    now = await clock.now(tx)
    errors = await obstacles(ctx, tx, campaign)
    standing = await progress.of_one(tx, campaign.name)
    assert standing is not None, "the campaign is there"
    document = await ctx.library.campaign(tx, campaign.name, campaign.version)
    warnings = [
        Caution(words=f"{one.where or campaign.name} {one.key}: {one.said}")
        for one in await doubts(tx, await _editions(ctx, tx, document), ctx.rulebook, now)
    ]
    by_work = await reports.count_work(tx, campaign.id)
    return Preflight(
        errors=tuple(errors),
        warnings=(*warnings, *await _about_people(tx, standing)),
        leads=standing.leads,
        callable=by_work.get("planned", 0),
        first_due_at=standing.next_due_at,
    )


async def _editions(ctx: Context, tx: AsyncConnection, campaign: Campaign) -> list[Edition]:
    """The campaign with the documents that it speaks by, each naming itself in what is said."""
    wanted = [Named("agent", campaign.agent_name)]
    wanted += [
        Named("template", step.template)
        for step in campaign.steps
        if isinstance(step, WhatsAppStep)
    ]
    found = await ctx.library.newest(tx, wanted)
    others = [document for _, document in found.values()]
    return [_edition(one) for one in (campaign, *others)]


def _edition(document: Document) -> Edition:
    called = f"{document.kind} {document.name}"
    return Edition(document=document, locate=lambda _: called)


async def _about_people(tx: AsyncConnection, standing: Progress) -> list[Caution]:
    found = []
    if await operator_stop.is_stopped(tx):
        found.append(
            Caution(words="Everything is stopped: nobody is contacted until that is lifted.")
        )
    if not standing.leads:
        found.append(Caution(words="Nobody is in it yet: import a list, or it has nobody to call."))
    elif standing.ended == standing.leads:
        found.append(Caution(words="All its leads have ended: there is nobody left to contact."))
    blocked = await reports.count_blocked(tx, standing.id)
    found += [
        Caution(words=f"are not contacted for now. {why(reason)}", leads=leads)
        for reason, leads in sorted(blocked.items(), key=lambda one: -one[1])
    ]
    return found
