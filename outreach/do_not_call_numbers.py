"""Reads the lines of a do-not-call file: numbers of one country, as E.164 or as dialled there.

Millions of lines: a line costs a few operations on bytes and no parse of a whole number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata, country_code_for_region

from outreach.errors import Rejected

KEPT_BAD: Final = 5
"""Lines that are shown of those that name no number."""
SEPARATORS: Final = b" \t\r\n-.()/,;\"'\xef\xbb\xbf"
"""What stands between digits; the United States write the area code in a column of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How numbers of a country are written."""

    code: bytes
    """Its calling code, such as 44."""
    trunk: bytes
    """What is dialled before a number within the country, such as 0; empty: nothing."""
    lengths: frozenset[int]
    """Digits that a national number may have."""


@dataclass(slots=True)
class Tally:
    """What a file held besides numbers."""

    bad: int = 0
    shown: list[str] = field(default_factory=list)
    """The first of them."""

    def add(self, line: bytes) -> None:
        self.bad += 1
        if len(self.shown) < KEPT_BAD:
            self.shown.append(line.decode(errors="replace").strip()[:60])


def plan_of(country: str) -> Plan:
    """Raises Rejected for what is no country."""
    if country not in SUPPORTED_REGIONS:
        raise Rejected(
            "unknown_country",
            f"{country!r} is no country.",
            "Write its two letters, such as FR.",
            "--country",
        )
    found = PhoneMetadata.metadata_for_region(country)
    assert found is not None
    kinds = (found.fixed_line, found.mobile, found.voip, found.personal_number)
    return Plan(
        code=str(country_code_for_region(country)).encode(),
        trunk=(found.national_prefix or "").encode(),
        lengths=frozenset(
            length
            for kind in kinds
            if kind is not None
            for length in kind.possible_length
            if length > 0
        ),
    )


def numbers_of(lines: Iterable[bytes], plan: Plan, tally: Tally) -> list[bytes]:
    """Each line's number as the digits of E.164; blank lines and comments are skipped.

    A line that can be read as a national number and as one with the calling code counts as both.
    """
    found: list[bytes] = []
    for line in lines:
        digits = line.translate(None, SEPARATORS)
        readings = _readings(digits, plan)
        if readings:
            found += readings
        elif digits and not digits.startswith(b"#"):
            tally.add(line)
    return found


def _readings(digits: bytes, plan: Plan) -> tuple[bytes, ...]:
    """Empty: no number of that country."""
    abroad = digits.removeprefix(b"+") if digits.startswith(b"+") else digits.removeprefix(b"00")
    if not abroad.isdigit():
        return ()
    code, trunk, lengths = plan.code, plan.trunk, plan.lengths
    whole = (abroad,) if abroad.startswith(code) and len(abroad) - len(code) in lengths else ()
    if abroad is not digits:
        return whole
    if trunk and digits.startswith(trunk) and len(digits) - len(trunk) in lengths:
        return (code + digits[len(trunk) :],)
    return (code + digits, *whole) if len(digits) in lengths else whole
