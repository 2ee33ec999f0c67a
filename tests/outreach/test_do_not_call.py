"""A do-not-call file is read as it is written there; what binds is decided by the table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaign import Purpose
from outreach.do_not_call_numbers import Tally, numbers_of, plan_of
from outreach.errors import Rejected
from outreach.law.consent import OnRecord, Strength
from outreach.law.do_not_call import Listing, allowed_age, binding, words
from tests.law import RULEBOOK

DAY = datetime(2031, 3, 4, tzinfo=UTC)
WRITTEN, EXPRESS = OnRecord(strength=Strength.WRITTEN), OnRecord(strength=Strength.EXPRESS)
NOTHING, REVOKED = OnRecord(), OnRecord(revoked=True, strength=Strength.WRITTEN)


def listing(country: str, days: int = 0) -> Listing:
    return Listing(name=f"{country}-{days}", country=country, imported_at=DAY + timedelta(days))


def is_bound(country: str, said: OnRecord, purpose: Purpose) -> bool:
    return binding([listing(country)], said, RULEBOOK, purpose) is not None


@pytest.mark.parametrize(
    ("country", "line", "read"),
    [
        ("US", "+12025550123", ["12025550123"]),
        ("US", "202,5550123", ["12025550123"]),
        ("US", '"(202) 555-0123"\r\n', ["12025550123"]),
        ("US", "1-202-555-0123", ["12025550123"]),
        ("GB", "020 7946 0000", ["442079460000"]),
        ("GB", "442079460000", ["442079460000"]),
        ("GB", "0044 20 7946 0000", ["442079460000"]),
        ("FR", "0199001200", ["33199001200"]),
        ("AU", "0491570156", ["61491570156"]),
        ("IN", "919876543210", ["919876543210"]),
        # Both ways to read it are kept: somebody too many is left alone, never one too few.
        ("IT", "390612345678", ["39390612345678", "390612345678"]),
        ("US", "+442079460000", []),
        ("US", "phone", []),
        ("US", "", []),
        ("US", "# a comment", []),
    ],
)
def test_a_line_is_read_as_it_is_written_in_that_country(
    country: str, line: str, read: list[str]
) -> None:
    tally = Tally()

    found = numbers_of([line.encode()], plan_of(country), tally)

    assert [one.decode() for one in found] == read
    assert tally.bad == (not read and line not in ("", "# a comment"))


@given(st.binary(max_size=40))
def test_whatever_stands_in_a_line_only_digits_of_that_country_come_out(line: bytes) -> None:
    for number in numbers_of([line], plan_of("US"), Tally()):
        assert number.isdigit()
        assert number.startswith(b"1")
        assert len(number) == 11


def test_no_country_is_refused() -> None:
    with pytest.raises(Rejected, match="no country"):
        plan_of("XX")


def test_in_america_only_a_consent_in_writing_beats_the_list_and_service_is_spared() -> None:
    assert is_bound("US", NOTHING, "marketing")
    assert is_bound("US", EXPRESS, "survey")
    assert is_bound("US", REVOKED, "marketing")
    assert not is_bound("US", WRITTEN, "marketing")
    assert not is_bound("US", NOTHING, "service")


@pytest.mark.parametrize("country", ["FR", "IT", "NL"])
def test_where_nobody_is_sure_a_list_binds_every_purpose_whatever_was_agreed(country: str) -> None:
    purposes: tuple[Purpose, ...] = (
        "marketing",
        "service",
        "survey",
        "reminder",
        "debt_collection",
    )
    assert all(is_bound(country, WRITTEN, purpose) for purpose in purposes)


def test_of_several_lists_the_newest_that_binds_is_named() -> None:
    found = binding(
        [listing("FR", 1), listing("FR", 2), listing("US", 3)], WRITTEN, RULEBOOK, "marketing"
    )

    assert found == listing("FR", 2)
    assert words(listing("FR", 2), RULEBOOK) == (
        "on the list FR-2 (FR) of 2031-03-06, which no consent beats"
    )


def test_a_list_may_be_as_old_as_the_stricter_of_its_country_and_the_deployment_says() -> None:
    assert allowed_age("GB", RULEBOOK) == timedelta(days=28)
    assert allowed_age("FR", RULEBOOK) == timedelta(days=31)
    assert allowed_age("GB", RULEBOOK, timedelta(days=7)) == timedelta(days=7)
