"""In which time zones may this person be?"""

from collections.abc import MutableMapping
from difflib import get_close_matches
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers.timezone import UNKNOWN_TIMEZONE
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from outreach.phone import Phone, Tie

Zones: TypeAlias = frozenset[str]
ZonesMemo: TypeAlias = MutableMapping[tuple[tuple[str, ...], str], Zones]
"""What one import has learnt, so that equal answers are one object."""

NO_ZONE: Final[Zones] = frozenset()


def candidate_zones(
    phone: Phone | None, stated: str | None, memo: ZonesMemo | None = None
) -> Zones:
    """Every zone that the number may ring in, and the one that was stated; empty means unknown.

    A stated zone adds, it does not replace: people travel and numbers move. `stated` has passed
    `parse_zone`.
    """
    found = _zones_of(phone)
    key = (found, stated or "")
    if memo is not None and key in memo:
        return memo[key]
    zones = frozenset(found) | (frozenset({stated}) if stated else NO_ZONE)
    zones -= {UNKNOWN_TIMEZONE}
    if memo is not None:
        memo[key] = zones
    return zones


def parse_zone(text: str) -> str | None:
    """The IANA name in the text, or None.

    Names of no place (`UTC`, `EST`, `Etc/GMT+5`) are refused: a person lives by a civil clock, and
    such a name is what a system writes that does not know it.
    """
    name = text.strip()
    if "/" not in name or name.startswith("Etc/"):
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def nearest_zone(text: str) -> str | None:
    """The zone of the phone plans whose name is closest to the text, for a message."""
    known = {zone for zones in TIMEZONE_DATA.values() for zone in zones}
    spelt = {zone.lower(): zone for zone in known}
    close = get_close_matches(text.strip().lower().replace(" ", "_"), sorted(spelt), n=1)
    return spelt[close[0]] if close else None


def _zones_of(phone: Phone | None) -> tuple[str, ...]:
    if phone is None or phone.tie is Tie.NOTHING:
        return ()
    digits = phone.e164[1:] if phone.tie is Tie.AREA else str(phone.calling_code)
    for length in range(min(TIMEZONE_LONGEST_PREFIX, len(digits)), 0, -1):
        found = TIMEZONE_DATA.get(digits[:length])
        if found is not None:
            return found
    return ()
