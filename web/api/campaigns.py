"""Campaigns: their documents, what is done with them, and what they would do."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.actions.stop import resume_all
from orchestrator.engine.actions.stop import stop as stop_all
from orchestrator.engine.context import Context
from orchestrator.engine.forecasting import Outlook, look_ahead
from outreach.documents import Document, parse_document
from outreach.errors import Rejected
from storage import progress, reports
from storage.database import transaction
from storage.progress import Progress
from web.api.campaign_shapes import (
    Applied,
    Campaign,
    CampaignInFull,
    Campaigns,
    Counts,
    FollowUps,
    NewDocument,
    Standing,
)
from web.api.door import OPERATOR, VIEWER, Caller
from web.api.lead_shapes import Done
from web.api.once import Sent, once
from web.api.values import Name

Deed = Callable[[Context, AsyncConnection, str, Actor], Awaitable[str]]
DEEDS: Final[dict[str, tuple[Deed, str]]] = {
    "launch": (deeds.launch, "Begin now, or at the campaign's own start."),
    "pause": (deeds.pause, "Start nothing new; calls that run go on to their end."),
    "resume": (deeds.resume, "Go on where it was paused."),
    "cancel": (deeds.cancel, "End it for good: nothing new starts."),
    "archive": (deeds.archive, "Put away what is over or was never launched."),
}


def add(router: APIRouter, ctx: Context) -> None:
    _reading(router, ctx)
    for word in DEEDS:
        _deed(router, ctx, word)
    _writing(router, ctx)


def _reading(router: APIRouter, ctx: Context) -> None:
    @router.get("/campaigns", tags=["campaigns"], summary="List campaigns")
    async def listed(who: Annotated[Caller, Depends(VIEWER)]) -> Campaigns:
        async with transaction(ctx.database) as tx:
            found = await progress.of_all(tx)
        return Campaigns(items=[Campaign.model_validate(one) for one in found])

    @router.get("/campaigns/{name}", tags=["campaigns"], summary="Get a campaign with counts")
    async def one(name: Name, who: Annotated[Caller, Depends(VIEWER)]) -> CampaignInFull:
        async with transaction(ctx.database) as tx:
            found = await known_campaign(tx, name)
            document = await ctx.library.campaign(tx, found.name, found.version)
            counts = Counts(
                statuses=await reports.count_statuses(tx, found.id),
                work=await reports.count_work(tx, found.id),
                blocked=await reports.count_blocked(tx, found.id),
                outcomes=await reports.count_outcomes(tx, found.id),
                follow_ups=FollowUps.model_validate(await reports.count_follow_ups(tx, found.id)),
            )
        said = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        known = Campaign.model_validate(found).model_dump()
        return CampaignInFull(**known, counts=counts, document=said)

    @router.get("/campaigns/{name}/forecast", tags=["campaigns"], summary="Look ahead")
    async def forecast(name: Name, who: Annotated[Caller, Depends(VIEWER)]) -> Outlook:
        """What it would do from now on: who, when, how many an hour, until when, how dear."""
        async with transaction(ctx.database) as tx:
            found = await known_campaign(tx, name)
            return await look_ahead(
                tx,
                found.id,
                rulebook=ctx.rulebook,
                marks=ctx.marks,
                prices=ctx.prices,
                library=ctx.library,
            )


def _deed(router: APIRouter, ctx: Context, word: str) -> None:
    act, about = DEEDS[word]

    @router.post(
        f"/campaigns/{{name}}/{word}",
        tags=["campaigns"],
        name=word,
        summary=f"{word.capitalize()} a campaign",
        description=about,
    )
    async def do(name: Name, who: Annotated[Caller, Depends(OPERATOR)]) -> Standing:
        async with transaction(ctx.database) as tx:
            return Standing(name=name, status=await act(ctx, tx, name, who.actor))


def _writing(router: APIRouter, ctx: Context) -> None:
    @router.post(
        "/documents", tags=["campaigns"], response_model=Applied, summary="Apply a document"
    )
    async def publish(
        new: NewDocument, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """A campaign, an agent or a template becomes a new version when it changed."""
        document = _parsed(new)

        async def deed(tx: AsyncConnection) -> Applied:
            done = await apply(ctx, tx, document, who.actor, based_on=new.based_on)
            return Applied.model_validate(done)

        return await once(ctx, sent, who, 200, deed)

    @router.post("/stop", tags=["stop"], summary="Stop everything")
    async def stop(who: Annotated[Caller, Depends(OPERATOR)]) -> Done:
        """Nobody is contacted any more, in any campaign, until the stop is lifted."""
        async with transaction(ctx.database) as tx:
            return Done(changed=await stop_all(tx, who.actor))

    @router.post("/resume", tags=["stop"], summary="Lift the stop")
    async def lift(who: Annotated[Caller, Depends(OPERATOR)]) -> Done:
        async with transaction(ctx.database) as tx:
            return Done(changed=await resume_all(tx, who.actor))


async def known_campaign(tx: AsyncConnection, name: str) -> Progress:
    """Raises Rejected for an unknown one."""
    found = await progress.of_one(tx, name)
    if found is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name}.",
            fix="GET /campaigns lists those that there are.",
            where="name",
        )
    return found


def _parsed(new: NewDocument) -> Document:
    """All that is wrong is told at once."""
    found = parse_document(new.document, lambda _: "document")
    if not isinstance(found, tuple):
        return found
    first = found[0]
    raise Rejected(
        first.code, first.message, first.fix, first.where, tuple(str(one) for one in found)
    )
