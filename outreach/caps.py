"""How often may one person be contacted, over all campaigns and channels?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `limit` contacts in any stretch of this length; attempts count, not answers."""

    limit: int
    within: timedelta


DEFAULT_CAPS: Final = (
    Cap(limit=2, within=timedelta(days=1)),
    Cap(limit=4, within=timedelta(days=7)),
    Cap(limit=8, within=timedelta(days=30)),
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


def words(cap: Cap) -> str:
    """The cap as people say it, such as "2 contacts in 1 day"."""
    days = cap.within.days
    contacts = "contact" if cap.limit == 1 else "contacts"
    return f"{cap.limit} {contacts} in {days} day{'' if days == 1 else 's'}"
