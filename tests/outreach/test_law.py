"""Nobody is contacted against a rule of any place they may be in."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.caps import DEFAULT_CAPS, Cap
from outreach.gate import Allowed, decide
from outreach.hours import first_window, is_legal
from outreach.law.day_hours import DayHours
from outreach.law.explaining import ask, bound_by, located
from outreach.law.places import ANY_STATE, places_of
from outreach.law.row import UNLISTED
from outreach.phone import Phone, parse_phone
from outreach.planning import Planned, Wish, plan, words
from outreach.reason import Reason
from outreach.zones import Zones, candidate_zones
from tests.law import RULEBOOK
from tests.outreach.test_gate import OPEN

MINUTE = timedelta(minutes=1)
ZONES = st.frozensets(
    st.sampled_from(
        [
            "Europe/Paris",
            "America/New_York",
            "America/Chicago",
            "Asia/Kolkata",
            "Europe/London",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "America/St_Johns",
        ]
    ),
    min_size=1,
    max_size=2,
)
PLACES = st.frozensets(
    st.sampled_from(
        [
            "US-NY",
            "US-FL",
            "US-RI",
            "US-UT",
            ANY_STATE,
            "FR",
            "GB",
            "IT",
            "DE",
            "NO",
            "JP",
            UNLISTED,
        ]
    ),
    min_size=1,
    max_size=3,
)
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 12, 1), datetime(2027, 12, 31)),
    # Around the changes of the clocks.
    st.datetimes(datetime(2027, 3, 13), datetime(2027, 3, 15)),
    st.datetimes(datetime(2027, 10, 30), datetime(2027, 11, 8)),
).map(lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC))


def rules_of(places: frozenset[str]) -> list[tuple[DayHours, str | None]]:
    """The hours that bind there, each with the calendar whose holidays it keeps."""
    found: list[tuple[DayHours, str | None]] = []
    for row in RULEBOOK.rows_of(places, "marketing"):
        found.append((row.hours, row.holidays))
        if row.confidence == "low" and row.id in RULEBOOK.rows:
            found.append((RULEBOOK.rows[UNLISTED].hours, row.holidays or row.id))
    return found


def allowed_by_the_wall_clocks(places: frozenset[str], zones: Zones, at: datetime) -> bool:
    """The oracle: read each clock and look each rule up, one at a time."""
    return allowed_by(rules_of(places), zones, at)


def allowed_by(rules: Sequence[tuple[DayHours, str | None]], zones: Zones, at: datetime) -> bool:
    for zone in zones:
        clock = at.astimezone(ZoneInfo(zone))
        minute = clock.hour * 60 + clock.minute
        if not 8 * 60 <= minute < 21 * 60:
            return False
        for hours, calendar in rules:
            spans = hours.week.days[clock.weekday()]
            days = [clock.date(), clock.date() + timedelta(days=1)]
            today, tomorrow = (
                bool(calendar) and day.toordinal() in RULEBOOK.holidays_of(str(calendar), day.year)
                for day in days
            )
            if today and hours.holiday is not None:
                spans = hours.holiday
            elif tomorrow and not today and hours.eve is not None:
                spans = hours.eve
            if not any(start <= minute < end for start, end in spans):
                return False
    return True


@settings(max_examples=150, deadline=None)
@given(places=PLACES, zones=ZONES, at=MOMENTS)
@example(
    places=frozenset({"FR"}),
    zones=frozenset({"Europe/Paris"}),
    at=datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
)
def test_the_gate_allows_only_what_every_wall_clock_and_rule_allows(
    places: frozenset[str], zones: Zones, at: datetime
) -> None:
    law = RULEBOOK.law(places, "marketing")

    verdict = decide(replace(OPEN, now=at, zones=zones, hours=law.hours, contacts=()))

    legal = allowed_by_the_wall_clocks(places, zones, at)
    if isinstance(verdict, Allowed):
        assert legal
        last = verdict.until - MINUTE
        assert allowed_by_the_wall_clocks(places, zones, last)
        assert not allowed_by_the_wall_clocks(places, zones, verdict.until)
    else:
        assert verdict.reason in (Reason.OUTSIDE_WINDOW, Reason.NO_WINDOW)
        # It may refuse the last minute of a window: an order takes its way.
        assert not legal or not allowed_by_the_wall_clocks(places, zones, at + MINUTE)


@settings(max_examples=25, deadline=None)
@given(places=PLACES, zones=ZONES, at=MOMENTS)
def test_planning_finds_the_first_minute_that_every_rule_allows(
    places: frozenset[str], zones: Zones, at: datetime
) -> None:
    law = RULEBOOK.law(places, "marketing")

    found = plan(Wish(now=at, wanted_at=at, zones=zones, hours=law.hours))

    end = found.due_at if isinstance(found, Planned) else at + timedelta(days=3)
    minutes = min(int((end - at) / MINUTE), 3 * 24 * 60)
    before = [at + MINUTE * one for one in range(minutes)]
    rules = rules_of(places)
    assert not any(allowed_by(rules, zones, one) for one in before)
    if isinstance(found, Planned):
        assert allowed_by_the_wall_clocks(places, zones, found.due_at)


@settings(max_examples=150, deadline=None)
@given(places=PLACES, more=PLACES, zones=ZONES, at=MOMENTS)
def test_one_more_rule_never_allows_more(
    places: frozenset[str], more: frozenset[str], zones: Zones, at: datetime
) -> None:
    few, many = RULEBOOK.law(places, "marketing"), RULEBOOK.law(places | more, "marketing")

    assert is_legal(zones, few.hours, at) or not is_legal(zones, many.hours, at)
    strict = {cap.within: cap.limit for cap in many.caps}
    assert all(strict[cap.within] <= cap.limit for cap in few.caps)
    assert few.opening.keys() <= many.opening.keys()


@pytest.mark.parametrize(
    ("number", "country", "where", "said"),
    [
        ("+12125550100", "US", {"US-NY"}, "Taken to be in US-NY."),
        ("+13055550100", None, {"US-FL"}, "Taken to be in US-FL."),
        ("+442079460123", "GB", {"GB"}, "Taken to be in GB."),
        ("+442079460123", "FR", {"GB", "FR"}, "May be in any of FR, GB."),
        ("+81312345678", None, {"JP"}, "Taken to be in JP."),
        # Toll-free: anywhere in the United States.
        ("+18005550100", None, {ANY_STATE}, "May be somewhere in the United States"),
        ("+18005550100", "CA", {ANY_STATE, "CA"}, "May be in CA, or somewhere in the United"),
        # A satellite phone rings wherever its owner is.
        ("+881612345678", None, {UNLISTED}, "No country is known"),
        # A British number of somebody who lives in the United States.
        ("+442079460123", "US", {"GB", ANY_STATE}, "May be in GB, or somewhere in the United"),
    ],
)
def test_a_number_and_a_country_name_every_place_that_they_may_mean(
    number: str, country: str | None, where: set[str], said: str
) -> None:
    found = places_of((number, number, None), country)

    assert found == where
    assert located(RULEBOOK.law(found, "marketing")).startswith(said)


def test_an_american_in_no_known_state_has_the_rules_of_all_states() -> None:
    law = RULEBOOK.law(frozenset({ANY_STATE}), "marketing")

    tuesday = datetime(2027, 3, 2, tzinfo=UTC)
    window = first_window(frozenset({"UTC"}), law.hours, tuesday)
    assert window is not None
    # Kentucky begins at ten, Rhode Island ends at six.
    assert (window.opens_at.hour, window.closes_at.hour) == (10, 18)
    assert Cap(limit=1, within=timedelta(hours=8), rule="US-ME") in law.caps


def test_numbers_without_a_place_have_no_hour_until_a_zone_is_stated() -> None:
    for number in ("+18005550100", "+881612345678"):
        phone = parse_phone(number)
        assert isinstance(phone, Phone)
        law = RULEBOOK.law(places_of((number,), None), "service")
        assert first_window(candidate_zones(phone, None), law.hours, OPEN.now) is None
        assert first_window(candidate_zones(phone, "America/Chicago"), law.hours, OPEN.now)


def test_a_number_of_several_zones_is_contacted_where_it_is_day_in_each() -> None:
    phone = parse_phone("+61491570156")
    assert isinstance(phone, Phone)
    zones = candidate_zones(phone, None)
    law = RULEBOOK.law(places_of((phone.e164,), None), "service")

    window = first_window(zones, law.hours, datetime(2026, 11, 20, tzinfo=UTC))

    assert len(zones) > 1
    assert window is not None
    assert window.closes_at - window.opens_at < timedelta(hours=9)


def test_rules_of_a_purpose_bind_campaigns_of_that_purpose_alone() -> None:
    place = frozenset({"US-NY"})

    assert RULEBOOK.law(place, "marketing").caps == ()
    [cap] = RULEBOOK.law(place, "debt_collection").caps
    assert (cap.limit, cap.rule) == (7, "US-debt-collection")


def test_what_a_person_asked_for_lifts_our_policy_and_never_the_law() -> None:
    florida = RULEBOOK.law(frozenset({"US-FL"}), "service")

    assert florida.caps_with(DEFAULT_CAPS, exempt=True) == florida.caps
    assert [cap.limit for cap in florida.caps_with(DEFAULT_CAPS, exempt=False)] == [2, 4, 8]


def test_a_time_that_a_cap_moved_says_by_which() -> None:
    emirates = RULEBOOK.law(frozenset({"AE"}), "service")
    now = datetime(2027, 3, 2, 12, 10, tzinfo=UTC)
    wish = Wish(
        now=now,
        wanted_at=now,
        zones=frozenset({"Asia/Dubai"}),
        hours=emirates.hours,
        contacts=[now - timedelta(hours=3)],
        caps=emirates.caps_with(DEFAULT_CAPS, exempt=False),
    )

    found = plan(wish)

    assert isinstance(found, Planned)
    assert words(found, "Asia/Dubai") == (
        "Wed 03 Mar 13:10 their time, moved from Tue 02 Mar 16:10 by 1 a day by the rules of AE"
    )


def test_an_answer_names_each_rule_that_says_no_and_until_when_it_is_yes() -> None:
    law = RULEBOOK.law(frozenset({"FR"}), "service")
    wish = Wish(
        now=OPEN.now, wanted_at=OPEN.now, zones=frozenset({"Europe/Paris"}), hours=law.hours
    )

    noon = ask(wish, datetime(2027, 3, 3, 12, 30, tzinfo=UTC))
    later = ask(wish, datetime(2027, 3, 3, 15, 0, tzinfo=UTC))

    assert noon.why_not == (
        "FR (France): Wed 13:30 in Europe/Paris is outside 10:00-13:00 and 14:00-20:00",
    )
    assert noon.open_until is None
    assert later.why_not == ()
    assert later.open_until == datetime(2027, 3, 3, 19, 0, tzinfo=UTC)
    assert bound_by(law)[0].startswith("FR: Weekdays with a pause at noon")


def test_the_rules_travel_to_another_process() -> None:
    law = pickle.loads(pickle.dumps(RULEBOOK)).law(frozenset({"FR"}), "service")

    assert [row.id for row in law.rows] == ["FR"]
