"""A day of daily limits begins at midnight where the deployment says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.day import day_of

NEW_YORK = ZoneInfo("America/New_York")


def test_the_evening_in_new_york_is_not_yet_tomorrow() -> None:
    day = day_of(datetime(2031, 3, 5, 3, 0, tzinfo=UTC), NEW_YORK)

    assert day.date.isoformat() == "2031-03-04"
    assert day.begins_at == datetime(2031, 3, 4, 5, 0, tzinfo=UTC)
    assert day.ends_at == datetime(2031, 3, 5, 5, 0, tzinfo=UTC)


def test_the_day_on_which_the_clocks_go_forward_is_an_hour_shorter() -> None:
    day = day_of(datetime(2031, 3, 9, 18, 0, tzinfo=UTC), NEW_YORK)

    assert day.ends_at - day.begins_at == timedelta(hours=23)
