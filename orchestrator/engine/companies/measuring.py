"""Measures companies by the newest profile, and says what changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.accounts.fit import fit
from outreach.accounts.icp_document import Icp
from outreach.events import Kind
from storage import documents
from storage.companies import Company, Measured
from storage.documents import Named
from storage.events import ENGINE, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentIcp:
    """The profile that counts."""

    version: int
    document: Icp


async def current_icp(ctx: Context, tx: AsyncConnection) -> CurrentIcp | None:
    """None where nobody has applied one."""
    names = await documents.list_names(tx, "icp")
    if not names:
        return None
    named = Named("icp", names[0])
    version, document = (await ctx.library.newest(tx, [named]))[named]
    assert isinstance(document, Icp), "the kind says what it is"
    return CurrentIcp(version=version, document=document)


def measured(company: Company, icp: CurrentIcp | None) -> Company:
    """The same company with its fit as it is now; what a person decided stays."""
    if icp is None:
        return company
    found = fit(icp.document.criteria, company.values)
    now_fits = replace(
        company.fit,
        version=icp.version,
        label=found.label,
        score=None if found.score is None else _percent(found.score),
        coverage=_percent(found.coverage),
        reasons=found.reasons,
    )
    return replace(company, fit=now_fits)


def _percent(share: Fraction) -> int:
    """Rounded down: what is shown as 75 % is no less."""
    return int(share * 100)


def told_fits(
    pairs: Iterable[tuple[Company, Company]], at: datetime, actor: str = ENGINE
) -> list[Event]:
    """What to remember of companies before and after: those whose fit is another one."""
    return [
        Event(
            kind=Kind.COMPANY_FIT,
            at=at,
            actor=actor,
            company_id=after.id,
            data={
                "from": before.fit.shown.value,
                "to": after.fit.shown.value,
                "score_from": before.fit.score,
                "score_to": after.fit.score,
                "version": after.fit.version,
            },
        )
        for before, after in pairs
        if _seen(before.fit) != _seen(after.fit)
    ]


def _seen(one: Measured) -> tuple[object, ...]:
    return (one.shown, one.score, one.override)
