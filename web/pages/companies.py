"""The list of companies by rank, one company, and what a rep does with it."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions import companies as deeds
from orchestrator.engine.actions.companies import NewCompany
from orchestrator.engine.companies.measuring import current_icp
from orchestrator.engine.companies.viewing import view, wanted_of
from outreach.accounts.company_profile import FIELDS, Known, Shape
from outreach.accounts.fit import Label, Meets
from outreach.accounts.job_title import SENIORITY_WORDS, department_words, in_words
from outreach.accounts.ranking import LABELS, STAGES
from outreach.errors import Rejected
from outreach.telling.companies import LABELS as LABEL_WORDS
from outreach.telling.companies import MEETS, SOURCES, field_words, verdict
from outreach.telling.events import tell
from outreach.telling.setting import Setting
from storage import accounts, clock, company_contacts, company_lists
from storage.companies import Measured
from storage.database import transaction
from web.console import Console
from web.rendering import count
from web.toast import done, go_on
from web.visitor import REP, VIEWER, Visitor

LONGEST: Final = 200
TONES: Final = {
    Label.STRONG: "good",
    Label.MODERATE: "info",
    Label.UNKNOWN: "calm",
    Label.NOT_A_FIT: "bad",
}
MARKS: Final = {
    Meets.YES: "good",
    Meets.NEARLY: "warn",
    Meets.NO: "bad",
    Meets.UNKNOWN: "calm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address of the list asks for."""

    q: str = ""
    fit: str = "listed"
    stage: str = ""

    def after(self, cursor: str) -> str:
        kept = {"q": self.q, "fit": self.fit, "stage": self.stage}
        return "/companies?" + urlencode(
            {key: value for key, value in kept.items() if value} | {"after": cursor}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One field of a profile as the page shows it."""

    name: str
    known: Known | None
    text: str
    """As it stands in its form."""

    @property
    def said(self) -> str:
        """As people read it."""
        return (
            count(int(self.text)) if FIELDS[self.name] is Shape.NUMBER and self.text else self.text
        )

    @property
    def title(self) -> str:
        return field_words(self.name)


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
                stages=STAGES,
                **_words(),
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
        request: Request, id: str, who: Annotated[Visitor, Depends(VIEWER)]
    ) -> Response:
        async with transaction(ctx.database) as tx:
            values = await _values(console, tx, _id(id))
            return await console.page(request, who, tx, "company.html", **values)

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


def _words() -> dict[str, object]:
    return {
        "labels": LABELS,
        "label_words": LABEL_WORDS,
        "fit_tones": TONES,
        "marks": MARKS,
        "meets_words": MEETS,
        "source_words": SOURCES,
        "why_fit": _why,
        "role_words": in_words,
        "seniority_words": SENIORITY_WORDS,
        "department_words": department_words,
        "field_words": field_words,
    }


def _why(fit: Measured) -> str:
    """Why the fit is what was computed."""
    if not fit.version:
        return "It was not measured yet."
    return verdict(fit.label, fit.score, fit.coverage, fit.disqualified)


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


async def _values(console: Console, tx: AsyncConnection, id: UUID) -> dict[str, object]:
    viewed = await view(console.ctx, tx, id)
    company = viewed.company
    setting = Setting(names=await accounts.names(tx))
    return {
        "viewed": viewed,
        "company": company,
        "fields": [_shown(name, company.profile.get(name)) for name in FIELDS],
        "history": [
            (one.at, tell(one.kind, one.actor, one.data, setting))
            for one in await company_contacts.history_of(tx, id)
        ],
        **_words(),
    }


def _shown(name: str, known: Known | None) -> Shown:
    if known is None:
        return Shown(name=name, known=None, text="")
    value = known.value
    return Shown(
        name=name,
        known=known,
        text=", ".join(value) if isinstance(value, tuple) else str(value),
    )
