"""The section `compliance`: rules of this deployment, stricter than the law's and never looser."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from orchestrator.sections.section import Section
from outreach.abandonment import MOST_PERCENT
from outreach.hours import WeeklyHours, deployment_hours
from outreach.law.do_not_call import OLDEST
from outreach.law.tightening import Stricter
from outreach.marks import SHORTEST_KEY
from outreach.spans import IsoSpan

SHORTEST_SECRET: Final = 16
LineType = Literal[
    "landline",
    "mobile",
    "fixedVoip",
    "nonFixedVoip",
    "personal",
    "tollFree",
    "premium",
    "sharedCost",
    "uan",
    "voicemail",
    "pager",
    "unknown",
]


class PreDialSection(Section):
    """Somebody who is asked about each number before it is called; without a yes nobody is."""

    ask: Literal["hook", "twilio_lookup"] = Field(
        description="`hook` asks an address of yours, `twilio_lookup` what kind of line it is."
    )
    url: str | None = Field(None, description="The hook's address; https, or this machine.")
    secret: SecretStr | None = Field(None, description="Signs each question to the hook.")
    allow: tuple[LineType, ...] = Field(
        ("landline", "mobile", "fixedVoip", "nonFixedVoip", "personal"),
        description="Kinds of lines that may be called; a line of no known kind never is.",
    )
    valid_for: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(days=1))] = Field(
        timedelta(hours=1), description="How long an answer holds."
    )
    within: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(seconds=10))] = Field(
        timedelta(seconds=3), description="How long an answer is waited for."
    )

    @model_validator(mode="after")
    def _hook_is_whole(self) -> Self:
        if self.ask != "hook":
            return self
        parts = urlsplit(self.url or "")
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("a hook needs url, which begins with https://")
        if self.secret is None or len(self.secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"a hook needs a secret of {SHORTEST_SECRET} characters or more")
        return self


class Compliance(Section):
    """Rules that hold for every campaign."""

    quiet_hours: Mapping[str, str | list[str]] = Field(
        default_factory=dict,
        description="Local hours in which contact is allowed; they can only narrow 08:00-21:00.",
    )
    jurisdictions: dict[str, Stricter] = Field(
        default_factory=dict,
        description='Stricter rules by country or state, such as "US-FL"; never looser ones.',
    )

    do_not_call_age: Annotated[IsoSpan, Field(gt=timedelta(0), le=OLDEST)] = Field(
        OLDEST,
        description="How old an imported do-not-call list may be before the doctor and"
        " `campaign launch` warn; a country's own rule may ask for less.",
    )

    recordings_kept: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(days=730))] = Field(
        timedelta(days=90), description="How long recordings are kept; less by place."
    )
    transcripts_kept: Annotated[IsoSpan, Field(gt=timedelta(0))] = Field(
        timedelta(days=365), description="How long what was said in calls is kept in words."
    )
    abandoned_percent: float = Field(
        MOST_PERCENT,
        ge=0,
        le=MOST_PERCENT,
        description="How many in a hundred who answer may hear nothing of ours for two seconds,"
        " over 30 days; a campaign above it is paused.",
    )
    pre_dial: PreDialSection | None = Field(
        None, description="Whom to ask about a number before it is called; none: nobody."
    )

    erasure_key: SecretStr | None = Field(
        None,
        description="Marks the numbers of erased persons, who are known again by it alone: 32"
        " characters or more, the same in every process and for ever; none: the private"
        " server's folder has one.",
    )

    @field_validator("erasure_key")
    @classmethod
    def _key_is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().encode()) < SHORTEST_KEY:
            raise ValueError(f"the key must have {SHORTEST_KEY} characters or more")
        return key

    @field_validator("quiet_hours")
    @classmethod
    def _hours_narrow(cls, given: Mapping[str, str | list[str]]) -> Mapping[str, str | list[str]]:
        deployment_hours(given)
        return given

    @property
    def hours(self) -> tuple[WeeklyHours, ...]:
        """What planning and gate intersect with each campaign's own hours."""
        return deployment_hours(self.quiet_hours)
