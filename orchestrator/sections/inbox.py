"""The section `inbox`: how people work in conversations."""

from datetime import timedelta

from pydantic import Field, field_validator

from orchestrator.sections.section import Section
from outreach.variables import checked


class Inbox(Section):
    """How people work in conversations."""

    returns_after: timedelta = Field(
        timedelta(hours=4),
        ge=timedelta(minutes=1),
        description="When the agent speaks again in a conversation that a colleague has and leaves"
        " alone.",
    )
    canned: dict[str, str] = Field(
        default_factory=dict,
        description='Replies to insert, by name; they may say `{{ first_name | default: "there" }}`'
        " and the like.",
    )

    @field_validator("canned")
    @classmethod
    def _replies_are_texts(cls, given: dict[str, str]) -> dict[str, str]:
        for name, reply in given.items():
            try:
                checked(reply)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return given
