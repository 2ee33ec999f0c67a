"""Who refused, or talked, is left alone for as long as the law says, whatever was asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.law.explaining import ask
from outreach.law.law import Law
from outreach.law.rests import Talks, resting, words
from outreach.planning import Blocked, Planned, Wish, nearest, plan
from outreach.planning import words as planned_words
from outreach.reason import Reason
from tests.law import RULEBOOK

NOW = datetime(2027, 3, 2, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FRANCE = RULEBOOK.law(frozenset({"FR"}), "marketing")
EMIRATES = RULEBOOK.law(frozenset({"AE"}), "marketing")
BOTH = RULEBOOK.law(frozenset({"FR", "AE"}), "marketing")
DEBT = RULEBOOK.law(frozenset({"US-NY"}), "debt_collection")
NEW_YORK = RULEBOOK.law(frozenset({"US-NY"}), "marketing")


def refused(days_ago: float) -> Talks:
    at = NOW - days_ago * DAY
    return Talks(refused_at=at, talked_at=at)


def talked(days_ago: float) -> Talks:
    return Talks(talked_at=NOW - days_ago * DAY)


@pytest.mark.parametrize(
    ("law", "talks", "until"),
    [
        (FRANCE, refused(59), NOW + DAY),
        (FRANCE, refused(60), "free"),
        (FRANCE, talked(1), "free"),
        (FRANCE, Talks(), "free"),
        (EMIRATES, refused(4000), "for ever"),
        (BOTH, refused(1), "for ever"),
        (DEBT, talked(6), NOW + DAY),
        (DEBT, refused(6), NOW + DAY),
        (DEBT, talked(7), "free"),
        (NEW_YORK, refused(1), "free"),
    ],
)
def test_each_law_says_how_long_somebody_is_left_alone(
    law: Law, talks: Talks, until: datetime | str
) -> None:
    rest = resting(law.rests, talks, NOW)

    found = "free" if rest is None else rest.until or "for ever"
    assert found == until


def wish(law: Law, talks: Talks) -> Wish:
    return Wish(
        now=NOW,
        wanted_at=NOW,
        zones=frozenset({"Europe/Paris"}),
        hours=law.hours,
        rest=resting(law.rests, talks, NOW),
    )


def test_a_plan_is_moved_behind_the_rest_and_names_the_rule() -> None:
    question = wish(FRANCE, refused(50))
    found = plan(question)

    assert isinstance(found, Planned)
    assert found.due_at == NOW + 10 * DAY
    assert found.moved_by is Reason.RESTING
    assert planned_words(found, "Europe/Paris").endswith(
        "by 60 days of rest after a refusal by the rules of FR"
    )
    assert "left alone: 60 days of rest after a refusal" in ask(question, NOW).why_not[0]
    assert ask(question, NOW + 10 * DAY).why_not == ()
    assert nearest(question).before is None


def test_a_rest_for_ever_blocks_and_names_the_rule() -> None:
    question = wish(EMIRATES, refused(500))

    assert plan(question) == Blocked(reason=Reason.RESTING, recheck_at=None)
    assert question.rest is not None
    assert words(question.rest) == "no contact ever again after a refusal by the rules of AE"


@given(
    refused_ago=st.none() | st.floats(0, 90),
    talked_ago=st.none() | st.floats(0, 90),
    places=st.frozensets(st.sampled_from(["FR", "AE", "US-NY", "GB"]), min_size=1),
    more=st.frozensets(st.sampled_from(["FR", "AE", "US-NY", "GB"])),
)
def test_nobody_is_planned_within_a_rest_and_one_more_place_never_shortens_it(
    refused_ago: float | None,
    talked_ago: float | None,
    places: frozenset[str],
    more: frozenset[str],
) -> None:
    talks = Talks(
        refused_at=None if refused_ago is None else NOW - refused_ago * DAY,
        talked_at=None if talked_ago is None else NOW - talked_ago * DAY,
    )
    few = RULEBOOK.law(places, "debt_collection")
    many = RULEBOOK.law(places | more, "debt_collection")
    one, other = resting(few.rests, talks, NOW), resting(many.rests, talks, NOW)

    if one is not None:
        assert other is not None
        assert other.until is None or (one.until is not None and other.until >= one.until)
    found = plan(wish(few, talks))
    if isinstance(found, Planned):
        assert one is None or not one.holds(found.due_at)
