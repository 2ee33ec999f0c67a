"""What does the fragment of a callback URL ask of its delivery? (`#rc=5&rp=all`)"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

_MOST_RETRIES = 5
_TOTAL_MS = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Time-outs in milliseconds, number of retries, and the failures that are retried."""

    connect_ms: int = 5_000
    read_ms: int = _TOTAL_MS
    total_ms: int = _TOTAL_MS
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> Self:
        """Unknown or unreadable keys are ignored, numbers are held inside the carrier's limits."""
        given = dict(parse_qsl(url.partition("#")[2]))
        default = cls()
        return cls(
            connect_ms=_number(given.get("ct"), default.connect_ms, 100, 10_000),
            read_ms=_number(given.get("rt"), default.read_ms, 100, _TOTAL_MS),
            total_ms=_number(given.get("tt"), default.total_ms, 100, _TOTAL_MS),
            retries=_number(given.get("rc"), default.retries, 0, _MOST_RETRIES),
            retry_on=frozenset((given.get("rp") or "ct").split(",")),
        )

    def retries_failure(self, failure: str) -> bool:
        """`failure` is ct (no connection), rt (no answer in time), 4xx or 5xx."""
        return failure in self.retry_on or "all" in self.retry_on


def _number(text: str | None, default: int, least: int, most: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(max(int(text), least), most)
