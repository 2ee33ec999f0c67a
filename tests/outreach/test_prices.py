"""What is used costs what the price table says, and is charged once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.charges import Charge, Cost, Part, charged, cost_of, told_cost
from outreach.prices import Prices, Tariff, Used

PRICES = Prices(
    currency="USD",
    call_minute=Tariff(default=50_000, by_prefix={"1": 14_000, "44": 30_000, "1684": 200_000}),
    call_step_s=60,
    message=Tariff(default=20_000, by_prefix={"1": 9_000}),
    hearing_minute=3_000,
    speaking_thousand=15_000,
    input_million=400_000,
    output_million=1_600_000,
)
US, UK, FRANCE, SAMOA = "+12025550123", "+442079460123", "+33199001234", "+16845550123"


@pytest.mark.parametrize(
    ("used", "phone", "micros"),
    [
        (Used(), US, 0),
        (Used(call_s=1), US, 14_000),
        (Used(call_s=60), US, 14_000),
        (Used(call_s=61), US, 28_000),
        (Used(call_s=61), UK, 60_000),
        (Used(call_s=61), FRANCE, 100_000),
        (Used(call_s=1), SAMOA, 200_000),
        (Used(messages=3), US, 27_000),
        (Used(messages=3), UK, 60_000),
        (Used(heard_ms=30_000), UK, 1_500),
        (Used(heard_ms=9), US, 0),
        (Used(heard_ms=10), US, 1),
        (Used(spoken_characters=1_234), US, 18_510),
        (Used(input_tokens=1_000_000, output_tokens=1_000_000), US, 2_000_000),
        (Used(input_tokens=3), US, 1),
        (Used(input_tokens=1), US, 0),
        # Rounded once: 0.4 and 0.45 together are one millionth.
        (Used(input_tokens=1, heard_ms=9), US, 1),
        (Used(call_s=95, heard_ms=40_000, spoken_characters=800, input_tokens=5_000), US, 44_000),
    ],
)
def test_what_is_used_costs_what_the_table_says(used: Used, phone: str, micros: int) -> None:
    assert PRICES.micros(used, phone) == micros


@pytest.mark.parametrize(("step_s", "micros"), [(60, 28_000), (6, 15_400), (1, 14_233)])
def test_the_carrier_counts_whole_steps(step_s: int, micros: int) -> None:
    assert replace(PRICES, call_step_s=step_s).micros(Used(call_s=61), US) == micros


@given(st.lists(st.integers(0, 4000), min_size=1), st.randoms())
def test_a_call_s_length_is_charged_once_whatever_order_it_is_told_in(lengths, random) -> None:
    again = [*lengths, *lengths]
    random.shuffle(again)
    known = None
    for seconds in again:
        known = charged(known, Part.CARRIER, Used(call_s=seconds), PRICES, US)

    assert known is not None
    assert known.micros == PRICES.micros(Used(call_s=max(lengths)), US)


def test_what_was_charged_keeps_its_price_when_the_table_changes() -> None:
    known = charged(None, Part.CARRIER, Used(call_s=60), PRICES, US)
    dearer = replace(PRICES, call_minute=Tariff(default=1_000_000, by_prefix={}))

    assert charged(known, Part.CARRIER, Used(call_s=60), dearer, US) == known


def test_each_reading_and_message_is_added() -> None:
    once = charged(None, Part.MESSAGES, Used(messages=1), PRICES, US)

    twice = charged(once, Part.MESSAGES, Used(messages=1), PRICES, US)

    assert twice == Charge(used=Used(messages=2), micros=18_000, currency="USD")


def test_without_prices_usage_is_kept_and_costs_nothing_that_is_known() -> None:
    known = charged(None, Part.CARRIER, Used(call_s=60), None, US)

    assert known == Charge(used=Used(call_s=60))
    assert cost_of({Part.CARRIER: known}) is None
    assert told_cost(None, has_prices=False) == "no prices configured"
    assert told_cost(None, has_prices=True) == "not known yet"


def test_a_cost_is_not_known_before_its_greater_part_is() -> None:
    reading = charged(None, Part.READING, Used(input_tokens=1_000), PRICES, US)
    call = charged(None, Part.CARRIER, Used(call_s=60), PRICES, US)

    assert cost_of({Part.READING: reading}) is None
    found = cost_of({Part.READING: reading, Part.CARRIER: call})
    assert found == Cost(micros=14_400, currency="USD")
    assert told_cost(found, has_prices=True) == "0.0144 USD"


def test_two_currencies_are_not_added() -> None:
    platform = Charge(micros=350_000, currency="EUR")
    reading = charged(None, Part.READING, Used(input_tokens=1_000), PRICES, US)

    found = cost_of({Part.PLATFORM: platform, Part.READING: reading})

    assert found == Cost(micros=350_000, currency="EUR")
