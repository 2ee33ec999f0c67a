"""Campaigns as programs send and get them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from web.api.values import Given, Shown


class Campaign(Shown):
    """How far it has come."""

    id: UUID
    name: str
    title: str
    status: str
    status_reason: str | None
    agent_name: str
    version: int = Field(description="Of its document.")
    concurrency: int
    channels: list[str]
    created_at: datetime
    launched_at: datetime | None
    held_until: datetime | None
    held_reason: str | None
    leads: int
    ended: int
    blocked: int
    in_flight: int
    qualified: int
    engaged: int
    next_due_at: datetime | None


class Campaigns(Shown):
    """Those at work first."""

    items: list[Campaign]


class FollowUps(Shown):
    planned: int
    fired: int
    cancelled: int


class Counts(Shown):
    statuses: dict[str, int] = Field(description="Leads by status.")
    work: dict[str, int] = Field(description="Leads by what is owed to them.")
    blocked: dict[str, int] = Field(description="Blocked leads by reason.")
    outcomes: dict[str, dict[str, int]] = Field(description="Ended attempts by channel.")
    follow_ups: FollowUps


class CampaignInFull(Campaign):
    counts: Counts
    document: dict[str, Any] = Field(description="As it was applied, without defaults.")


class NewDocument(Given):
    """A campaign, an agent or a template; the keys of the reference of documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document": {
                        "kind": "campaign",
                        "name": "spring",
                        "title": "Spring",
                        "goal": "Offer a demo.",
                        "purpose": "service",
                        "agent": "ada",
                        "steps": [{"channel": "voice"}],
                    },
                    "based_on": 0,
                }
            ]
        }
    )

    document: Mapping[str, Any]
    based_on: int = Field(
        0, ge=0, le=1_000_000, description="The version it started from; 0: it is new."
    )


class Difference(Shown):
    path: str
    before: Any
    after: Any


class Applied(Shown):
    kind: str
    name: str
    version: int
    changed: bool = Field(description="False: the newest version says exactly this.")
    differences: list[Difference]
    replans: list[UUID] = Field(description="Campaigns whose plans are looked at anew.")


class Standing(Shown):
    name: str
    status: str
