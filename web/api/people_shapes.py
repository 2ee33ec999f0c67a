"""What people allow and forbid, as programs send and get it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from outreach.campaign import Purpose
from web.api.values import Given, Shown, Text, Word

Channel = Literal["any", "voice", "whatsapp"]


class Point(Given):
    """A number or an address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"point": "+12125550123"}]})

    point: Word = Field(description="E.164 or an e-mail address.")


class Suppression(Shown):
    """Somebody who must not be contacted."""

    id: UUID
    kind: str = Field(description="phone, email, company or country")
    value: str
    scope: str = Field(description="`all`, or a channel.")
    reason: str
    source: str
    campaign: str | None = Field(description="Null: in every campaign.")
    created_at: datetime
    created_by: str
    lifted_at: datetime | None
    lifted_by: str | None


class Suppressions(Shown):
    """Newest first."""

    items: list[Suppression]
    after: UUID | None


class Consent(Shown):
    """Something that somebody allowed or took back; the newest word counts."""

    id: UUID
    contact_id: UUID
    state: str = Field(description="granted or revoked")
    purpose: str
    channel: str
    basis: str
    source: str
    proof: str | None
    wording: str | None
    given_at: datetime | None
    recorded_at: datetime
    recorded_by: str


class Consents(Shown):
    """Newest first, two hundred at most."""

    items: list[Consent]


class NewConsent(Given):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"basis": "web_form", "proof": "form 17 of 2031-03-04"}]}
    )

    basis: Word
    proof: Word = Field(description="Where it can be looked up.")
    purpose: Literal["any"] | Purpose = "any"
    channel: Channel = "any"
    wording: Text | None = Field(None, description="What they were asked.")
    given_at: AwareDatetime | None = None


class Withdrawal(Given):
    model_config = ConfigDict(json_schema_extra={"examples": [{"basis": "asked_by_letter"}]})

    basis: Word = Field("withdrawn", description="How it was taken back, as a code.")
    purpose: Literal["any"] | Purpose = "any"
    channel: Channel = "any"
