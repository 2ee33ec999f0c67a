"""When is an attempt due, and what moved it away from the wanted time?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from outreach import caps
from outreach.caps import Cap, earliest
from outreach.daypart import ALL_BUT, Daypart
from outreach.hours import CivilHours, Window, WindowsMemo, first_window, legal_windows
from outreach.law import rests
from outreach.law.rests import Resting
from outreach.reason import WORDS, Reason
from outreach.zones import Zones

JITTER: Final = timedelta(minutes=10)
SHORTEST_REST: Final = timedelta(minutes=1)
"""A window that closes sooner is not worth planning into."""
ROUNDS: Final = 60
"""Caps and windows push each other on; each round moves at least to another window or contact."""
OTHER_DAYPART_WITHIN: Final = timedelta(days=2)
RECHECK_NO_WINDOW: Final = timedelta(days=7)
NEAREST_WITHIN: Final = timedelta(days=14)
BY_PLANNING: Final = frozenset(
    {
        Reason.NOT_BEFORE,
        Reason.NOT_STARTED_YET,
        Reason.CAP_REACHED,
        Reason.RESTING,
        Reason.OUTSIDE_WINDOW,
        Reason.DAYPART,
    }
)
"""What moves an attempt here; whatever else moved one was met on the way to the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All that decides when somebody may be contacted. Times are aware."""

    now: datetime
    wanted_at: datetime
    zones: Zones
    hours: Sequence[CivilHours] = ()
    contacts: Sequence[datetime] = ()
    """When this person was contacted, by any campaign and channel, in the last 30 days."""
    caps: Sequence[Cap] = ()
    """Empty where caps do not apply: a callback the person asked for."""
    rest: Resting | None = None
    """How long the law leaves them alone; nothing is exempt from it."""
    not_before: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter: float = 0.0
    """0..1 of ten minutes, drawn by the caller; only retries have any."""
    avoid: Daypart | None = None
    """Part of the day to stay away from if another is open within two days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    due_at: datetime
    window_end_at: datetime
    """The attempt is not made from this moment on; it is planned again."""
    wanted_at: datetime
    moved_by: Reason | None
    """What moved it last; None when it is due as wanted."""
    held_by: Cap | None = None
    """The cap that moved it, wherever it went from there."""
    rest: Resting | None = None
    """The rest that moved it, wherever it went from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    reason: Reason
    recheck_at: datetime | None
    """When to look again without being told; None: only an event lifts it."""


def plan(wish: Wish, memo: WindowsMemo | None = None) -> Planned | Blocked:
    """Find the first moment that every rule allows."""
    if not wish.zones:
        return Blocked(reason=Reason.NO_TIMEZONE, recheck_at=None)
    if wish.rest is not None and wish.rest.until is None:
        return Blocked(reason=Reason.RESTING, recheck_at=None)
    at, moved_by = _earliest_wanted(wish)
    rest = wish.rest if moved_by is Reason.RESTING else None
    held_by: Cap | None = None
    for _ in range(ROUNDS):
        free = earliest(wish.contacts, wish.caps, at)
        if free.held_by is not None:
            at, moved_by, held_by = free.at, Reason.CAP_REACHED, free.held_by
        window = _window(wish, at, memo)
        if window is None:
            return Blocked(reason=Reason.NO_WINDOW, recheck_at=wish.now + RECHECK_NO_WINDOW)
        if window.opens_at > at:
            at, moved_by = window.opens_at, _moved_to(wish, at, memo)
            continue
        due_at = _jittered(wish, at, window)
        if earliest(wish.contacts, wish.caps, due_at).held_by is not None:
            due_at = at
        found = _within_campaign(wish, due_at, window, moved_by)
        if isinstance(found, Planned):
            return replace(found, held_by=held_by, rest=rest)
        return found
    return Blocked(reason=Reason.CAP_REACHED, recheck_at=at)


def words(planned: Planned, zone: str) -> str:
    """Why it is due when it is, on the person's clock; empty when nothing moved it."""
    if planned.moved_by is None:
        return ""
    place = ZoneInfo(zone)
    due, wanted = planned.due_at.astimezone(place), planned.wanted_at.astimezone(place)
    moved = f"{due:%a %d %b %H:%M} their time, moved from {wanted:%a %d %b %H:%M}"
    if planned.held_by is not None:
        return f"{moved} by {caps.words(planned.held_by)}"
    if planned.rest is not None:
        return f"{moved} by {rests.words(planned.rest)}"
    return f"{moved}: {WORDS[planned.moved_by]}"


