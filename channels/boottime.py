"""Which clock do deadlines of orders run on? One that goes on while the machine sleeps."""

import time

# CLOCK_BOOTTIME is Linux's. Elsewhere the monotonic clock is the nearest there is.
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boottime() -> float:
    """Seconds since the machine started, suspended time included."""
    return time.clock_gettime(_CLOCK)
