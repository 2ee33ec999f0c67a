"""What a campaign asks of each row: its steps, its texts, its hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.engine.imports.request import FileConsent
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.csv_rows import ColumnMap
from outreach.hours import WeeklyHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything a row is judged by that no database is asked for; goes to the parser's process."""

    campaign: Campaign
    columns: ColumnMap
    needed: Mapping[ChannelName, frozenset[str]]
    """Variables of the lead that the texts of a channel use without a default."""
    consent: FileConsent | None
    now: datetime
    """Business time at which the import began."""
    hours: tuple[WeeklyHours, ...] = ()
    """The deployment's own, beside the campaign's."""
