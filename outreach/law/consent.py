"""Is what somebody agreed to as much as the law asks for?

A consent is as strong as its basis. A basis that nobody here knows counts as none.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from outreach.gate import ConsentIs
from outreach.law.law import Law
from outreach.law.row import Need


class Strength(IntEnum):
    """From the least to the most."""

    UNKNOWN = 0
    """Nothing, or a basis without a meaning here."""
    IMPLIED = 1
    """Nobody asked them: they bought something, or their number stood somewhere."""
    EXPRESS = 2
    """They were asked and said yes, in whatever form."""
    WRITTEN = 3
    """They agreed in writing to calls or messages like these."""


BASES: Final[Mapping[Strength, str]] = {
    Strength.IMPLIED: (
        "implied soft_opt_in existing_customer existing_business_relationship ebr contract "
        "legitimate_interest inquiry public_listing"
    ),
    Strength.EXPRESS: (
        "express prior_express explicit given granted yes y true 1 opt_in opted_in double_opt_in "
        "web_form online_form form checkbox registration verbal oral spoken phone call whatsapp "
        "message sms email chat in_person event"
    ),
    Strength.WRITTEN: (
        "written express_written prior_express_written written_consent in_writing signed "
        "signed_form signed_contract e_signature esign"
    ),
}
"""What lists call a consent, in the form that `_plain` gives it."""

STRENGTH_OF: Final = {basis: one for one, bases in BASES.items() for basis in bases.split()}
ENOUGH: Final[Mapping[Need, Strength]] = {
    "express": Strength.EXPRESS,
    "written": Strength.WRITTEN,
}
NEED_WORDS: Final[Mapping[Need, str]] = {
    "express": "a consent that they gave when they were asked",
    "written": "a consent in writing",
}
STRENGTH_WORDS: Final[Mapping[Strength, str]] = {
    Strength.UNKNOWN: "a basis that says nothing here",
    Strength.IMPLIED: "an implied consent",
    Strength.EXPRESS: "an express consent",
    Strength.WRITTEN: "a consent in writing",
}

Word: TypeAlias = tuple[bool, str]
"""Something that was said: whether it grants, and its basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What somebody said about one channel and purpose."""

    revoked: bool = False
    """Their last word took it back."""
    strength: Strength | None = None
    """The strongest consent since the last withdrawal; None: there is none."""


def strength(basis: str) -> Strength:
    """How much a basis is worth, however a list writes it."""
    return STRENGTH_OF.get(_plain(basis), Strength.UNKNOWN)


def is_enough(found: Strength, law: Law) -> bool:
    return found >= ENOUGH[law.consent]


def enough_bases() -> dict[Need, list[str]]:
    """The bases that satisfy each need, in their plain form, for who asks a database."""
    return {
        need: sorted(basis for basis, one in STRENGTH_OF.items() if one >= least)
        for need, least in ENOUGH.items()
    }


def on_record(words: Iterable[Word]) -> OnRecord:
    """What stands of all that was said, the newest word first."""
    strongest: Strength | None = None
    for granted, basis in words:
        if not granted:
            return OnRecord(revoked=strongest is None, strength=strongest)
        strongest = max(strongest or Strength.UNKNOWN, strength(basis))
    return OnRecord(strength=strongest)


def standing(found: OnRecord, law: Law) -> ConsentIs:
    """What planning and the gate are told."""
    if found.revoked:
        return ConsentIs.REVOKED
    if found.strength is None:
        return ConsentIs.MISSING
    return ConsentIs.GIVEN if is_enough(found.strength, law) else ConsentIs.WEAK


def wanted(law: Law) -> str:
    """What the law asks for and by which rules."""
    by = f" by the rules of {', '.join(law.consent_by)}" if law.consent_by else ""
    return f"{NEED_WORDS[law.consent]}{by}"


def lacking(found: OnRecord, law: Law) -> str:
    """What is asked for and what there is instead; empty where consent is enough."""
    match standing(found, law):
        case ConsentIs.GIVEN:
            return ""
        case ConsentIs.REVOKED:
            return f"{wanted(law)}; it was withdrawn"
        case ConsentIs.MISSING:
            return f"{wanted(law)}; nothing is on record"
        case ConsentIs.WEAK:
            there = STRENGTH_WORDS[found.strength or Strength.UNKNOWN]
            return f"{wanted(law)}; on record is {there}"


def _plain(basis: str) -> str:
    """As the table above writes it: `Opt-in` and `opt in` are `opt_in`."""
    return re.sub(r"[^a-z0-9]+", "_", basis.casefold()).strip("_")
