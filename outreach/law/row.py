"""One jurisdiction's rules as they stand in the table, with where they come from."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from outreach.campaign import Purpose
from outreach.caps import LONGEST_CAP
from outreach.document import Line, Part
from outreach.law.day_hours import HoursText
from outreach.law.rests import After
from outreach.spans import IsoSpan

UNLISTED: Final = "unlisted"
"""The row of whatever has none, and the place of somebody of whom no country is known."""


def _quoted(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('write ids in quotation marks: NO without them is "false" to YAML')
    return value


Id = Annotated[
    str,
    BeforeValidator(_quoted),
    StringConstraints(pattern=r"^(?:[A-Z]{2}(?:-[A-Za-z-]+)?|unlisted)$"),
]
Calendar = Annotated[str, StringConstraints(pattern=r"^(?:[A-Z]{2}(?:-[A-Z]{2,3}|/\*)?|national)$")]
"""`IT` keeps the nation's holidays, `US-AL` those of a part, `DE/*` those of any part."""

Source = Annotated[str, StringConstraints(min_length=1, max_length=600)]

Need = Literal["express", "written"]
Opening = Literal["identity", "ai", "recording", "permission"]
"""What the first words must say: who calls, that it is no human, that it is recorded, and ask
whether to go on."""


class RowCap(Part):
    limit: Annotated[int, Field(ge=1)]
    """Contacts with one person, answered or not."""
    within: Annotated[IsoSpan, Field(le=LONGEST_CAP)]
    """In any stretch of this length, thirty days at most."""


class Rest(Part):
    """How long somebody is left alone after something."""

    after: After
    lasts: IsoSpan | Literal["forever"]


class Consent(Part):
    """What must be on record before an artificial voice or a message reaches somebody."""

    marketing: Need
    other: Need
    """For every other purpose."""


class Registry(Part):
    """A public list of people who want no calls; whoever calls screens against it."""

    name: Line
    every: IsoSpan | None = None
    """How old a copy may be; None: nobody says."""
    spares: tuple[Purpose, ...] = ()
    """Purposes that it does not bind; empty where we are not sure that it spares any."""
    yields_to: Need | None = None
    """The consent that beats it; None: none, as far as we are sure."""


class Row(Part):
    id: Id
    name: Line
    purposes: tuple[Purpose, ...] = ()
    """It binds campaigns of these purposes alone; empty: of every one."""
    hours: HoursText
    holidays: Calendar | None = None
    """None: it keeps none."""
    caps: tuple[RowCap, ...] = ()
    rests: tuple[Rest, ...] = ()
    consent: Consent | None = None
    """None: it asks for nothing beyond what its country asks for."""
    opening: tuple[Opening, ...] = ()
    registry: Registry | None = None
    effect: Literal["law", "code", "advice", "policy"]
    """A statute, an industry's code, what a regulator advises, or our own caution."""
    says: Line
    """The rule in our own words."""
    basis: str = ""
    """Where it is written down."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    checked_by: Literal["statute", "commentary", "dialer", "memory"]
    """What was read: the text itself, lawyers' and vendors' pages, a dialer's defaults, nothing."""
    checked_on: date
    confidence: Literal["high", "medium", "low"]

    @property
    def country(self) -> str:
        return self.id.partition("-")[0]

    def binds(self, purpose: Purpose) -> bool:
        return not self.purposes or purpose in self.purposes


class Table(Part):
    """A file of rows."""

    version: Literal[1]
    jurisdictions: tuple[Row, ...]
