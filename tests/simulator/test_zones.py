"""The witness's own table knows where numbers are, and errs towards more zones."""

import pytest

from simulator.zones import zones_of


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12125550100", {"America/New_York"}),
        ("+13105550100", {"America/Los_Angeles"}),
        ("+16025550100", {"America/Phoenix"}),
        ("+18505550100", {"America/New_York", "America/Chicago"}),
        ("+442079460123", {"Europe/London"}),
        ("+33199000123", {"Europe/Paris"}),
        ("+4989123456", {"Europe/Berlin"}),
        ("+61299990123", {"Australia/Sydney"}),
    ],
)
def test_a_number_is_in_the_zones_of_its_area(number: str, zones: set[str]) -> None:
    assert {zone.key for zone in zones_of(number)} == zones


def test_a_mobile_and_an_unknown_area_may_be_anywhere_in_their_country() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} <= {z.key for z in zones_of("+61491570156")}
    assert len(zones_of("+19995550100")) == 4
