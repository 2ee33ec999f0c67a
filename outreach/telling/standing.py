"""What the leads of a campaign wait for, in lines such as "812 wait for 09:00 where they are"."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from outreach.lead import Work
from outreach.reason import Reason
from outreach.telling.codes import why

MOST_HOURS: Final = 6
"""Local hours that get a line of their own; the rest are one line."""

STANDS: Final = {
    Work.PLANNED: "have something planned.",
    Work.IN_FLIGHT: "are being contacted now.",
    Work.WAITING: "wait.",
    Work.BLOCKED: "are not contacted.",
    Work.ENDED: "have nothing more to come.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    leads: int
    words: str


def resting(work: Work, reason: str | None, leads: int, recheck_at: datetime | None) -> Line:
    """Leads without a planned attempt."""
    again = f" The first is looked at again {_utc(recheck_at)}." if recheck_at else ""
    return Line(leads=leads, words=f"{STANDS[work]} {why(reason)}".rstrip() + again)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Leads whose next attempt is due at the same time, by the same clock, for the same reason."""

    moved_by: str | None
    due_at: datetime
    zone: str | None
    leads: int


def planned(groups: Iterable[Due], now: datetime) -> list[Line]:
    """Leads with a planned attempt: due by now, put off, or waiting for an hour of their own."""
    due: Counter[str | None] = Counter()
    put_off: Counter[str] = Counter()
    first: dict[str, datetime] = {}
    hours: Counter[str] = Counter()
    for one in groups:
        if one.due_at <= now:
            due[one.moved_by] += one.leads
        elif one.moved_by is not None and one.moved_by != Reason.OUTSIDE_WINDOW:
            put_off[one.moved_by] += one.leads
            first[one.moved_by] = min(one.due_at, first.get(one.moved_by, one.due_at))
        else:
            clock = _clock(one.due_at, one.zone)
            hours[clock] += one.leads
            first[clock] = min(one.due_at, first.get(clock, one.due_at))
    return [
        *(
            _line(leads, "are due and wait for their turn.", why(code))
            for code, leads in due.items()
        ),
        *(
            _line(leads, f"wait; the first is due {_utc(first[code])}.", why(code))
            for code, leads in put_off.items()
        ),
        *_by_hour(hours, first),
    ]


def _by_hour(hours: Counter[str], first: dict[str, datetime]) -> list[Line]:
    often = hours.most_common()
    lines = [
        _line(leads, f"wait for {clock}; the first is due {_utc(first[clock])}.")
        for clock, leads in often[:MOST_HOURS]
    ]
    others = sum(leads for _, leads in often[MOST_HOURS:])
    return [*lines, _line(others, "wait for other hours where they are.")] if others else lines


def _clock(at: datetime, zone: str | None) -> str:
    if zone is None:
        return f"{at.astimezone(UTC):%H:%M} UTC"
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M} where they are"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _line(leads: int, *words: str) -> Line:
    return Line(leads=leads, words=" ".join(word for word in words if word))
