"""How long is somebody left alone after they refused, or after a talk?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

After = Literal["refusal", "conversation"]

AFTER_WORDS: Final[dict[After, str]] = {"refusal": "a refusal", "conversation": "a talk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """When somebody last spoke to us, over all campaigns and channels. None: never."""

    refused_at: datetime | None = None
    talked_at: datetime | None = None
    """A refusal is a talk too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRule:
    """What a law asks for; nothing lifts it, not even that the person asked for the time."""

    after: After
    lasts: timedelta | None
    """None: for ever."""
    rule: str
    """Whose it is, such as `FR`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Somebody is left alone."""

    until: datetime | None
    """None: for ever."""
    by: RestRule

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


NO_TALKS: Final = Talks()


def resting(rules: Sequence[RestRule], talks: Talks, now: datetime) -> Resting | None:
    """The rest that ends last of those that hold now; None: nobody need be left alone."""
    longest: Resting | None = None
    for one in rules:
        since = talks.refused_at if one.after == "refusal" else talks.talked_at
        if since is None:
            continue
        found = Resting(until=None if one.lasts is None else since + one.lasts, by=one)
        if found.holds(now) and (longest is None or _ends_later(found, longest)):
            longest = found
    return longest


def words(rest: Resting) -> str:
    """Such as "60 days of rest after a refusal by the rules of FR"."""
    rule = rest.by
    span = "no contact ever again" if rule.lasts is None else f"{_told(rule.lasts)} of rest"
    return f"{span} after {AFTER_WORDS[rule.after]} by the rules of {rule.rule}"


def _ends_later(one: Resting, other: Resting) -> bool:
    if one.until is None or other.until is None:
        return one.until is None and other.until is not None
    return one.until > other.until


def _told(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return f"{hours} hours" if hours % 24 else f"{hours // 24} days"
