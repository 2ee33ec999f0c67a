"""What a campaign is told before it is launched, held against counting by hand."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outreach.channel import ChannelName
from outreach.forecast import (
    HOUR,
    Forecast,
    Group,
    Room,
    cost_of,
    forecast,
    room_of,
)
from outreach.prices import Prices, Tariff
from tests.outreach.campaigns import campaign

TUESDAY = datetime(2026, 11, 24, 14, tzinfo=UTC)
DAYS = tuple(
    (TUESDAY.replace(hour=9) + timedelta(days=n), TUESDAY.replace(hour=18) + timedelta(days=n))
    for n in range(21)
)


def group(leads: int, due_at: datetime = TUESDAY, channel: str = "voice") -> Group:
    return Group(channel=ChannelName(channel), leads=leads, due_at=due_at, open=DAYS)


def room(**changed: object) -> Room:
    plain: dict[str, object] = {
        "calls_at_once": 10,
        "call_s": 90,
        "interval": timedelta(0),
        "answered": 1.0,
        "waits": (),
        "most": 1,
    }
    return Room(**{**plain, **changed})  # type: ignore[arg-type]  # fields by name, as the test says


def firsts(found: Forecast) -> list[int]:
    return [hour.first for hour in found.hours]


def test_as_many_are_called_in_an_hour_as_there_are_lines_and_minutes_for() -> None:
    # Ten lines of 40 calls an hour.
    found = forecast([group(1000)], room(), TUESDAY)
    assert firsts(found)[:3] == [400, 400, 200]
    assert found.first_done_at == TUESDAY + 3 * HOUR


def test_what_does_not_fit_before_closing_time_is_called_on_the_next_morning() -> None:
    found = forecast([group(2000)], room(), TUESDAY)
    assert [hour.begins_at.hour for hour in found.hours] == [14, 15, 16, 17, 9]
    assert found.hours[-1].begins_at.day == 25


def test_pace_beats_the_number_of_lines() -> None:
    found = forecast([group(100)], room(interval=timedelta(minutes=2)), TUESDAY)
    assert firsts(found)[:3] == [30, 30, 30]


def test_calls_that_nobody_answers_hold_a_line_for_the_ringing_alone() -> None:
    found = forecast([group(5000)], room(answered=0.0), TUESDAY)
    assert firsts(found)[0] == 10 * 3600 // 30


def test_messages_wait_for_the_pace_alone() -> None:
    found = forecast([group(5000, channel="whatsapp")], room(calls_at_once=1), TUESDAY)
    assert firsts(found) == [5000]
    assert found.expected_calls == 0


def test_who_does_not_answer_is_expected_again_as_the_rules_say() -> None:
    """L + L(1-a) + L(1-a)^2: the first three terms of the sum in product.md B6."""
    waits = (2 * HOUR, timedelta(days=1))
    found = forecast([group(1000)], room(answered=0.25, waits=waits, most=3), TUESDAY)
    assert found.expected in (1000 + 750 + 562, 1000 + 750 + 563)
    assert (found.fewest, found.most) == (1000, 3000)
    assert found.first_done_at is not None
    assert found.done_at is not None
    assert found.done_at > found.first_done_at


def test_nobody_to_call_now_says_when_the_first_hours_open() -> None:
    night = TUESDAY.replace(hour=3)
    found = forecast([group(5, due_at=night)], room(), night)
    assert found.callable_now == 0
    assert found.opens_at == night.replace(hour=9)


def test_what_is_due_later_is_not_callable_now_and_not_made_earlier() -> None:
    later = TUESDAY + timedelta(days=1, hours=1)
    found = forecast([group(5, due_at=later)], room(), TUESDAY)
    assert found.callable_now == 0
    assert [hour.begins_at for hour in found.hours] == [later]


def test_whom_no_hour_is_open_to_is_never_said_to_be_done() -> None:
    closed = Group(channel=ChannelName.VOICE, leads=3, due_at=TUESDAY, open=())
    found = forecast([closed], room(), TUESDAY)
    assert (found.hours, found.first_done_at, found.done_at) == ((), None, None)


def test_nobody_planned_is_nothing_to_do() -> None:
    found = forecast([], room(), TUESDAY)
    assert (found.expected, found.most, found.opens_at) == (0, 0, None)


def test_rules_say_how_often_and_when_a_call_is_made_again() -> None:
    found = room_of(campaign(), calls=0, answered=0)
    assert found.waits == (timedelta(hours=2), timedelta(days=1), timedelta(days=2))
    assert found.answered == 0.25
    assert room_of(campaign(), calls=100, answered=40).answered == 0.4


def test_cost_is_what_answered_calls_cost_and_at_most_what_all_would() -> None:
    prices = Prices(
        currency="USD",
        call_minute=Tariff(default=20_000, by_prefix={}),
        call_step_s=60,
        message=Tariff(default=5_000, by_prefix={}),
        hearing_minute=0,
        speaking_thousand=0,
        input_million=0,
        output_million=0,
    )
    groups, of = [group(100)], room(answered=0.5, most=3)
    cost = cost_of(forecast(groups, of, TUESDAY), groups, of, prices)
    assert cost is not None
    # 90 s are two minutes.
    assert (cost.expected, cost.most) == (50 * 40_000, 300 * 40_000)
    assert cost_of(forecast(groups, of, TUESDAY), groups, of, None) is None


@given(
    leads=st.lists(st.integers(1, 500), min_size=1, max_size=5),
    lines=st.integers(1, 50),
    answered=st.floats(0, 1),
)
def test_everybody_is_tried_once_and_no_hour_holds_more_than_there_is_room_for(
    leads: list[int], lines: int, answered: float
) -> None:
    groups = [group(number, TUESDAY + n * HOUR) for n, number in enumerate(leads)]
    of = room(calls_at_once=lines, answered=answered, waits=(2 * HOUR,), most=2)
    found = forecast(groups, of, TUESDAY)
    if found.first_done_at is not None:
        assert abs(sum(firsts(found)) - sum(leads)) <= len(found.hours)
    most = of.starts_an_hour(ChannelName.VOICE)
    assert all(hour.first + hour.later <= most + 1 for hour in found.hours)
    assert found.fewest <= found.expected + 1
    assert found.expected <= found.most + 1
