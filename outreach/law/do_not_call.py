"""May somebody be contacted whose number stands on a public list of people who want no calls?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach.campaign import Purpose
from outreach.law.consent import ENOUGH, NEED_WORDS, OnRecord
from outreach.law.row import Registry
from outreach.law.rulebook import Rulebook

OLDEST: Final = timedelta(days=31)
"""How old a list may be where neither its country nor the deployment says less."""
UNKNOWN: Final = Registry(name="a list of a country that has no row here")
"""Of such a list we know nothing, so it binds every purpose and no consent beats it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A number stands on this list."""

    name: str
    """What the operator calls the list."""
    country: str
    imported_at: datetime


def binding(
    listings: Sequence[Listing], said: OnRecord, rulebook: Rulebook, purpose: Purpose
) -> Listing | None:
    """The newest of the lists that forbids this contact; None: none does."""
    bound = [one for one in listings if _binds(registry(one.country, rulebook), said, purpose)]
    return max(bound, key=lambda one: (one.imported_at, one.name), default=None)


def registry(country: str, rulebook: Rulebook) -> Registry:
    """What the table says of the lists of a country."""
    row = rulebook.rows.get(country)
    return row.registry if row is not None and row.registry is not None else UNKNOWN


def allowed_age(country: str, rulebook: Rulebook, most: timedelta = OLDEST) -> timedelta:
    """How old a list may be; a deployment may ask for newer ones, never allow older ones."""
    every = registry(country, rulebook).every
    return min(most, OLDEST if every is None else every)


def words(listing: Listing, rulebook: Rulebook) -> str:
    """Such as "on the list bloctel (FR) of 2031-03-04, which no consent beats"."""
    need = registry(listing.country, rulebook).yields_to
    beaten = "no consent" if need is None else f"only {NEED_WORDS[need]}"
    day = f"{listing.imported_at:%Y-%m-%d}"
    return f"on the list {listing.name} ({listing.country}) of {day}, which {beaten} beats"


def _binds(terms: Registry, said: OnRecord, purpose: Purpose) -> bool:
    if purpose in terms.spares:
        return False
    need = terms.yields_to
    if need is None or said.revoked or said.strength is None:
        return True
    return said.strength < ENOUGH[need]
