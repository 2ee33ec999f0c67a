"""How good a lead is, 0 to 100, and of what parts that is made."""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final


class Source(StrEnum):
    """How we came to know somebody."""

    INBOUND_FORM = "inbound_form"
    REFERRAL = "referral"
    CRM = "crm"
    MANUAL = "manual"
    PARTNER_API = "partner_api"
    CSV = "csv"
    DISCOVERY = "discovery"
    PURCHASED = "purchased"


RELIABLE: Final[dict[Source, int]] = {
    Source.INBOUND_FORM: 20,
    Source.REFERRAL: 18,
    Source.CRM: 16,
    Source.MANUAL: 14,
    Source.PARTNER_API: 12,
    Source.CSV: 10,
    Source.DISCOVERY: 6,
    Source.PURCHASED: 2,
}
SCALE: Final = 120.0
"""The engagement at which two thirds of its points are earned."""
UNANSWERED: Final = 3
"""So many in a row cost points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What is known of a lead; all False and 0 is nothing."""

    source: Source
    phone: bool = False
    phone_is_bad: bool = False
    """It is invalid or disconnected."""
    email: bool = False
    email_bounced: bool = False
    first_name: bool = False
    last_name: bool = False
    whatsapp: bool = False
    title: bool = False
    company: bool = False
    domain: bool = False
    industry: bool = False
    size: bool = False
    place: bool = False
    """A country or a time zone."""
    engagement: float = 0.0
    """Of the contact alone (`outreach.accounts.engagement`)."""
    unanswered: int = 0
    """Attempts in a row that reached nobody, the last ones."""
    is_suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The parts; penalties are negative."""

    contact: int
    company: int
    source: int
    engagement: int
    penalties: int
    total: int | None
    """0 to 100; None: they are suppressed, and it means nothing."""

    def breakdown(self) -> dict[str, int | None]:
        return asdict(self)


def quality(facts: LeadFacts) -> Quality:
    """Score a lead, with the parts that the score is made of."""
    contact, company = _contact(facts), _company(facts)
    source = RELIABLE[facts.source]
    engagement = round(30 * (1 - math.exp(-facts.engagement / SCALE)))
    penalties = -(
        12 * facts.phone_is_bad + 5 * (facts.unanswered >= UNANSWERED) + 5 * facts.email_bounced
    )
    total = max(0, min(100, contact + company + source + engagement + penalties))
    return Quality(
        contact=contact,
        company=company,
        source=source,
        engagement=engagement,
        penalties=penalties,
        total=None if facts.is_suppressed else total,
    )


def _contact(facts: LeadFacts) -> int:
    names = facts.first_name + facts.last_name
    return (
        12 * (facts.phone and not facts.phone_is_bad)
        + 5 * (facts.email and not facts.email_bounced)
        + {0: 0, 1: 3, 2: 5}[names]
        + 4 * facts.whatsapp
        + 4 * facts.title
    )


def _company(facts: LeadFacts) -> int:
    return (
        6 * facts.company + 4 * facts.domain + 4 * facts.industry + 3 * facts.size + 3 * facts.place
    )
