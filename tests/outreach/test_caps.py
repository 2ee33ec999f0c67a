"""No person is contacted more often than the caps say, in any stretch of time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.caps import DEFAULT_CAPS, Cap, earliest, words

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURS = st.integers(0, 24 * 40)
LIMITS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 20)), max_size=3)


def keeps(contacts: list[datetime], caps: list[Cap], at: datetime) -> bool:
    """The oracle: with one more contact at `at`, every stretch that ends there is within limits."""
    return all(sum(at - cap.within < one <= at for one in contacts) < cap.limit for cap in caps)


@given(
    st.lists(HOURS, max_size=12),
    HOURS,
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 20)), max_size=3),
)
def test_the_earliest_moment_is_legal_and_none_before_it_is(
    history: list[int], wanted: int, limits: list[tuple[int, int]]
) -> None:
    caps = [Cap(limit=limit, within=timedelta(days=days)) for limit, days in limits]
    at = START + timedelta(hours=wanted)
    # What lies ahead counts as well, so the oracle of the past is asked about the past alone.
    contacts = [START + timedelta(hours=hour) for hour in history if hour <= wanted]

    found = earliest(contacts, caps, at)

    assert found.at >= at
    assert keeps(contacts, caps, found.at)
    assert (found.held_by is None) == (found.at == at)
    if found.held_by is not None:
        assert not keeps(contacts, caps, found.at - timedelta(seconds=1))


def test_contacts_by_the_policy_alone_keep_the_policy() -> None:
    contacts: list[datetime] = []
    at = START
    for _ in range(30):
        at = earliest(contacts, DEFAULT_CAPS, at).at
        contacts.append(at)

    for cap in DEFAULT_CAPS:
        for one in contacts:
            assert sum(one - cap.within < other <= one for other in contacts) <= cap.limit


def test_a_contact_that_lies_ahead_counts_too() -> None:
    tomorrow = START + timedelta(hours=20)

    found = earliest([START, tomorrow], DEFAULT_CAPS, START + timedelta(hours=1))

    assert found.at == START + timedelta(days=1)


@pytest.mark.parametrize(
    ("cap", "said"),
    [
        (DEFAULT_CAPS[0], "2 a day"),
        (Cap(limit=1, within=timedelta(days=7)), "1 in 7 days"),
        (
            Cap(limit=1, within=timedelta(hours=8), rule="US-ME"),
            "1 in 8 hours by the rules of US-ME",
        ),
    ],
)
def test_a_cap_has_words(cap: Cap, said: str) -> None:
    assert words(cap) == said