def _earliest_wanted(wish: Wish) -> tuple[datetime, Reason | None]:
    at, moved_by = max(wish.wanted_at, wish.now), None
    bounds = (
        (wish.not_before, Reason.NOT_BEFORE),
        (wish.starts_at, Reason.NOT_STARTED_YET),
        (wish.rest.until if wish.rest is not None else None, Reason.RESTING),
    )
    for bound, reason in bounds:
        if bound is not None and bound > at:
            at, moved_by = bound, reason
    return at, moved_by


def _window(wish: Wish, at: datetime, memo: WindowsMemo | None) -> Window | None:
    """The next stretch worth planning into, away from the avoided part of the day if possible."""
    if wish.avoid is not None:
        hours = (*wish.hours, ALL_BUT[wish.avoid])
        window = _worthwhile(wish.zones, hours, at, OTHER_DAYPART_WITHIN, memo)
        if window is not None:
            return window
    return _worthwhile(wish.zones, wish.hours, at, timedelta(days=14), memo)


def _worthwhile(
    zones: Zones,
    hours: Sequence[CivilHours],
    at: datetime,
    horizon: timedelta,
    memo: WindowsMemo | None,
) -> Window | None:
    window = first_window(zones, hours, at, horizon, memo)
    if window is not None and window.closes_at - window.opens_at < SHORTEST_REST:
        return first_window(zones, hours, window.closes_at, horizon, memo)
    return window


def _moved_to(wish: Wish, at: datetime, memo: WindowsMemo | None) -> Reason:
    plain = first_window(wish.zones, wish.hours, at, memo=memo)
    legal = plain is not None and plain.opens_at == at
    return Reason.DAYPART if legal and wish.avoid is not None else Reason.OUTSIDE_WINDOW


def _jittered(wish: Wish, at: datetime, window: Window) -> datetime:
    room = window.closes_at - at - SHORTEST_REST
    return at + min(JITTER * min(max(wish.jitter, 0.0), 1.0), max(room, timedelta(0)))


def _within_campaign(
    wish: Wish, due_at: datetime, window: Window, moved_by: Reason | None
) -> Planned | Blocked:
    end_at = window.closes_at
    if wish.ends_at is not None:
        if due_at >= wish.ends_at:
            return Blocked(reason=Reason.CAMPAIGN_ENDED, recheck_at=None)
        end_at = min(end_at, wish.ends_at)
    return Planned(due_at=due_at, window_end_at=end_at, wanted_at=wish.wanted_at, moved_by=moved_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The legal moments around one that is not; None where there is none within two weeks."""

    before: datetime | None
    after: datetime | None


def nearest(wish: Wish, memo: WindowsMemo | None = None) -> Nearest:
    """The last moment before the wanted one, and the first after it, that every rule allows.

    Both are whole minutes from `wish.now` on, unless the wish was for now.
    """
    found = plan(wish, memo)
    earliest_at = max(
        wish.now,
        wish.wanted_at - NEAREST_WITHIN,
        *(bound for bound in (wish.not_before, wish.starts_at) if bound is not None),
    )
    before = None
    for opens_at, closes_at in reversed(
        legal_windows(wish.zones, wish.hours, earliest_at, wish.wanted_at, memo)
    ):
        last = (closes_at - SHORTEST_REST).replace(second=0, microsecond=0)
        if last >= opens_at and _is_free(wish, last):
            before = last
            break
    return Nearest(before=before, after=found.due_at if isinstance(found, Planned) else None)


def _is_free(wish: Wish, at: datetime) -> bool:
    over = wish.ends_at is not None and at >= wish.ends_at
    rested = wish.rest is None or not wish.rest.holds(at)
    return not over and rested and earliest(wish.contacts, wish.caps, at).held_by is None
