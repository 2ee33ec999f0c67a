"""The list of campaigns, one campaign, and what an operator does with it."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.forecasting import look_ahead
from outreach.errors import Rejected
from outreach.telling import standing as words
from outreach.telling.outlook import sentences
from outreach.telling.standing import Due, Line
from storage import accounts, activity, clock, lead_rows, progress, reports, standing
from storage.database import transaction
from storage.lead_rows import Wanted
from storage.progress import Progress
from web.console import Console
from web.pages.home import SHOWN
from web.telling import told
from web.toast import done, go_on
from web.visitor import OPERATOR, VIEWER, Visitor

TABS: Final = ("overview", "leads", "forecast", "activity", "document")
DEEDS: Final = {
    "launch": (deeds.launch, "is launched"),
    "pause": (deeds.pause, "is paused. Calls that run go on to their end"),
    "resume": (deeds.resume, "goes on"),
    "cancel": (deeds.cancel, "is cancelled. Nothing new starts"),
}


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/campaigns")
    async def listed(request: Request, who: Annotated[Visitor, Depends(VIEWER)]) -> Response:
        async with transaction(ctx.database) as tx:
            found = await progress.of_all(tx)
            return await console.page(request, who, tx, "campaigns.html", campaigns=found)

    @router.get("/campaigns/{name}")
    async def shown(
        request: Request,
        name: str,
        who: Annotated[Visitor, Depends(VIEWER)],
        tab: str = "overview",
        after: str | None = None,
    ) -> Response:
        tab = tab if tab in TABS else "overview"
        async with transaction(ctx.database) as tx:
            one = await _named(tx, name)
            values = await _of_tab(console, tx, one, tab, after)
            return await console.page(
                request, who, tx, "campaign.html", campaign=one, tab=tab, tabs=TABS, **values
            )

    @router.post("/campaigns/{name}/{deed}")
    async def do(
        request: Request,
        name: str,
        deed: str,
        who: Annotated[Visitor, Depends(OPERATOR)],
        typed: Annotated[str, Form()] = "",
    ) -> Response:
        if deed not in DEEDS:
            raise Rejected("unknown_deed", "That cannot be done.", "Go back and choose again.")
        if deed == "cancel" and typed.strip() != name:
            raise Rejected(
                "not_confirmed",
                "The campaign was not cancelled: its name was not typed.",
                f"Type {name} to cancel it; there is no way back.",
            )
        act, said = DEEDS[deed]
        async with transaction(ctx.database) as tx:
            await _named(tx, name)
            await act(ctx, tx, name, who.actor)
        return go_on(f"/campaigns/{name}", done(f"{name} {said}."), secure=console.secure)


async def _named(tx: AsyncConnection, name: str) -> Progress:
    found = await progress.of_one(tx, name)
    if found is None:
        raise Rejected(
            "unknown_campaign", f"There is no campaign {name}.", "See the list of campaigns."
        )
    return found


async def _of_tab(
    console: Console, tx: AsyncConnection, one: Progress, tab: str, after: str | None
) -> dict[str, object]:
    match tab:
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
