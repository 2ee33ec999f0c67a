"""Whose plan does a number follow, and what kind of number is it there?

The answers of `phonenumbers.region_code_for_number` and `number_type`, from the same tables, for
digits that need no cleaning. That library asks up to thirty patterns per number, some of them three
times; here the patterns of a region are one, compiled when a number first needs it.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    PhoneMetadata,
    PhoneNumberDesc,
    PhoneNumberType,
)

UNKNOWN: Final = PhoneNumberType.UNKNOWN
KINDS: Final = (
    ("premium_rate", PhoneNumberType.PREMIUM_RATE),
    ("toll_free", PhoneNumberType.TOLL_FREE),
    ("shared_cost", PhoneNumberType.SHARED_COST),
    ("voip", PhoneNumberType.VOIP),
    ("personal_number", PhoneNumberType.PERSONAL_NUMBER),
    ("pager", PhoneNumberType.PAGER),
    ("uan", PhoneNumberType.UAN),
    ("voicemail", PhoneNumberType.VOICEMAIL),
)
"""Asked in this order, the first that fits; what is left are fixed lines and mobiles."""


@dataclass(frozen=True, slots=True)
class _Region:
    """A plan's rules for national numbers of one length."""

    code: str
    leading: re.Pattern[str] | None
    """How its numbers begin, where it shares its country's code and that alone tells it."""
    whole: re.Pattern[str] | None
    """Fits a valid number; the group that took part says what kind it is. None: none is valid."""
    kinds: tuple[int, ...]
    """Kinds by number of the group."""

    def kind_of(self, national: str) -> int:
        found = self.whole.match(national) if self.whole is not None else None
        return self.kinds[found.lastindex or 0] if found is not None else UNKNOWN


def follow(calling_code: int, national: str) -> tuple[str, int]:
    """The region and the kind of a number, by its digits behind the country's code.

    The region is empty for codes of no country, and where no region takes the number.
    """
    regions = _regions(calling_code, len(national))
    if len(regions) == 1:
        return regions[0].code, regions[0].kind_of(national)
    for region in regions:
        if region.leading is None:
            kind = region.kind_of(national)
            if kind != UNKNOWN:
                return region.code, kind
        elif region.leading.match(national) is not None:
            return region.code, region.kind_of(national)
    return "", UNKNOWN


@cache
def _regions(calling_code: int, length: int) -> tuple[_Region, ...]:
    names = COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())
    return tuple(_region(calling_code, name, length) for name in names)


def _region(calling_code: int, name: str, length: int) -> _Region:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(calling_code, name)
    if metadata is None:
        raise LookupError(f"no plan for {name} in the tables of phonenumbers")
    leading = metadata.leading_digits
    whole, kinds = _whole(metadata, length)
    return _Region(
        code="" if name == REGION_CODE_FOR_NON_GEO_ENTITY else name,
        leading=re.compile(leading) if leading is not None else None,
        whole=whole,
        kinds=kinds,
    )


def _whole(metadata: PhoneMetadata, length: int) -> tuple[re.Pattern[str] | None, tuple[int, ...]]:
    general = _pattern(metadata.general_desc, length)
    if general is None:
        return None, ()
    ways = [(_pattern(getattr(metadata, name), length), kind) for name, kind in KINDS]
    fixed, mobile = _pattern(metadata.fixed_line, length), _pattern(metadata.mobile, length)
    if metadata.same_mobile_and_fixed_line_pattern:
        ways.append((fixed, PhoneNumberType.FIXED_LINE_OR_MOBILE))
    else:
        both = f"(?={fixed}){mobile}" if fixed and mobile else None
        ways.append((both, PhoneNumberType.FIXED_LINE_OR_MOBILE))
        ways += [(fixed, PhoneNumberType.FIXED_LINE), (mobile, PhoneNumberType.MOBILE)]
    usable = [(pattern, kind) for pattern, kind in ways if pattern is not None]
    if not usable:
        return None, ()
    either = "|".join(f"({pattern})" for pattern, _ in usable)
    return re.compile(f"(?={general})(?:{either})"), (UNKNOWN, *(kind for _, kind in usable))


def _pattern(desc: PhoneNumberDesc | None, length: int) -> str | None:
    """What fits all of a national number of this length, without a group that is counted."""
    if desc is None or not desc.national_number_pattern:
        return None
    if desc.possible_length and length not in desc.possible_length:
        return None
    uncounted = re.sub(r"(?<!\\)\((?!\?)", "(?:", desc.national_number_pattern)
    return rf"(?:{uncounted})\Z"
