"""People answer a number that looks near to their own."""

import pytest

from outreach.local_number import Nearness, place_of


@pytest.mark.parametrize(
    ("ours", "theirs", "nearness"),
    [
        ("+12125550100", "+12125550199", Nearness.SAME_AREA),
        ("+12125550100", "+13125550199", Nearness.SAME_COUNTRY),
        ("+12125550100", "+442079460123", Nearness.ELSEWHERE),
        ("+442079460123", "+442079460999", Nearness.SAME_AREA),
        # A mobile says no area.
        ("+61491570156", "+61491570157", Nearness.SAME_COUNTRY),
        ("+12125550100", "nonsense", Nearness.ELSEWHERE),
    ],
)
def test_a_number_is_as_near_as_its_first_digits_say(
    ours: str, theirs: str, nearness: Nearness
) -> None:
    assert place_of(ours).nearness(place_of(theirs)) is nearness
    assert place_of(theirs).nearness(place_of(ours)) is nearness
