"""May somebody be contacted at a moment, until when, and by which rule not?

The answer comes of the very hours and caps that planning and the gate ask, so they cannot disagree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from outreach import caps
from outreach.hours import QUIET_HOURS, CivilHours, Span, first_window
from outreach.law import rests
from outreach.law.day_hours import RuleHours
from outreach.law.law import Law
from outreach.law.places import ANY_STATE
from outreach.law.row import UNLISTED
from outreach.planning import Wish

QUIET: Final = "quiet hours that nobody may widen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What holds for somebody at one moment."""

    at: datetime
    open_until: datetime | None
    """None: it is not allowed at this moment."""
    opens_at: datetime | None
    """The first moment from then on that every clock allows; None: none within two weeks."""
    why_not: tuple[str, ...]
    """Each rule that says no, in words."""


def ask(wish: Wish, at: datetime) -> Answer:
    """What hours and caps say about this moment."""
    window = first_window(wish.zones, wish.hours, at)
    free = caps.earliest(wish.contacts, wish.caps, at)
    reasons = [*_closed(wish, at)]
    if wish.rest is not None and wish.rest.holds(at):
        reasons.append(f"left alone: {rests.words(wish.rest)}")
    if free.held_by is not None:
        reasons.append(f"contacted as often as allowed: {caps.words(free.held_by)}")
    legal = window is not None and window.opens_at == at and not reasons
    return Answer(
        at=at,
        open_until=window.closes_at if window is not None and legal else None,
        opens_at=window.opens_at if window is not None else None,
        why_not=tuple(reasons),
    )


def bound_by(law: Law) -> list[str]:
    """The rules that bind, each with what it says and how well it was checked."""
    return [
        f"{row.id}: {row.says} ({row.effect}, confidence {row.confidence},"
        f" checked {row.checked_on:%Y-%m-%d})"
        for row in law.rows
    ]


def located(law: Law) -> str:
    """Where we take somebody to be, and what we do not know."""
    if UNLISTED in law.places:
        return "No country is known, so our most cautious rules hold."
    where = ", ".join(sorted(law.places - {ANY_STATE}))
    if ANY_STATE not in law.places:
        return f"Taken to be in {where}." if where.count(",") == 0 else f"May be in any of {where}."
    somewhere = "somewhere in the United States, so the rules of every state hold"
    return f"May be in {where}, or {somewhere}." if where else f"May be {somewhere}."


def _closed(wish: Wish, at: datetime) -> Iterator[str]:
    """Each rule that is closed on one of the clocks."""
    if not wish.zones:
        yield "nobody knows in which time zone this is"
    for zone in sorted(wish.zones):
        here = at.astimezone(ZoneInfo(zone))
        minute = here.hour * 60 + here.minute
        for rule in (QUIET_HOURS, *wish.hours):
            spans = rule.on(here.date())
            if not any(start <= minute < end for start, end in spans):
                yield f"{_name(rule)}: {here:%a %H:%M} in {zone} is outside {_told(spans)}"


def _name(rule: CivilHours) -> str:
    if rule is QUIET_HOURS:
        return QUIET
    return f"{rule.rule} ({rule.name})" if isinstance(rule, RuleHours) else "hours set here"


def _told(spans: Sequence[Span]) -> str:
    """The open hours of a day as people read them."""
    if not spans:
        return "a day that is closed"
    return " and ".join(
        f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in spans
    )
