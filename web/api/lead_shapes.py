"""A lead as programs send and get it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from orchestrator.engine.actions.person_row import Person
from orchestrator.engine.imports.request import FileConsent
from outreach.lead import Status, Work
from storage.lead_rows import LeadRow
from web.api.problems import Problem
from web.api.values import Given, Name, Shown, Text, Word

FieldValue = Text | int | float | bool | None
EXAMPLE: Final[JsonDict] = {
    "campaign": "spring",
    "phone": "+12125550123",
    "first_name": "Ada",
    "company": "Example Ltd",
    "fields": {"plan": "team"},
    "consent": {"basis": "web_form", "proof": "form 17 of 2031-03-04"},
}
WHO: Final = (
    "phone",
    "whatsapp",
    "email",
    "first_name",
    "last_name",
    "company",
    "title",
    "country",
    "language",
    "time_zone",
    "owner",
    "not_before",
)
"""What a list's columns are called that are no field of a campaign's own."""


class ConsentGiven(Given):
    """What they agreed to, and where that can be looked up."""

    basis: Word = Field(examples=["web_form"])
    proof: Word = Field(examples=["form 17 of 2031-03-04"])


class Known(Given):
    """What is known of somebody; checked like a row of a list."""

    phone: Text | None = Field(None, description="E.164, as +12125550123.")
    whatsapp: Text | None = Field(None, description="A number, or `yes` for the phone's.")
    email: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    title: Text | None = None
    country: Text | None = Field(None, description="ISO 3166, as US.")
    language: Text | None = Field(None, description="As en or pt-BR.")
    time_zone: Text | None = Field(None, description="As America/New_York.")
    owner: Text | None = None
    not_before: Text | None = Field(None, description="A day or a time: nobody calls earlier.")
    fields: Mapping[Word, FieldValue] = Field({}, description="The campaign's own fields.")

    @property
    def said(self) -> dict[str, str]:
        """What was sent, by the names of a list's columns; null takes a value away."""
        sent = {name: getattr(self, name) for name in WHO if name in self.model_fields_set}
        return {name: _text(value) for name, value in (sent | dict(self.fields)).items()}


class NewLead(Known):
    """Somebody who is to be contacted by a campaign."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    campaign: Name
    consent: ConsentGiven | None = None

    @property
    def person(self) -> Person:
        given = self.consent
        consent = FileConsent(basis=given.basis, proof=given.proof) if given else None
        said = {name: value for name, value in self.said.items() if value}
        return Person(values=said, consent=consent)


class NewLeads(Given):
    """Up to a hundred at once; each is taken or refused by itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leads": [EXAMPLE]}]})

    leads: Sequence[NewLead] = Field(min_length=1, max_length=100)


class LeadChange(Known):
    """Values that are written; what is not sent stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"first_name": "Ada", "fields": {"plan": "team"}}]}
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is to be changed")
        return self


class StatusChange(Given):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "qualified"}]})

    status: Status


class Lead(Shown):
    """One contact worked by one campaign."""

    id: UUID
    campaign: str
    contact_id: UUID = Field(description="The person; the same in every campaign.")
    phone: str | None
    whatsapp: str | None
    email: str | None
    first_name: str
    last_name: str
    company: str | None
    title: str | None
    country: str | None
    language: str | None
    zones: list[str] = Field(description="Where the person may be.")
    fields: dict[str, Any]
    owner: str | None
    status: Status = Field(description="What came of it.")
    work: Work = Field(description="What is owed to it.")
    work_reason: str | None = Field(description="A code of the reference of reasons.")
    recheck_at: datetime | None = Field(description="When a blocked lead is looked at again.")
    next_due_at: datetime | None = Field(description="When the next attempt is due.")
    next_channel: str | None
    not_before: datetime | None
    created_at: datetime


class Leads(Shown):
    """Newest first."""

    items: list[Lead]
    after: str | None = Field(description="Where the next page begins; null: this is the last.")


class Taken(Shown):
    """What became of one of several."""

    lead: Lead | None
    problem: Problem | None = Field(description="Why it was not taken.")


class AllTaken(Shown):
    items: list[Taken] = Field(description="In the order of the request.")
    taken: int


class Contact(Shown):
    """Whether somebody is contacted just now, and when else."""

    now: bool
    due_at: datetime | None = Field(description="The nearest legal time; null: none is planned.")
    channel: str | None
    problem: Problem | None = Field(description="Why not now.")


class Contacted(Shown):
    lead: Lead
    contact: Contact


class Timed(Shown):
    """When somebody is contacted next."""

    due_at: datetime
    zone: str
    channel: str


class NewTime(Given):
    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "tomorrow at 14:30"}]})

    at: Word = Field(description="ISO 8601, or words on the person's own clock.")


class NewNote(Given):
    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "Prefers mornings."}]})

    body: Text = Field(min_length=1)


class NewCampaign(Given):
    model_config = ConfigDict(json_schema_extra={"examples": [{"campaign": "autumn"}]})

    campaign: Name


class Done(Shown):
    """Whether it changed anything; false: it was so before."""

    changed: bool


def shown(row: LeadRow) -> Lead:
    names = set(Lead.model_fields) - {"next_due_at", "next_channel"}
    values = {name: getattr(row, name) for name in names}
    return Lead(**values, next_due_at=row.due_at, next_channel=row.channel)


def _text(value: FieldValue) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
    return str(value).strip()
