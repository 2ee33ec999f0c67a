"""The section `calendar`: when colleagues can meet somebody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import Field, field_validator, model_validator

from orchestrator.sections.section import Positive, Section, known_zone
from outreach.hours import WeeklyHours
from outreach.meetings import Availability


class Calendar(Section):
    """When colleagues can meet somebody; agents book these times."""

    zone: str = Field("UTC", description="On whose clock the hours are, such as Europe/Berlin.")
    hours: Mapping[str, str | list[str]] = Field(
        description='Hours for meetings, such as {mon-fri: "09:00-17:00"}.'
    )
    length: timedelta = Field(
        timedelta(minutes=30),
        ge=timedelta(minutes=5),
        le=timedelta(hours=8),
        description="How long a meeting takes; they begin one after the other.",
    )
    notice: timedelta = Field(
        timedelta(hours=2), ge=timedelta(0), description="The earliest start, from now."
    )
    horizon: timedelta = Field(
        timedelta(days=30),
        gt=timedelta(0),
        le=timedelta(days=366),
        description="The latest start, from now.",
    )
    at_once: Positive = Field(1, le=1000, description="Meetings that may run at the same time.")

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return known_zone(name)

    @model_validator(mode="after")
    def _some_meeting_fits(self) -> Self:
        minutes = self.length.total_seconds() / 60
        if minutes % 1:
            raise ValueError("length must be whole minutes")
        hours = WeeklyHours.parse(self.hours)
        if not any(end - start >= minutes for day in hours.days for start, end in day):
            raise ValueError("no meeting of this length fits into the hours of the week")
        return self

    @property
    def availability(self) -> Availability:
        return Availability(
            zone=self.zone,
            hours=WeeklyHours.parse(self.hours),
            length=self.length,
            notice=self.notice,
            horizon=self.horizon,
            at_once=self.at_once,
        )
