"""What a campaign asks of each row: its steps, its texts, its hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.engine.imports.request import FileConsent
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.csv_rows import ColumnMap
from outreach.law.rulebook import Rulebook


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
    rulebook: Rulebook
    """What binds each row's person, beside the campaign's own hours and caps."""
