"""A trigger: what happens of itself when a company moves, wakes up or falls silent."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from outreach.accounts.journey_steps import Stage
from outreach.accounts.touchpoint import Type
from outreach.document import Line, Part, Slug, Text
from outreach.lead import Status
from outreach.spans import IsoSpan

NEVER_SET = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT, Status.NEW})


class NewTouchpoint(Part):
    score: Annotated[int, Field(ge=1, le=100)]
    """It weighs at least so much."""
    types: Annotated[tuple[Type, ...], Field(max_length=9)] = ()
    """Only these; empty: any."""


class TriggerWhen(Part):
    """Exactly one of them."""

    stage: Stage | None = None
    """A company has come up to this stage."""
    touchpoint: NewTouchpoint | None = None
    """Somebody has just done something important."""
    needs_attention: Literal[True] | None = None
    """A company is ready for a colleague."""
    silent_for: IsoSpan | None = None
    """Nobody of a company has done anything for so long."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError("give one of stage, touchpoint, needs_attention and silent_for")
        if self.stage is Stage.TARGET:
            raise ValueError("every company begins as a target; name a later stage")
        if self.silent_for is not None and not timedelta(days=1) <= self.silent_for:
            raise ValueError("silence is noticed once a day: write P1D or more")
        return self


class Enrol(Part):
    campaign: Slug
    """The campaign that people of the company are brought into."""
    at_most: Annotated[int, Field(ge=1, le=20)] = 2
    """People of one company in that campaign."""
    titles: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    """Words of titles, whom to prefer first; who fits none comes after them, the newest first."""


class TriggerThen(Part):
    enrol: Enrol | None = None
    """Bring people into a campaign, by its own rules and with their consent."""
    task: Text | None = None
    """What a colleague is asked to do."""
    status: Status | None = None
    """What the company's open leads become; never lower than they are."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.enrol is None and self.task is None and self.status is None:
            raise ValueError("say what follows: enrol, task or status")
        if self.status in NEVER_SET:
            raise ValueError(f"{self.status} is nothing that a trigger may say of people")
        return self


class Trigger(Part):
    kind: Literal["trigger"]
    """What this document is."""
    name: Slug
    """Its own; another name is another trigger."""
    title: Line
    """For people."""
    when: TriggerWhen
    """What sets it off."""
    stages: Annotated[tuple[Stage, ...], Field(max_length=4)] = ()
    """Only while the company stands in one of these; empty: in any."""
    then: TriggerThen
    """What follows."""
    cooldown: IsoSpan = timedelta(days=30)
    """How long it leaves one company alone after it was set off."""
    enabled: bool = True
    """False: it does nothing."""
