"""What time it is in a call: one line of milliseconds for both voices, from the stream's start."""

import time
from collections.abc import Callable

# A provider's time this far from ours is a mistake, unless it follows on the last.
_PLAUSIBLE_MS = 5_000.0


class CallClock:
    """Ties the provider's media timestamps to this host's steady clock.

    The quickest media message so far had the least delay, so it tells best where the provider's
    zero lies on our clock.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._zero_ms = steady() * 1000.0
        self._tied = False
        self._heard_until_ms = 0.0

    def now_ms(self) -> float:
        return max(0.0, self._steady() * 1000.0 - self._zero_ms)

    @property
    def heard_until_ms(self) -> float:
        """Where the audio that has arrived so far ends."""
        return self._heard_until_ms

    def heard(self, at_ms: int | None, duration_ms: float) -> float:
        """Where audio that has just arrived belongs.

        `at_ms` is the provider's own count; without a plausible one the audio follows the last.
        """
        here_ms = self._steady() * 1000.0
        if at_ms is None or not self._plausible(at_ms):
            begins = max(self._heard_until_ms, self.now_ms() - duration_ms)
        else:
            begins = float(at_ms)
            zero_ms = here_ms - begins - duration_ms
            if not self._tied or zero_ms < self._zero_ms:
                self._zero_ms = zero_ms
                self._tied = True
        self._heard_until_ms = begins + duration_ms
        return begins

    def _plausible(self, at_ms: int) -> bool:
        if not self._tied:
            return True
        ahead_ms = at_ms - self.now_ms()
        # What follows on the last is right however late a busy host reads it.
        late = at_ms >= self._heard_until_ms - 1 and ahead_ms <= 0
        return late or abs(ahead_ms) <= _PLAUSIBLE_MS
