"""In which jurisdictions may somebody be, by their numbers and their country?"""

from collections.abc import Container, Iterable
from typing import Final, TypeAlias

from phonenumbers import SUPPORTED_REGIONS

from outreach.law.area_codes import STATE_OF, STATES
from outreach.law.row import UNLISTED
from outreach.phone import Phone, Tie, parse_phone

Places: TypeAlias = frozenset[str]
"""Countries such as `FR`, states such as `US-FL`, `US-*` for any state, `unlisted` for nowhere."""

ANY_STATE: Final = "US-*"


def place_of(phone: Phone) -> str:
    """Where the number's plan puts it; a number moves with its owner, but tells no more."""
    if phone.country != "US":
        return phone.country or UNLISTED
    state = STATE_OF.get(phone.e164[2:5]) if phone.tie is Tie.AREA else None
    return f"US-{state}" if state is not None else ANY_STATE


def places(numbers: Iterable[str], country: str | None) -> Places:
    """Every place that one of these may mean: what is stated adds to what the numbers say.

    `numbers` names `place_of` each number; none known at all is the one place `unlisted`.
    """
    found = set(numbers)
    if country and not any(one == country or one.startswith(f"{country}-") for one in found):
        found.add(ANY_STATE if country == "US" else country)
    if len(found) > 1:
        found.discard(UNLISTED)
    return frozenset(found or {UNLISTED})


def is_place(id: str, rows: Container[str]) -> bool:
    """Whether the id names a row, a country or a state of the United States."""
    country, _, part = id.partition("-")
    if id in rows or (not part and country in SUPPORTED_REGIONS):
        return True
    return country == "US" and part in STATES


def places_of(numbers: Iterable[str | None], country: str | None) -> Places:
    """The same from numbers in E.164, as they are stored; None where there is none."""
    found = []
    for number in {one for one in numbers if one}:
        phone = parse_phone(number)
        found.append(place_of(phone) if isinstance(phone, Phone) else UNLISTED)
    return places(found, country)
