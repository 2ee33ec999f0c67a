"""Is this text a phone number that can be dialled as it stands?"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberType

from outreach.numbering import UNKNOWN, follow

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
SPREADSHEET: Final = re.compile(r"[0-9][.,][0-9]+[eE]\+?[0-9]+")
EXAMPLE: Final = "+442079460123"

PLACELESS: Final = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
"""Kinds of numbers that are answered anywhere."""


class Tie(StrEnum):
    """What a number says about where it rings."""

    AREA = "area"
    """Its first digits belong to a place within the country."""
    COUNTRY = "country"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number that the country's own plan calls valid."""

    e164: str
    country: str
    """ISO 3166 code of the plan that the number follows; empty for numbers of no country."""
    calling_code: int
    tie: Tie

    @property
    def geographic(self) -> bool:
        """Whether the number says where it rings at all."""
        return self.tie is not Tie.NOTHING


BadPhoneCode = Literal["phone_missing", "phone_not_e164", "phone_invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPhone:
    code: BadPhoneCode
    message: str
    suggestion: str
    """What the person who owns the list may do; a possible number is named, never used."""


def parse_phone(text: str, region_hint: str | None = None) -> Phone | BadPhone:
    """Read a number in strict E.164; blanks around it are the only thing forgiven.

    `region_hint` is the ISO code of the row's country: it only sharpens the suggestion.
    """
    text = text.strip()
    if not text:
        return BadPhone(
            code="phone_missing",
            message="There is no phone number.",
            suggestion=f"Write the number with + and the country's code, such as {EXAMPLE}.",
        )
    if E164.fullmatch(text) is None:
        return _not_e164(text, region_hint)
    # The library's own `parse` costs more than all the rest and forgives what must not be
    # forgiven here (a trunk 0 after the country's code, for one).
    code = _calling_code(text)
    country, kind = follow(code, text[1 + len(str(code)) :]) if code is not None else ("", UNKNOWN)
    if code is None or kind == UNKNOWN:
        return _invalid(text)
    return Phone(e164=text, country=country, calling_code=code, tie=_tie(kind, country, code))


def _calling_code(text: str) -> int | None:
    """The country's code that these digits begin with; no code begins with another."""
    for end in (2, 3, 4):
        code = int(text[1:end])
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return code
    return None


def _tie(kind: int, country: str, calling_code: int) -> Tie:
    if not country or kind in PLACELESS:
        return Tie.NOTHING
    if phonenumbers.is_number_type_geographical(kind, calling_code):
        return Tie.AREA
    return Tie.COUNTRY


def _invalid(text: str) -> BadPhone:
    meant = _meant(text, None)
    if meant is not None:
        hint = f"It may be {meant}, without the national 0."
    else:
        hint = "Check the number with the person; digits may be missing, doubled or mistyped."
    return BadPhone(code="phone_invalid", message="No phone can have this number.", suggestion=hint)


def _not_e164(text: str, region_hint: str | None) -> BadPhone:
    return BadPhone(
        code="phone_not_e164",
        message="The number is not written as + and the country's code and nothing but digits.",
        suggestion=_suggestion(text, region_hint),
    )


def _suggestion(text: str, region_hint: str | None) -> str:
    if SPREADSHEET.fullmatch(text):
        return "A spreadsheet has rounded this number: make the column text and export it again."
    if text.startswith("+"):
        meant = _meant(text, None)
        return f"Write it as {meant}." if meant else _plain_advice(text)
    if text.startswith("00"):
        meant = _meant(f"+{text[2:]}", None)
        return f"Write it as {meant}, with + for 00." if meant else _plain_advice(text)
    region = (region_hint or "").strip().upper()
    if region in phonenumbers.SUPPORTED_REGIONS:
        meant = _meant(text, region)
        if meant is not None:
            return f"It looks like a {region} number: {meant}."
    meant = _meant(f"+{text}", None)
    if meant is not None:
        return f"If the country's code is in it already, write {meant}."
    return _plain_advice(text)


def _plain_advice(text: str) -> str:
    if not any(character.isdigit() for character in text):
        return f"This is no number; write it with + and the country's code, such as {EXAMPLE}."
    return f"Write it with + and the country's code, such as {EXAMPLE}."


def _meant(text: str, region: str | None) -> str | None:
    """The valid number that a forgiving reader sees in the text, in E.164."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
