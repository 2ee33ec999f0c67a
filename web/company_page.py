"""One company as its page shows it: profile, fit, journey, and what its people did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.companies.briefing import read
from orchestrator.engine.companies.viewing import view
from outreach.accounts.committee import Leaning
from outreach.accounts.company_profile import FIELDS, Known, Shape
from outreach.accounts.fit import Label, Meets
from outreach.accounts.job_title import SENIORITY_WORDS, department_words, in_words
from outreach.accounts.journey import Journey
from outreach.accounts.journey_steps import WORDS as STEPS
from outreach.accounts.journey_steps import ways_forward
from outreach.accounts.ranking import LABELS, STAGES
from outreach.telling.briefs import PARTS as BRIEF_WORDS
from outreach.telling.companies import LABELS as LABEL_WORDS
from outreach.telling.companies import MEETS, SOURCES, field_words, verdict
from outreach.telling.events import tell
from outreach.telling.setting import Setting
from outreach.telling.touchpoints import what_was_done, why_counted, why_noise
from storage import accounts, clock, company_contacts, touchpoint_lists
from storage.companies import Measured
from storage.touchpoint_lists import Shown as Touchpoint
from web.console import Console
from web.rendering import count

TOUCHPOINTS: Final = 50
"""So many are shown, the newest."""
FORESEEN: Final = 180.0
"""Days; a stage that is farther off gets no date."""
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
LEANINGS: Final = {
    Leaning.IN: ("leaning in", "good"),
    Leaning.STEADY: ("steady", "info"),
    Leaning.OUT: ("leaning out", "warn"),
    Leaning.QUIET: ("quiet", "calm"),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A touchpoint, or noise, as a line of a table."""

    at: datetime
    who: str | None
    """None: somebody of the company."""
    lead_id: UUID | None
    what: str
    score: int | None
    why: str


async def values(
    console: Console, tx: AsyncConnection, id: UUID, *, noise: bool
) -> dict[str, object]:
    """All that the template of a company asks for. Raises Rejected where there is none."""
    viewed = await view(console.ctx, tx, id)
    setting = Setting(names=await accounts.names(tx))
    names = {one.person.id: one.person.name for one in viewed.committee}
    leads = {one.person.id: one.person.lead_id for one in viewed.committee}
    did = await touchpoint_lists.of_company(tx, id, noise=noise, limit=TOUCHPOINTS)
    return {
        "viewed": viewed,
        "company": viewed.company,
        "fields": [_shown(name, viewed.company.profile.get(name)) for name in FIELDS],
        "history": [
            (one.at, tell(one.kind, one.actor, one.data, setting))
            for one in await company_contacts.history_of(tx, id)
        ],
        "journey": viewed.journey,
        "forecast": forecast(viewed.journey, await clock.now(tx)),
        "ways": [STEPS[one] for one in ways_forward(viewed.journey.stage)],
        "did": [_done(one, names, leads) for one in did],
        "noise": noise,
        "brief": await read(tx, viewed.company, await clock.now(tx)),
        "brief_words": BRIEF_WORDS,
        **words(),
    }


def forecast(journey: Journey, now: datetime) -> datetime | None:
    """When the next stage is reached at this pace; None where it does not get nearer."""
    days = journey.days_to_next
    return None if days is None or days > FORESEEN else now + timedelta(days=days)


def words() -> dict[str, object]:
    """How companies are spoken of, on their list and their page."""
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
        "leanings": LEANINGS,
        "stages": STAGES,
    }


def _why(fit: Measured) -> str:
    """Why the fit is what was computed."""
    if not fit.version:
        return "It was not measured yet."
    return verdict(fit.label, fit.score, fit.coverage, fit.disqualified)


def _done(one: Touchpoint, names: dict[UUID, str], leads: dict[UUID, UUID | None]) -> Done:
    why = (
        why_noise(one.data)
        if one.score is None
        else why_counted(one.act, one.attention_ratio, one.depth, one.channel, one.data)
    )
    return Done(
        at=one.at,
        who=names.get(one.contact_id) if one.contact_id else None,
        lead_id=one.lead_id or (leads.get(one.contact_id) if one.contact_id else None),
        what=what_was_done(one.act, one.data),
        score=one.score,
        why=why,
    )


def _shown(name: str, known: Known | None) -> Shown:
    if known is None:
        return Shown(name=name, known=None, text="")
    value = known.value
    return Shown(
        name=name,
        known=known,
        text=", ".join(value) if isinstance(value, tuple) else str(value),
    )
