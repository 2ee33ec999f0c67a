"""What an edit of a campaign does to its open leads, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from outreach.telling.codes import channel as in_plain
from outreach.telling.codes import why
from outreach.telling.setting import place

WORDS: Final[Mapping[str, str]] = {
    "unchanged": "stay as they are",
    "earlier": "move to an earlier time",
    "later": "move to a later time",
    "channel_changed": "change the channel",
    "ended": "end, because the campaign is over too soon for them",
    "unblocked": "can be contacted again",
    "still_blocked": "stay blocked",
}
WHAT: Final[Mapping[str, str]] = {
    "earlier": "earlier",
    "later": "later",
    "channel_changed": "other channel",
    "blocked": "blocked",
    "ended": "ends",
    "unblocked": "contacted again",
}


def counted(word: str) -> str:
    """What so many leads do, as the end of "12 …"; `word` is a kind, with a reason if it blocks."""
    kind, _, reason = word.partition(":")
    return WORDS.get(kind, f"can no longer be contacted: {why(reason)}")


def change(kind: str) -> str:
    """What becomes of one lead."""
    return WHAT.get(kind, kind.replace("_", " "))


def plan_of(at: datetime | None, channel: str | None, zone: str | None) -> str:
    """When and how somebody is contacted, on their own clock (UTC where nobody knows it)."""
    if at is None:
        return "\N{EM DASH}"
    here = at.astimezone(ZoneInfo(zone or "UTC"))
    clock = f"{here:%a %d %b %H:%M} " + (f"in {place(zone)}" if zone else "UTC")
    return f"{clock}, {in_plain(channel)}"
