"""The history of one lead by days, newest first: attempts, messages, notes and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from storage.notes import Note
from storage.timelines import Said, Tried
from web.telling import Line

VIEWS: Final = {
    "all": "All",
    "calls": "Calls",
    "messages": "Messages",
    "notes": "Notes",
    "touchpoints": "Interest",
}
HISTORY: Final = (
    "lead.",
    "campaign.",
    "consent.",
    "person.",
    "task.",
    "conversation.",
    "attempt.refused",
    "attempt.moved",
    "attempt.left",
    "attempt.unsure",
    "step.skipped",
    "call.inbound",
    "touchpoint.counted",
)
"""Kinds, or their beginnings, that are told beside attempts and messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry; exactly one of the four is there."""

    at: datetime
    attempt: Tried | None = None
    message: Said | None = None
    note: Note | None = None
    line: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day on the person's own calendar, UTC's where nobody knows their zone."""

    day: date
    items: Sequence[Item]


def days(
    tried: Sequence[Tried],
    said: Sequence[Said],
    notes: Sequence[Note],
    history: Sequence[Line],
    show: str,
    zones: Sequence[str],
) -> list[Day]:
    """`show` is a key of VIEWS; any other word shows all."""
    items: list[Item] = []
    if show == "touchpoints":
        # Alone here, what does not count is shown too.
        own = [one for one in history if one.kind.startswith("touchpoint.")]
        return _by_day([Item(at=one.at, line=one) for one in own], zones)
    if show not in ("messages", "notes"):
        is_shown = [one for one in tried if show != "calls" or one.channel == "voice"]
        items += [Item(at=one.at, attempt=one) for one in is_shown if one.state != "planned"]
    if show not in ("calls", "notes"):
        items += [Item(at=one.at, message=one) for one in said]
    if show not in ("calls", "messages"):
        items += [Item(at=one.created_at, note=one) for one in notes]
    if show not in ("calls", "messages", "notes"):
        told = [one for one in history if one.kind.startswith(HISTORY)]
        items += [Item(at=one.at, line=one) for one in told]
    return _by_day(items, zones)


def _by_day(items: list[Item], zones: Sequence[str]) -> list[Day]:
    zone = ZoneInfo(zones[0] if zones else "UTC")
    items.sort(key=lambda one: one.at, reverse=True)
    return [
        Day(day=day, items=list(found))
        for day, found in groupby(items, key=lambda one: one.at.astimezone(zone).date())
    ]
