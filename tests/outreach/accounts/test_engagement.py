"""What all touchpoints of a company weigh together, and how it fades."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.engagement import (
    COUNTED_A_DAY,
    Raw,
    Scored,
    counted,
    engagement,
    engagement_at,
    journey_score,
    multiplier,
    score_all,
)
from outreach.accounts.touchpoint import Act, Origin
from tests.outreach.accounts.touchpoints import ANN, BEN, CAT, DAY, NOW, did, worth

AGO = [
    worth(63, at=NOW, n=3),
    worth(77, at=NOW - 7 * DAY, n=2),
    worth(100, at=NOW - 14 * DAY, n=1),
]


def test_three_touchpoints_weigh_what_the_specification_says() -> None:
    found = engagement(AGO, NOW)

    assert found == pytest.approx(167.45, abs=0.005)
    assert journey_score(found) == pytest.approx(4.88, abs=0.005)


@pytest.mark.row("S1-7")
def test_three_people_make_the_same_touchpoints_weigh_more() -> None:
    by_three = [
        worth(one.score or 0, at=one.raw.at, who=who)
        for one, who in zip(AGO, (ANN, BEN, CAT), strict=True)
    ]

    found = engagement(by_three, NOW)

    assert found == pytest.approx(217.68, abs=0.005)
    assert journey_score(found) == pytest.approx(5.81, abs=0.005)


@pytest.mark.parametrize(("score", "raw"), [(2, 55.79), (4, 127.71), (6, 229.07), (8, 402.36)])
def test_the_stages_begin_at_the_engagements_of_the_specification(score: float, raw: float) -> None:
    assert engagement_at(score) == pytest.approx(raw, abs=0.005)
    assert journey_score(raw) == pytest.approx(score, abs=0.001)


@pytest.mark.parametrize(("k", "m"), [(0, 1), (1, 1), (2, 1.15), (5, 1.6), (9, 1.6)])
def test_colleagues_multiply_up_to_five(k: int, m: float) -> None:
    assert multiplier(k) == pytest.approx(m)


@pytest.mark.row("S3-7")
def test_ten_page_views_weigh_less_than_a_meeting_and_a_call() -> None:
    views = [
        did(Act.PAGE, 1100, at=NOW + timedelta(minutes=n), origin=Origin.DISPLAY, n=n)
        for n in range(10)
    ]
    met = [
        did(Act.CALL, 2000, at=NOW, origin=Origin.REPLY, depth=900, n=1),
        did(Act.MEETING_BOOKED, at=NOW, n=2),
    ]
    end = NOW + timedelta(minutes=10)

    scores = [one.score for one in score_all(views)]

    assert scores == [34, 39, 44, *[49] * 7]
    assert sum(one.score or 0 for one in counted(score_all(views))) == 117
    assert journey_score(engagement(score_all(views), end)) < 4
    assert engagement(score_all(views), end) < engagement(score_all(met), end)


def test_a_great_act_is_not_lost_behind_three_small_ones() -> None:
    small = [did(Act.ARTICLE, 1100, at=NOW + timedelta(minutes=n), n=n) for n in range(3)]
    great = did(Act.REPORT, 2000, at=NOW + timedelta(minutes=9), n=9)

    kept = counted(score_all([*small, great]))

    assert len(kept) == COUNTED_A_DAY
    assert great in [one.raw for one in kept]


def test_what_was_taken_back_is_noise_and_helps_nothing_after_it() -> None:
    void = did(Act.MEETING_BOOKED, at=NOW - DAY, n=1, is_void=True)
    later = did(Act.CALL, 1200, at=NOW, n=2)

    first, second = score_all([void, later])

    assert first.score is None
    assert second.score == score_all([later])[0].score


ACTS = st.builds(
    did,
    st.sampled_from(Act),
    st.integers(0, 2500),
    at=st.integers(0, 60 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    origin=st.sampled_from(Origin),
    who=st.sampled_from([None, ANN, BEN, CAT]),
    n=st.integers(0, 10**6),
)


@given(past=st.lists(ACTS, max_size=30), act=st.sampled_from(Act), ratio=st.integers(0, 3000))
def test_whatever_somebody_does_next_never_lowers_the_engagement(
    past: list[Raw], act: Act, ratio: int
) -> None:
    at = NOW + timedelta(seconds=1)
    after = did(act, ratio, at=at, n=10**7)

    before = engagement(score_all(past), at)

    assert engagement(score_all([*past, after]), at) >= before - 1e-9


@given(raws=st.lists(ACTS, max_size=30), shuffled=st.randoms())
def test_scores_do_not_depend_on_the_order_in_which_things_were_told(
    raws: list[Raw], shuffled: Random
) -> None:
    known = {one.id: one for one in raws}
    again = list(known.values())

    shuffled.shuffle(again)

    assert score_all(again) == score_all(list(known.values()))


def test_nothing_counts_before_it_has_happened() -> None:
    future: list[Scored] = [worth(100, at=NOW + DAY)]

    assert engagement(future, NOW) == 0
