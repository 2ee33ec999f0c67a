"""What a campaign's leads wait for is counted in groups that a person can read."""

from datetime import UTC, datetime, timedelta

from outreach.lead import Work
from outreach.reason import Reason
from outreach.telling.standing import MOST_HOURS, Due, planned, resting

NOW = datetime(2031, 3, 4, 20, tzinfo=UTC)
NINE = datetime(2031, 3, 5, 14, tzinfo=UTC)
"""Nine in the morning in New York."""


def due(leads: int, at: datetime, zone: str | None = "America/New_York", by: str | None = None):
    return Due(moved_by=by, due_at=at, zone=zone, leads=leads)


def told(*groups: Due) -> list[str]:
    return [f"{line.leads} {line.words}" for line in planned(groups, NOW)]


def test_people_in_many_zones_wait_for_the_same_hour_of_their_own():
    assert told(due(800, NINE), due(12, NINE + timedelta(hours=1), "America/Chicago")) == [
        "812 wait for 09:00 where they are; the first is due 2031-03-05 14:00 UTC."
    ]


def test_what_is_due_waits_for_its_turn_with_the_reason_that_held_it_up():
    assert told(due(3, NOW), due(2, NOW, by=Reason.LINE_BUSY)) == [
        "3 are due and wait for their turn.",
        "2 are due and wait for their turn. Another attempt to this number is under way.",
    ]


def test_what_was_put_off_says_why_and_until_when():
    assert told(due(5, NINE, by=Reason.CAP_REACHED), due(1, NINE, by=Reason.CAP_REACHED)) == [
        "6 wait; the first is due 2031-03-05 14:00 UTC."
        " This person has been contacted as often as the rules allow."
    ]


def test_many_hours_become_one_line_and_nobody_is_lost():
    groups = [due(10 + hour, NINE + timedelta(minutes=hour)) for hour in range(MOST_HOURS + 4)]
    lines = planned(groups, NOW)
    assert len(lines) == MOST_HOURS + 1
    assert sum(line.leads for line in lines) == sum(group.leads for group in groups)
    assert lines[-1].words == "wait for other hours where they are."


def test_those_without_a_zone_wait_by_utc():
    assert told(due(1, NINE, None))[0].startswith("1 wait for 14:00 UTC;")


def test_the_blocked_say_why_and_when_they_are_looked_at_again():
    assert resting(Work.BLOCKED, Reason.NO_CONSENT, 41, None).words == (
        "are not contacted. No consent that is enough is recorded for this channel."
    )
    assert resting(Work.BLOCKED, Reason.BUDGET, 1, NINE).words == (
        "are not contacted. The campaign's budget is used up."
        " The first is looked at again 2031-03-05 14:00 UTC."
    )
