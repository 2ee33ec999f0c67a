"""Companies on the terminal: lines of a list, one company in full, and both as JSON."""

from dataclasses import asdict

from orchestrator.commands.output import Output
from orchestrator.engine.companies.viewing import Viewed
from outreach.accounts.job_title import in_words
from outreach.telling.codes import readable, status
from outreach.telling.companies import MEETS, SOURCES, field_words, label, verdict
from storage.company_lists import CompanyRow


def listed(row: CompanyRow) -> dict[str, object]:
    """What fits a line."""
    return {
        "id": row.id,
        "name": row.name,
        "fit": label(row.fit.shown) + (" (kept)" if row.fit.kept else ""),
        "score": f"{row.fit.score} %" if row.fit.score is not None else "",
        "stage": readable(row.journey_stage),
        "industry": row.industry,
        "employees": row.employees,
        "people": row.people,
        "outreach": readable(row.outreach),
    }


def row_data(row: CompanyRow) -> dict[str, object]:
    """A line with everything that is known, and the fit that counts beside the computed one."""
    return {**asdict(row), "fit_label": row.fit.shown.value}


def view_data(viewed: Viewed) -> dict[str, object]:
    return {**asdict(viewed), "fit_label": viewed.company.fit.shown.value}


def tell(output: Output, viewed: Viewed) -> None:
    """One company for a person to read."""
    company, fit = viewed.company, viewed.company.fit
    output.say(f"{company.name}  {company.id}")
    output.say(f"  domains: {', '.join(company.domains) or 'none known'}")
    by = " by hand" if fit.override else ""
    output.say(f"  fit: {label(fit.shown)}{by}. {_why(viewed)}")
    output.say(f"  journey: {readable(company.journey_stage)}; {readable(viewed.outreach)}")
    if fit.reasons:
        output.rows(
            ("criterion", "weight", "field", "verdict"),
            [
                {
                    "criterion": one.criterion,
                    "weight": one.weight,
                    "field": readable(one.field),
                    "verdict": MEETS[one.meets],
                }
                for one in fit.reasons
            ],
        )
    if company.profile:
        output.rows(
            ("known", "value", "source", "at"),
            [
                {
                    "known": field_words(name),
                    "value": ", ".join(k.value) if isinstance(k.value, tuple) else k.value,
                    "source": SOURCES[k.source],
                    "at": k.at,
                }
                for name, k in company.profile.items()
            ],
        )
    if viewed.committee:
        output.rows(
            ("person", "title", "role", "relevance"),
            [
                {
                    "person": one.person.name,
                    "title": one.person.title,
                    "role": in_words(one.person.buying_role, one.person.department),
                    "relevance": f"{one.relevance.percent} %",
                }
                for one in viewed.committee
            ],
        )
    if viewed.leads:
        output.rows(
            ("lead", "name", "campaign", "status"),
            [
                {
                    "lead": one.id,
                    "name": one.name,
                    "campaign": one.campaign,
                    "status": status(one.status),
                }
                for one in viewed.leads
            ],
        )


def _why(viewed: Viewed) -> str:
    fit = viewed.company.fit
    if not fit.version:
        return "It was never measured: there is no profile."
    return verdict(fit.label, fit.score, fit.coverage, fit.disqualified)
