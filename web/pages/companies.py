"""The list of companies by rank, one company, and what a rep does with it."""

from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions import companies as deeds
from orchestrator.engine.actions.companies import NewCompany
from orchestrator.engine.companies.measuring import current_icp
from orchestrator.engine.companies.viewing import wanted_of
from outreach.accounts.ranking import STAGES
from outreach.errors import Rejected
from outreach.telling.companies import field_words
from storage import clock, company_lists
from storage.company_lists import Page, Wanted
from storage.database import transaction
from web.company_page import values, words
from web.console import Console
from web.toast import done, go_on
from web.visitor import REP, VIEWER, Visitor

LONGEST: Final = 200
BOARD: Final = 12
"""Companies in a column of the board; the list has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address of the list asks for."""

    q: str = ""
    fit: str = "listed"
    stage: str = ""
    view: str = ""
    """board, or empty for the list."""

    def after(self, cursor: str) -> str:
        return self.address(after=cursor)

    def address(self, **other: str) -> str:
        """The same list with something else about it."""
        kept = {"q": self.q, "fit": self.fit, "stage": self.stage, "view": self.view} | other
        return "/companies?" + urlencode({key: value for key, value in kept.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One stage of the board."""

    stage: str
    companies: Page
    total: int


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    def back(id: UUID, text: str) -> Response:
        return go_on(f"/companies/{id}", done(text), secure=console.secure)

    @router.get("/companies")
    async def listed(
        request: Request, who: Annotated[Visitor, Depends(VIEWER)], after: str | None = None
    ) -> Response:
        asked = _asked(request)
        async with transaction(ctx.database) as tx:
            icp = await current_icp(ctx, tx)
            wanted = wanted_of(asked.fit, asked.stage, asked.q, has_icp=icp is not None)
            page = await company_lists.page(tx, wanted, await clock.now(tx), after=after)
            board = await _board(tx, wanted) if asked.view == "board" else []
            return await console.page(
                request,
                who,
                tx,
                "companies.html",
                asked=asked,
                companies=page,
                total=await company_lists.count(tx, wanted),
                is_first=after is None,
                icp=icp,
                board=board,
                **words(),
            )

    @router.post("/companies/add")
    async def create(
        request: Request,
        who: Annotated[Visitor, Depends(REP)],
        name: Annotated[str, Form(max_length=1000)] = "",
        domain: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        wanted = NewCompany(name=name, domains=tuple(domain.split(",")))
        async with transaction(ctx.database) as tx:
            made = await deeds.add_company(ctx, tx, wanted, who.actor)
        return back(made.id, f"{made.name} is added.")

    @router.get("/companies/{id}")
    async def company(
        request: Request,
        id: str,
        who: Annotated[Visitor, Depends(VIEWER)],
        touchpoints: str = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            found = await values(console, tx, _id(id), noise=touchpoints == "all")
            return await console.page(request, who, tx, "company.html", **found)

    @router.post("/companies/{id}/values")
    async def correct(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        field: Annotated[str, Form(max_length=100)] = "",
        value: Annotated[str, Form(max_length=20_000)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            changed = await deeds.set_values(ctx, tx, id, {field: value}, who.actor)
        said = field_words(field)
        return back(id, f"{said} is saved." if changed else f"{said} says so already.")

    @router.post("/companies/{id}/fit")
    async def decide(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        label: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.override_fit(ctx, tx, id, deeds.read_label(label), who.actor)
        given = (
            "Its fit is computed again." if label == "computed" else "Your word on its fit counts."
        )
        return back(id, given)

    @router.post("/companies/{id}/keep")
    async def keep(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        kept: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            await deeds.keep(tx, id, kept=kept == "yes", actor=who.actor)
        return back(id, "It stays in the list." if kept == "yes" else "Its fit decides again.")

    @router.post("/companies/{id}/merge")
    async def merge(
        request: Request,
        id: UUID,
        who: Annotated[Visitor, Depends(REP)],
        other: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        async with transaction(ctx.database) as tx:
            merged = await deeds.merge_companies(ctx, tx, _id(other), id, who.actor)
        return back(id, f"They are one company now: {merged.name}.")


def _asked(request: Request) -> Asked:
    given = {
        name: request.query_params.get(name, "")[:LONGEST] for name in Asked.__dataclass_fields__
    }
    return Asked(**{name: value for name, value in given.items() if value})


async def _board(tx: AsyncConnection, wanted: Wanted) -> list[Column]:
    """The best of each stage; of one that is asked for, that one alone."""
    now = await clock.now(tx)
    stages = [wanted.stage] if wanted.stage else STAGES
    return [
        Column(
            stage=stage,
            companies=await company_lists.page(tx, own, now, limit=BOARD),
            total=await company_lists.count(tx, own),
        )
        for stage in stages
        for own in [replace(wanted, stage=stage)]
    ]


def _id(text: str) -> UUID:
    """The id in a page's address, or at the end of one that was pasted."""
    try:
        return UUID(text.strip().rstrip("/").rpartition("/")[2])
    except ValueError:
        raise Rejected(
            "unknown_company",
            "There is no such company.",
            "Look for it in the list of companies; its page's address names it.",
        ) from None
