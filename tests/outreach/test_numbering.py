"""What a number is, is what phonenumbers says it is; only faster."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumber

from outreach.numbering import KINDS, follow

DESCRIPTIONS = [*(name for name, _ in KINDS), "fixed_line", "mobile", "general_desc"]


def examples() -> list[tuple[int, str]]:
    """A number of every kind in every plan."""
    found = []
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            plan = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            descriptions = [getattr(plan, name) for name in DESCRIPTIONS]
            found += [(code, one.example_number) for one in descriptions if one is not None]
    return [(code, number) for code, number in found if number]


EXAMPLES = examples()


def told(code: int, national: str) -> tuple[str, int]:
    """What the library says."""
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    region = phonenumbers.region_code_for_number(number)
    known = region is not None and region != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
    return region if known and region else "", phonenumbers.number_type(number)


def test_a_number_of_every_kind_in_every_plan_is_what_the_library_says() -> None:
    assert len(EXAMPLES) > 1000
    assert [follow(*one) for one in EXAMPLES] == [told(*one) for one in EXAMPLES]


def test_one_digit_changed_anywhere_changes_both_answers_alike() -> None:
    changed = [
        (code, f"{national[:place]}{(int(national[place]) + step) % 10}{national[place + 1 :]}")
        for code, national in EXAMPLES
        for place in range(min(len(national), 5))
        for step in (1, 4)
    ]
    some = [one for one in changed if one[1].strip("0")]

    assert [follow(*one) for one in some] == [told(*one) for one in some]


@pytest.mark.parametrize("code", [1, 7, 39, 44, 800])
@settings(max_examples=300)
@given(national=st.text("0123456789", min_size=1, max_size=15).filter(lambda one: one.strip("0")))
def test_any_digits_at_all_are_judged_as_the_library_judges_them(code: int, national: str) -> None:
    assert follow(code, national) == told(code, national)
