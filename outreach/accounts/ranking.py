"""In which order companies stand: by fit, then stage, then journey, then the last touch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.accounts.fit import Label

STAGES: Final = ("target", "education", "solution", "evaluation")
"""Of a company's journey, the least far first."""
LABELS: Final = (Label.STRONG, Label.MODERATE, Label.UNKNOWN, Label.NOT_A_FIT)
"""The best first."""
LISTED: Final = frozenset({Label.STRONG, Label.MODERATE})
"""Companies that everybody sees; the others stand behind a filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What companies are ranked by."""

    label: Label
    stage: str
    journey: int
    """The journey's score; more is further."""
    last_touch_at: datetime | None


def rank(one: Standing) -> tuple[int, int, int, float]:
    """Sorts companies, the best first."""
    touched = one.last_touch_at.timestamp() if one.last_touch_at else float("-inf")
    return (LABELS.index(one.label), -STAGES.index(one.stage), -one.journey, -touched)
