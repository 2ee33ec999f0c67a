"""The section `limits`: how much at once, how long at most, how long kept."""

from datetime import timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from orchestrator.sections.section import Positive, Section, known_zone


class Limits(Section):
    """How much at once, how long at most."""

    voice_slots: Positive = Field(20, le=200, description="Calls at once in one process.")
    claim_batch: Positive = Field(200, le=2000, description="Attempts taken by one tick.")
    calls_at_once: Positive | None = Field(
        None, description="Calls in flight of all campaigns and processes; none: by voice_slots."
    )
    calls_per_number: Positive | None = Field(
        None, description="Calls in flight from one number; none: any."
    )
    contacts_per_number_a_day: Positive | None = Field(
        None, description="Calls and opening messages from one number in a day; none: any."
    )
    day_zone: str = Field(
        "UTC", description="The zone whose midnight begins a day of daily caps and budgets."
    )
    overdue_after: timedelta = Field(
        timedelta(hours=4),
        gt=timedelta(0),
        description="After this one place in five goes to whoever waits longest.",
    )
    call_estimate_micros: Positive = Field(
        100_000, description="Millionths that a call counts for in a budget until its price comes."
    )
    message_estimate_micros: Positive = Field(
        50_000, description="The same for an opening message."
    )
    tick: timedelta = Field(timedelta(seconds=1), description="How often due work is looked for.")
    settle: timedelta = Field(
        timedelta(seconds=4), description="A person may finish writing before they are answered."
    )
    drain: timedelta = Field(
        timedelta(minutes=2), description="How long running calls may take when we stop."
    )
    provider_timeout: timedelta = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        description="How long a provider may take to answer an order; then it is asked about.",
    )
    lease: timedelta = Field(
        timedelta(seconds=90),
        description="How long work may lie still before another process takes it up;"
        " at least twice provider_timeout.",
    )
    call_silence: timedelta = Field(
        timedelta(minutes=2),
        ge=timedelta(seconds=1),
        description="How long a call may go unheard of before the provider is asked.",
    )
    absent_for: timedelta = Field(
        timedelta(minutes=2),
        ge=timedelta(seconds=1),
        description="How long a provider must deny an order, asked three times at least, before"
        " it is given anew; longer than its lists lag.",
    )
    events_kept: timedelta = Field(
        timedelta(days=400),
        ge=timedelta(days=92),
        description="Months of history that are older are dropped; counts stay.",
    )
    inbox_kept: timedelta = Field(
        timedelta(days=92),
        ge=timedelta(days=62),
        description="The same for what providers delivered, with their own words.",
    )
    attempts_kept: timedelta = Field(
        timedelta(days=730),
        ge=timedelta(days=92),
        description="So long after a campaign's end its tries without a conversation are removed,"
        " except the last of each lead.",
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.day_zone)

    @field_validator("day_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return known_zone(name)

    @model_validator(mode="after")
    def _lease_outlasts_requests(self) -> Self:
        """A lease that ends first would let two processes give one order."""
        if self.lease < 2 * self.provider_timeout:
            raise ValueError("lease must be at least twice provider_timeout")
        return self
