"""An attempt is due at the first moment that every rule allows, and it is said what moved it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.caps import DEFAULT_CAPS, earliest
from outreach.daypart import Daypart, daypart
from outreach.hours import QUIET_HOURS, WeeklyHours, is_legal
from outreach.planning import Blocked, Planned, Wish, plan, words
from outreach.reason import Reason

LONDON = frozenset({"Europe/London"})
MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
LATER = MONDAY + timedelta(hours=2)
OFFICE = WeeklyHours.parse({"mon-fri": "09:00-17:00"})


def wish(**changes: Any) -> Wish:
    return Wish(**{"now": MONDAY, "wanted_at": MONDAY, "zones": LONDON, **changes})


def planned(**changes: Any) -> Planned:
    found = plan(wish(**changes))
    assert isinstance(found, Planned), found
    return found


def test_what_is_legal_now_is_due_now() -> None:
    found = planned()

    assert (found.due_at, found.moved_by) == (MONDAY, None)
    assert found.window_end_at == datetime(2026, 1, 5, 21, tzinfo=UTC)
    assert words(found, "Europe/London") == ""


def test_a_night_waits_for_the_morning_and_says_so() -> None:
    night = MONDAY.replace(hour=23)

    found = planned(now=night, wanted_at=night, hours=(OFFICE,))

    assert found.due_at == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert found.moved_by is Reason.OUTSIDE_WINDOW
    assert words(found, "Europe/London").startswith(
        "Tue 06 Jan 09:00 their time, moved from Mon 05 Jan 23:00"
    )


@pytest.mark.parametrize(
    ("changes", "due_at", "reason"),
    [
        (
            {"not_before": MONDAY + timedelta(hours=2)},
            MONDAY + timedelta(hours=2),
            Reason.NOT_BEFORE,
        ),
        (
            {"starts_at": MONDAY + timedelta(days=1)},
            MONDAY + timedelta(days=1),
            Reason.NOT_STARTED_YET,
        ),
        ({"wanted_at": MONDAY - timedelta(days=3)}, MONDAY, None),
        (
            {"contacts": (MONDAY, MONDAY), "caps": DEFAULT_CAPS},
            MONDAY + timedelta(days=1),
            Reason.CAP_REACHED,
        ),
    ],
)
def test_each_bound_moves_it_and_is_named(
    changes: dict[str, Any], due_at: datetime, reason: Reason | None
) -> None:
    found = planned(**changes)

    assert (found.due_at, found.moved_by) == (due_at, reason)


def test_nobody_knows_where_means_nobody_is_called() -> None:
    assert plan(wish(zones=frozenset())) == Blocked(reason=Reason.NO_TIMEZONE, recheck_at=None)


def test_no_common_hour_blocks_and_is_looked_at_again() -> None:
    far = frozenset({"Pacific/Auckland", "Europe/London"})

    found = plan(wish(zones=far, hours=(OFFICE,)))

    assert found == Blocked(reason=Reason.NO_WINDOW, recheck_at=MONDAY + timedelta(days=7))


def test_a_campaign_that_ends_first_blocks() -> None:
    found = plan(wish(wanted_at=MONDAY + timedelta(hours=5), ends_at=MONDAY + timedelta(hours=4)))

    assert found == Blocked(reason=Reason.CAMPAIGN_ENDED, recheck_at=None)
    assert planned(ends_at=MONDAY + timedelta(hours=4)).window_end_at == MONDAY + timedelta(hours=4)


def test_another_part_of_the_day_is_sought_and_the_same_one_taken_if_there_is_no_other() -> None:
    mornings = WeeklyHours.daily("09:00", "12:00")

    spread = planned(avoid=Daypart.MORNING)
    narrow = planned(avoid=Daypart.MORNING, hours=(mornings,))

    assert spread.due_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert spread.moved_by is Reason.DAYPART
    assert narrow.due_at == MONDAY


@pytest.mark.parametrize(
    ("hour", "part"), [(8, "morning"), (12, "afternoon"), (16, "afternoon"), (17, "evening")]
)
def test_parts_of_the_day_are_those_of_the_place(hour: int, part: str) -> None:
    assert daypart(datetime(2026, 1, 5, hour, tzinfo=UTC), "Europe/London") == part


@settings(max_examples=60, deadline=None)
@given(
    zones=st.frozensets(
        st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]),
        min_size=1,
        max_size=2,
    ),
    wanted=st.integers(-50, 24 * 60 * 30),
    contacts=st.lists(st.integers(0, 24 * 30), max_size=8),
    jitter=st.floats(0, 1),
    avoid=st.sampled_from([None, *Daypart]),
    hours=st.sampled_from([(), (OFFICE,)]),
)
def test_whatever_is_planned_is_legal_within_caps_and_within_its_window(
    zones: frozenset[str],
    wanted: int,
    contacts: list[int],
    jitter: float,
    avoid: Daypart | None,
    hours: tuple[WeeklyHours, ...],
) -> None:
    history = [MONDAY - timedelta(hours=hour) for hour in contacts]
    found = plan(
        wish(
            zones=zones,
            wanted_at=MONDAY + timedelta(minutes=wanted),
            contacts=history,
            caps=DEFAULT_CAPS,
            jitter=jitter,
            avoid=avoid,
            hours=hours,
        )
    )

    if isinstance(found, Blocked):
        assert found.reason is Reason.NO_WINDOW
        return
    assert MONDAY <= found.due_at < found.window_end_at
    assert found.due_at >= found.wanted_at
    assert is_legal(zones, (QUIET_HOURS, *hours), found.due_at)
    assert is_legal(zones, hours, found.window_end_at - timedelta(seconds=1))
    assert earliest(history, DEFAULT_CAPS, found.due_at).held_by is None
