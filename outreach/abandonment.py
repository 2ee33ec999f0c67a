"""Do too many people who answer hear nothing of ours in time?

A call is abandoned when two seconds after the answer, or after the end of the greeting with which
it was answered, nobody of ours has begun to speak. Machines do not count, nor who hung up sooner.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

IN_TIME: Final = timedelta(seconds=2)
SPAN: Final = timedelta(days=30)
"""Over which the share is measured, campaign by campaign."""
MOST_PERCENT: Final = 3.0
"""What the law of the United States bears; a deployment may bear less."""
LEAST: Final = 2
"""Abandoned calls; a single one is an accident in whatever small number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A campaign's calls that people answered within the span."""

    calls: int = 0
    abandoned: int = 0

    @property
    def percent(self) -> float:
        return 100.0 * self.abandoned / self.calls if self.calls else 0.0

    def is_too_much(self, most_percent: float) -> bool:
        return self.abandoned >= LEAST and self.percent > most_percent
