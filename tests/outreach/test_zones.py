"""A person may be in each of these zones, and nowhere else."""

from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

from outreach.phone import Phone, parse_phone
from outreach.zones import NO_ZONE, ZonesMemo, candidate_zones, nearest_zone, parse_zone
from tests.outreach.test_phone import EXAMPLES


def phone(text: str) -> Phone:
    parsed = parse_phone(text)
    assert isinstance(parsed, Phone)
    return parsed


def test_an_area_code_gives_the_zones_of_its_exchange() -> None:
    assert candidate_zones(phone("+12125550123"), None) == {"America/New_York"}
    assert candidate_zones(phone("+442079460123"), None) == {"Europe/London"}


def test_a_mobile_gives_every_zone_of_its_country() -> None:
    zones = candidate_zones(phone("+61491570156"), None)

    assert len(zones) == 8
    assert {"Australia/Sydney", "Australia/Perth"} <= zones


def test_a_stated_zone_adds_and_never_replaces() -> None:
    zones = candidate_zones(phone("+12125550123"), "America/Los_Angeles")

    assert zones == {"America/New_York", "America/Los_Angeles"}


@pytest.mark.parametrize("text", ["+18005550123", "+80012345678"])
def test_a_number_that_rings_anywhere_gives_none(text: str) -> None:
    assert candidate_zones(phone(text), None) == NO_ZONE
    assert candidate_zones(phone(text), "Europe/Paris") == {"Europe/Paris"}


def test_nobody_knows_where_a_person_without_number_and_zone_is() -> None:
    assert candidate_zones(None, None) == NO_ZONE


@given(st.sampled_from(EXAMPLES))
def test_zones_are_those_of_the_library_and_a_memo_changes_nothing(text: str) -> None:
    parsed = parse_phone(text)
    if not isinstance(parsed, Phone) or not parsed.geographic:
        return
    memo: ZonesMemo = {}

    zones = candidate_zones(parsed, None, memo)

    library = time_zones_for_number(phonenumbers.parse(text, None))
    assert zones == frozenset(library) - {UNKNOWN_TIMEZONE}
    assert candidate_zones(parsed, None, memo) is zones


def test_every_zone_that_a_number_can_give_exists() -> None:
    for zone in {zone for zones in TIMEZONE_DATA.values() for zone in zones}:
        if zone != UNKNOWN_TIMEZONE:
            ZoneInfo(zone)


@pytest.mark.parametrize("name", ["Europe/London", " America/Argentina/Ushuaia "])
def test_a_zone_of_a_place_is_taken(name: str) -> None:
    assert parse_zone(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "UTC",
        "EST",
        "Etc/GMT+5",
        "Etc/Unknown",
        "Europe/Atlantis",
        "../etc/passwd",
        "Europe/",
        "/",
    ],
)
def test_what_is_no_place_is_no_zone(name: str) -> None:
    assert parse_zone(name) is None


def test_a_mistyped_zone_gets_the_nearest_name() -> None:
    assert nearest_zone("europe/lodnon") == "Europe/London"
    assert nearest_zone("New York") in (None, "America/New_York")
    assert nearest_zone("?") is None
