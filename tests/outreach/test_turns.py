"""Nobody waits for ever, however many better ones come."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.turns import ONE_IN, passed_over_after, places_by_age


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=60))
def test_one_place_in_five_goes_to_whoever_is_overdue_longest(rooms: list[int]) -> None:
    passed_over, by_age = 0, 0

    for room in rooms:
        places = places_by_age(passed_over, room)
        assert 0 <= places <= room
        by_age += places
        passed_over = passed_over_after(passed_over, room, places)

    assert by_age == sum(rooms) // ONE_IN


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=60))
def test_a_time_without_anybody_overdue_saves_up_no_more_than_one_place(rooms: list[int]) -> None:
    passed_over = 0
    for room in rooms:
        passed_over = passed_over_after(passed_over, room, 0)

    assert passed_over <= ONE_IN
    assert places_by_age(passed_over, 1) <= 1
