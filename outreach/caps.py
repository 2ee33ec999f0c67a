"""How often may one person be contacted, over all campaigns and channels?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `limit` contacts in any stretch of this length; attempts count, not answers."""

    limit: int
    within: timedelta
    rule: str = ""
    """Whose it is, such as `US-FL`; empty: the campaign's own, or our policy."""


LONGEST_CAP: Final = timedelta(days=30)
LOOK_BACK: Final = LONGEST_CAP + timedelta(hours=1)
"""How far back orders may have begun whose contacts a cap counts: some are placed later."""
DEFAULT_CAPS: Final = (
    Cap(limit=2, within=timedelta(days=1)),
    Cap(limit=4, within=timedelta(days=7)),
    Cap(limit=8, within=LONGEST_CAP),
)
"""Our own policy; a campaign or the law may be stricter, nobody may be laxer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earliest:
    at: datetime
    held_by: Cap | None
    """The cap that moved the moment last; None when it was free as asked."""


def earliest(history: Sequence[datetime], caps: Sequence[Cap], at: datetime) -> Earliest:
    """The first moment from `at` on at which one more contact keeps every cap.

    `history` holds when this person was contacted, in any order; moments after `at` count too.
    A contact leaves a stretch exactly when the stretch is over.
    """
    contacts = sorted(history)
    moment, held_by = at, None
    moved = True
    while moved:
        moved = False
        for cap in caps:
            inside = [one for one in contacts if one > moment - cap.within]
            if len(inside) >= cap.limit:
                moment, held_by, moved = inside[-cap.limit] + cap.within, cap, True
    return Earliest(at=moment, held_by=held_by)


def strictest(caps: Iterable[Cap]) -> tuple[Cap, ...]:
    """One cap for each length of time, the lowest; the first named where several are equal."""
    kept: dict[timedelta, Cap] = {}
    for cap in caps:
        held = kept.get(cap.within)
        if held is None or cap.limit < held.limit:
            kept[cap.within] = cap
    return tuple(kept.values())


def words(cap: Cap) -> str:
    """The cap as people say it, such as "2 a day" or "4 in 30 days by the rules of FR"."""
    hours = cap.within // timedelta(hours=1)
    if hours % 24:
        stretch = "an hour" if hours == 1 else f"in {hours} hours"
    else:
        stretch = "a day" if hours == 24 else f"in {hours // 24} days"
    return f"{cap.limit} {stretch}" + (f" by the rules of {cap.rule}" if cap.rule else "")
