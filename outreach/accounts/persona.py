"""How much somebody is whom we want to talk to: .4 by title, .3 by seniority, .3 by department."""

from collections.abc import Iterable
from dataclasses import dataclass

from outreach.accounts.icp_document import Persona
from outreach.accounts.job_title import Department, Seniority, has_any

TITLE, SENIORITY, DEPARTMENT = 40, 30, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody by their place in a company."""

    title: str
    """May be empty."""
    seniority: Seniority | None
    department: Department | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    percent: int
    """0 to 100."""
    persona: str | None = None
    """The one that fits best; None where none fits."""


def relevance(person: Person, personas: Iterable[Persona]) -> Relevance:
    """By the persona that fits best, the first of equals."""
    best = Relevance(percent=0)
    for persona in personas:
        percent = (
            TITLE * has_any(person.title, persona.titles)
            + SENIORITY * (person.seniority in persona.seniority)
            + DEPARTMENT * (person.department in persona.departments)
        )
        if percent > best.percent:
            best = Relevance(percent=percent, persona=persona.id)
    return best
