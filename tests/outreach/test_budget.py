"""A budget is never overdrawn, though prices come late."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.budget import Estimate, Purse, Spending
from outreach.campaign import Budget
from outreach.channel import ChannelName

VOICE, WHATSAPP = ChannelName.VOICE, ChannelName.WHATSAPP
ESTIMATE = Estimate(call_micros=100, message_micros=30)
NOTHING = Spending()


def purse(budget: Budget, total: Spending = NOTHING, today: Spending = NOTHING) -> Purse:
    return Purse(budget=budget, total=total, today=today, estimate=ESTIMATE)


def test_what_has_no_price_yet_counts_with_an_estimate() -> None:
    made = Spending(attempts=3, micros=500, unpriced_calls=1, unpriced_messages=1)

    assert not purse(Budget(amount_micros=729), made).allows(VOICE)
    assert purse(Budget(amount_micros=730), made).allows(VOICE)
    assert purse(Budget(amount_micros=660), made).allows(WHATSAPP)


def test_the_mean_of_known_prices_is_the_better_estimate() -> None:
    made = Spending(attempts=21, micros=20 * 77, unpriced_calls=1)

    assert ESTIMATE.learned_from(made).of(VOICE) == 77
    assert ESTIMATE.learned_from(Spending(attempts=5, micros=500)) == ESTIMATE


@given(st.integers(1, 20), st.integers(0, 25), st.integers(1, 20), st.integers(0, 25))
def test_one_gate_never_allows_more_than_total_and_day_bear(
    most: int, made: int, most_today: int, made_today: int
) -> None:
    held = purse(
        Budget(attempts=most, attempts_per_day=most_today),
        Spending(attempts=made),
        Spending(attempts=made_today),
    )

    allowed = 0
    while held.allows(VOICE) and held.allows_today(VOICE):
        held.take(VOICE)
        allowed += 1

    assert allowed == max(min(most - made, most_today - made_today), 0)
