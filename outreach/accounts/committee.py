"""Who of a company's people leans in just now, and who speaks for us among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach.accounts.touchpoint import AUTOMATIC, Act
from outreach.outcome import Outcome

FORTNIGHT: Final = timedelta(days=14)
CHAMPION_WITHIN: Final = timedelta(days=30)
CHAMPION_FROM: Final = 2
"""So many touchpoints that went well make somebody a champion."""
WENT_WELL: Final = frozenset(
    {
        Outcome.INTERESTED,
        Outcome.QUALIFIED,
        Outcome.MEETING_BOOKED,
        Outcome.CALLBACK_REQUESTED,
    }
)


class Leaning(StrEnum):
    IN = "in"
    STEADY = "steady"
    OUT = "out"
    QUIET = "quiet"
    """Nothing for four weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One touchpoint of somebody, never noise."""

    at: datetime
    act: Act
    outcome: Outcome | None = None
    """Of the conversation that it was; None where it was none, or nobody has said it."""

    @property
    def went_well(self) -> bool:
        return self.act in AUTOMATIC or self.outcome in WENT_WELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What somebody's touchpoints say of them now."""

    recent: int = 0
    """Touchpoints of the last fourteen days."""
    before: int = 0
    """Of the fourteen days before those."""
    is_champion: bool = False

    @property
    def leaning(self) -> Leaning:
        if not self.recent and not self.before:
            return Leaning.QUIET
        if self.recent == self.before:
            return Leaning.STEADY
        return Leaning.IN if self.recent > self.before else Leaning.OUT


def interest(touches: Sequence[Touch], now: datetime) -> Interest:
    """Of one person's touchpoints, in any order; what lies ahead of `now` is left out."""
    ages = [now - one.at for one in touches]
    recent = sum(timedelta(0) <= age < FORTNIGHT for age in ages)
    before = sum(FORTNIGHT <= age < 2 * FORTNIGHT for age in ages)
    well = sum(one.went_well and timedelta(0) <= now - one.at < CHAMPION_WITHIN for one in touches)
    return Interest(recent=recent, before=before, is_champion=well >= CHAMPION_FROM)
