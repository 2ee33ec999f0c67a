"""The list of campaigns, and one campaign with its tabs."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.forecasting import look_ahead
from outreach.campaign import Campaign
from outreach.errors import Rejected
from outreach.outcome import Outcome
from outreach.simulating import can_end, play
from outreach.telling import standing as words
from outreach.telling.decisions import beside, decided
from outreach.telling.outlook import sentences
from outreach.telling.standing import Due, Line
from storage import accounts, activity, clock, lead_rows, progress, reports, standing
from storage.database import transaction
from storage.lead_rows import Wanted
from storage.progress import Progress
from web.console import Console
from web.pages.home import SHOWN
from web.telling import told
from web.visitor import VIEWER, Visitor

TABS: Final = ("overview", "leads", "forecast", "follow_ups", "activity", "document")


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/campaigns")
    async def listed(
        request: Request, who: Annotated[Visitor, Depends(VIEWER)], archived: bool = False
    ) -> Response:
        async with transaction(ctx.database) as tx:
            every = await progress.of_all(tx)
            found = [one for one in every if one.status != "archived" or archived]
            return await console.page(
                request,
                who,
                tx,
                "campaigns.html",
                campaigns=found,
                put_away=len(every) - len(found),
            )

    @router.get("/campaigns/{name}")
    async def shown(
        request: Request,
        name: str,
        who: Annotated[Visitor, Depends(VIEWER)],
        tab: str = "overview",
        after: str | None = None,
        outcome: str = Outcome.NO_ANSWER,
    ) -> Response:
        tab = tab if tab in TABS else "overview"
        async with transaction(ctx.database) as tx:
            one = await named(tx, name)
            values = await _of_tab(console, tx, one, tab, after, outcome)
            return await console.page(
                request, who, tx, "campaign.html", campaign=one, tab=tab, tabs=TABS, **values
            )


async def named(tx: AsyncConnection, name: str) -> Progress:
    found = await progress.of_one(tx, name)
    if found is None:
        raise Rejected(
            "unknown_campaign", f"There is no campaign {name}.", "See the list of campaigns."
        )
    return found


async def _of_tab(
    console: Console, tx: AsyncConnection, one: Progress, tab: str, after: str | None, outcome: str
) -> dict[str, object]:
    match tab:
        case "follow_ups":
            document = await console.ctx.library.campaign(tx, one.name, one.version)
            return _follow_ups(document, outcome, await clock.now(tx))
        case "leads":
            page = await lead_rows.page(tx, Wanted(campaign_id=one.id), after=after)
            return {"page": page}
        case "forecast":
            return await _forecast(console, tx, one)
        case "activity":
            kinds = [kind.value for kind in SHOWN]
            names = await accounts.names(tx)
            found = await activity.recent(tx, kinds, campaign_id=one.id, limit=100)
            return {"activity": [told(line, names) for line in found]}
        case "document":
            document = await console.ctx.library.campaign(tx, one.name, one.version)
            return {"document": console.as_yaml(document, one.version)}
    return {
        "statuses": await reports.count_statuses(tx, one.id),
        "outcomes": await reports.count_outcomes(tx, one.id),
        "follow_ups": await reports.count_follow_ups(tx, one.id),
        "why_not": await _why_not(tx, one),
    }


async def _forecast(console: Console, tx: AsyncConnection, one: Progress) -> dict[str, object]:
    """What it would do from now on."""
    ctx = console.ctx
    found = await look_ahead(
        tx,
        one.id,
        rulebook=ctx.rulebook,
        marks=ctx.marks,
        prices=ctx.prices,
        library=ctx.library,
    )
    resting = (
        words.resting(group.work, group.reason, group.leads, group.recheck_at)
        for group in found.resting
    )
    return {
        "outlook": found,
        "said": list(sentences(found.forecast, found.room, found.cost, found.elsewhere)),
        "busiest": max((hour.first + hour.later for hour in found.forecast.hours), default=0),
        "resting": list(resting),
    }


def _follow_ups(document: Campaign, word: str, now: datetime) -> dict[str, object]:
    """The rules, and what they make of attempts that all end the same way."""
    outcome = Outcome(word) if word in tuple(Outcome) else Outcome.NO_ANSWER
    played = [
        {
            "n": one.n,
            "channel": one.channel,
            "then": decided(one.decision, one.ended_at),
            "beside": beside(one.decision),
        }
        for one in play(document, outcome, now)
    ]
    first = document.steps[0].channel
    choices = [one for one in Outcome if can_end(first, one)]
    return {"rules": document.rules, "outcome": outcome, "outcomes": choices, "played": played}


async def _why_not(tx: AsyncConnection, one: Progress) -> list[Line]:
    """What its leads wait for, most of them first."""
    due = [
        Due(moved_by=group.moved_by, due_at=group.due_at, zone=group.zone, leads=group.leads)
        for group in await standing.planned(tx, one.id)
    ]
    lines = [
        *words.planned(due, await clock.now(tx)),
        *(
            words.resting(group.work, group.reason, group.leads, group.recheck_at)
            for group in await standing.resting(tx, one.id)
        ),
    ]
    return sorted(lines, key=lambda line: -line.leads)
