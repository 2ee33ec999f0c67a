"""What binds one person: the rules of every place they may be in, made ready for asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from outreach.caps import Cap, strictest
from outreach.hours import CivilHours
from outreach.law.places import Places
from outreach.law.rests import RestRule
from outreach.law.row import Need, Opening, Row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Law:
    """Made once for each set of places and purpose; equal to itself alone, so it is a cheap key."""

    places: Places
    rows: tuple[Row, ...]
    """The rules that bind, by id."""
    hours: tuple[CivilHours, ...]
    """Of the rows and of the deployment; all of them at once."""
    caps: tuple[Cap, ...]
    """Nothing lifts these."""
    rests: tuple[RestRule, ...]
    """Nor these."""
    consent: Need
    """What must be on record."""
    consent_by: tuple[str, ...]
    """The rules that ask for it, by id; empty: only we do."""
    recordings_kept: tuple[timedelta, ...]
    """How long the deployment keeps recordings there; empty: it says nothing of that place."""
    transcripts_kept: tuple[timedelta, ...]
    opening: Mapping[Opening, tuple[str, ...]]
    """What the first words must say besides our policy, and by which rules."""

    def caps_with(self, policy: Sequence[Cap], exempt: bool) -> tuple[Cap, ...]:
        """All caps for one attempt; `exempt` lifts our policy and never the law."""
        return strictest(self.caps if exempt else (*self.caps, *policy))


NEEDS: Final[tuple[Need, ...]] = ("express", "written")
"""From the least to the most."""
