"""What this process has done since it began, counted in memory; monitoring adds processes up."""

from dataclasses import dataclass, field
from enum import StrEnum


class Counted(StrEnum):
    """Closed: each is explained and exported in web/metrics.py."""

    CLAIMED = "attempts_claimed"
    REFUSED = "attempts_refused"
    STARTED = "attempts_started"
    LEASES_EXPIRED = "leases_expired"
    WEBHOOKS = "webhooks_received"
    WEBHOOK_SECONDS = "webhook_seconds"
    COST = "cost_micros"


@dataclass(slots=True)
class Counts:
    """Sums by what is counted and one label; they only grow, and begin at zero with the process."""

    sums: dict[tuple[Counted, str], float] = field(default_factory=dict)

    def add(self, what: Counted, label: str = "", by: float = 1) -> None:
        """`label` is a code such as a reason; never anything of a person."""
        self.sums[what, label] = self.sums.get((what, label), 0) + by

    def of(self, what: Counted) -> dict[str, float]:
        """Each label with its sum."""
        return {label: total for (one, label), total in self.sums.items() if one is what}
