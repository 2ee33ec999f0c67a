"""Numbers are taken as E.164 or not at all."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.phone import BadPhone, Phone, Tie, parse_phone

VALID = [
    ("+12125550123", "US", Tie.AREA),
    ("+14165550123", "CA", Tie.AREA),
    ("+442079460123", "GB", Tie.AREA),
    ("+61491570156", "AU", Tie.COUNTRY),
    ("+33199001234", "FR", Tie.AREA),
    ("+390612345678", "IT", Tie.AREA),
    ("+18005550123", "US", Tie.NOTHING),
    ("+80012345678", "", Tie.NOTHING),
]


@pytest.mark.row("S4-7")
@pytest.mark.parametrize(("text", "country", "tie"), VALID)
def test_a_number_in_e164_is_taken_with_its_country(text: str, country: str, tie: Tie) -> None:
    phone = parse_phone(f" {text}\t")

    assert isinstance(phone, Phone)
    assert (phone.e164, phone.country, phone.tie) == (text, country, tie)
    assert phone.geographic is (tie is not Tie.NOTHING)


LOCAL = [
    ("020 7946 0123", "GB", "It looks like a GB number: +442079460123."),
    ("(212) 555-0123", "US", "It looks like a US number: +12125550123."),
    ("0491 570 156", "AU", "It looks like a AU number: +61491570156."),
    ("+44 20 7946 0123", None, "Write it as +442079460123."),
    ("0044 20 7946 0123", None, "Write it as +442079460123, with + for 00."),
    ("442079460123", None, "If the country's code is in it already, write +442079460123."),
    ("4.42079E+11", "GB", "A spreadsheet has rounded this number"),
    ("ask reception", "GB", "This is no number"),
    ("020 7946 0123", None, "Write it with + and the country's code"),
    ("020 7946 0123", "ZZ", "Write it with + and the country's code"),
]


@pytest.mark.row("S4-7")
@pytest.mark.parametrize(("text", "hint", "suggestion"), LOCAL)
def test_any_other_writing_is_rejected_with_words_and_never_guessed(
    text: str, hint: str | None, suggestion: str
) -> None:
    bad = parse_phone(text, hint)

    assert isinstance(bad, BadPhone)
    assert bad.code == "phone_not_e164"
    assert bad.suggestion.startswith(suggestion)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "phone_missing"),
        ("  ", "phone_missing"),
        ("+1555", "phone_not_e164"),
        ("+4402079460123", "phone_invalid"),
        ("+99912345678", "phone_invalid"),
        ("+12125550123456789", "phone_not_e164"),
        ("+1212555012\uff13", "phone_not_e164"),
        ("+12125550123;ext=5", "phone_not_e164"),
        ("+10005550123", "phone_invalid"),
    ],
)
def test_a_number_that_nobody_can_have_says_which_way_it_is_wrong(text: str, code: str) -> None:
    bad = parse_phone(text)

    assert isinstance(bad, BadPhone)
    assert bad.code == code
    assert bad.suggestion


def test_a_trunk_zero_after_the_code_is_named_not_dropped() -> None:
    bad = parse_phone("+4402079460123")

    assert isinstance(bad, BadPhone)
    assert "+442079460123" in bad.suggestion


EXAMPLES = sorted(
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in phonenumbers.SUPPORTED_REGIONS
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
)


@given(
    example=st.sampled_from(EXAMPLES),
    tail=st.text("0123456789", max_size=5),
    length=st.integers(min_value=0, max_value=5),
)
def test_the_fast_reading_agrees_with_the_library_on_every_number(
    example: str, tail: str, length: int
) -> None:
    text = example[: len(example) - length] + tail

    fast = parse_phone(text)

    try:
        slow = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        assert isinstance(fast, BadPhone)
        return
    same = phonenumbers.format_number(slow, phonenumbers.PhoneNumberFormat.E164) == text
    valid = same and phonenumbers.is_valid_number(slow)
    assert isinstance(fast, Phone) is valid, (text, slow)
    if isinstance(fast, Phone):
        assert fast.country == phonenumbers.region_code_for_number(slow)
