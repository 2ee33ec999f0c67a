"""Which of the carrier's habits can be set, and what are they unless somebody sets them?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """Seconds of carrier time (divided by the speed) where the name ends in `_s`.

    docs/fidelity.md says which are the provider's documented values and which we assumed.
    """

    calls_per_second: float = 1.0
    """0 means no pace."""
    queue_limit_s: float = 24 * 3600.0
    concurrent_calls: float = 0
    """0 means no limit."""
    concurrent_requests: float = 100
    """0 means no limit."""
    dialing_s: float = 0.1
    machine_decided_s: float = 2.4
    human_silence_s: float = 1.2
    silence_decided_s: float = 5.0
    fax_decided_s: float = 3.0
    recording_processing_s: float = 1.5
    message_sent_s: float = 0.5
    message_delivered_s: float = 1.0
    message_read_s: float = 2.0
    retry_wait_s: float = 0.5
    """Between two tries of a webhook; undivided, for who failed recovers in real time."""
    date_skew_s: float = 0
    """How far its header Date is ahead of the real time; undivided."""
    template_review_s: float = 0.0
    """Time from asking for approval to the verdict."""

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def with_changes(self, given: Mapping[str, object]) -> Self:
        """Raises ValueError naming what is no knob or no number."""
        known = self.as_json()
        changes: dict[str, float] = {}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"{name} is no knob; there are {', '.join(known)}")
            if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{name} must be a number from 0 up")
            changes[name] = float(value)
        return replace(self, **changes)
