"""A company moves along by what its people do, and back only by a week of silence."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.engagement import Raw, Signal, engagement, score_all
from outreach.accounts.journey import CHECKS, Journey, Promise, Stage, replay
from outreach.accounts.journey_steps import STEPS, WORDS, ways_forward
from outreach.accounts.touchpoint import Act, Origin
from tests.outreach.accounts.test_engagement import ACTS, AGO
from tests.outreach.accounts.touchpoints import ANN, BEN, DAY, NOW, did, journey_of, worth

HOUR = timedelta(hours=1)
ASKED = frozenset({Signal.ASKED_PRICE})
AGREED = frozenset({Signal.AGREED_PROPOSAL})


def articles(*days: float) -> list[Raw]:
    """One each so many days ago."""
    return [
        did(Act.ARTICLE, 1001, origin=Origin.DISPLAY, at=NOW - one * DAY, n=n)
        for n, one in enumerate(days)
    ]


def test_nobody_starts_as_more_than_a_target() -> None:
    found = journey_of()

    assert (found.stage, found.score, found.needs_attention) == (Stage.TARGET, 0, False)


@pytest.mark.row("S0-6")
def test_a_booked_meeting_lifts_to_evaluation_and_asks_for_attention() -> None:
    meeting = did(Act.MEETING_BOOKED, n=5)

    found = journey_of(meeting)

    assert found.stage is Stage.EVALUATION
    assert found.needs_attention
    assert found.last_change is not None
    assert found.last_change.touchpoint_id == meeting.id


def test_one_touchpoint_lifts_by_one_stage_however_much_it_weighs() -> None:
    past = [worth(100, at=NOW - HOUR, n=n) for n in range(3)]

    found = replay(past, (), NOW)

    assert [change.after for change in found.changes] == [
        Stage.EDUCATION,
        Stage.SOLUTION,
        Stage.EVALUATION,
    ]
    assert found.score > 6


@pytest.mark.parametrize(
    ("raws", "stage", "because"),
    [
        ([did(Act.CALL, 1056, origin=Origin.REPLY)], Stage.EDUCATION, "long_call"),
        ([did(Act.CALL, 900, origin=Origin.REPLY)], Stage.TARGET, None),
        ([did(Act.WA_REPLY, 500, origin=Origin.REPLY)], Stage.EDUCATION, "whatsapp_reply"),
        ([did(Act.DOWNLOAD, 1201)], Stage.EDUCATION, "download"),
        ([did(Act.WEBINAR, 751, origin=Origin.DISPLAY)], Stage.EDUCATION, "webinar"),
        ([did(Act.WEBINAR, 750, origin=Origin.DISPLAY)], Stage.TARGET, None),
        (
            articles(13, 0.5, 0),
            Stage.EDUCATION,
            "three_contents",
        ),
        # The first lies fourteen days back: it is no longer one of the three.
        (articles(14, 0.5, 0), Stage.EDUCATION, "score"),
        (
            [did(Act.WA_REPLY, 500, at=NOW - HOUR), did(Act.CALL, 600, n=1, signals=ASKED)],
            Stage.SOLUTION,
            "asked",
        ),
        (
            [did(Act.WA_REPLY, 500, at=NOW - HOUR), did(Act.CALL, 600, n=1)],
            Stage.SOLUTION,
            "second_conversation",
        ),
        (
            [
                did(Act.WA_REPLY, 500, at=NOW - HOUR),
                did(Act.HOW_TO, 601, n=1, depth=600, origin=Origin.DISPLAY),
            ],
            Stage.SOLUTION,
            "how_to",
        ),
        (
            [
                did(Act.WA_REPLY, 500, at=NOW - HOUR),
                did(Act.PAGE, 1001, n=1, at=NOW - timedelta(minutes=20), topic="pricing"),
                did(Act.PAGE, 1001, n=2, topic="pricing"),
            ],
            Stage.SOLUTION,
            "pricing_visit",
        ),
        (
            [
                did(Act.WA_REPLY, 500, at=NOW - 2 * HOUR),
                did(Act.CALL, 600, n=1, at=NOW - HOUR),
                did(Act.CALL, 600, n=2, signals=AGREED),
            ],
            Stage.EVALUATION,
            "agreed",
        ),
        (
            [
                did(Act.WA_REPLY, 500, at=NOW - 3 * HOUR),
                did(Act.CALL, 600, n=1, at=NOW - 2 * HOUR),
                did(Act.PAGE, 1001, n=2, topic="pricing", who=BEN),
            ],
            Stage.EVALUATION,
            "colleagues_and_pricing",
        ),
    ],
)
def test_each_step_of_the_specification_lifts_at_once(
    raws: list[Raw], stage: Stage, because: str | None
) -> None:
    found = journey_of(*raws)

    assert found.stage is stage
    assert (found.last_change.because if found.last_change else None) == because


def test_the_score_alone_lifts_where_no_step_was_taken() -> None:
    found = replay([worth(60, at=NOW)], (), NOW)

    assert found.stage is Stage.EDUCATION
    assert found.last_change is not None
    assert found.last_change.because in ("score", "long_call")


def silent(days: float, *promises: Promise) -> Journey:
    reply = did(Act.WA_REPLY, 500, at=NOW, origin=Origin.REPLY)
    return journey_of(reply, at=NOW + days * DAY, promises=promises)


def test_seven_daily_checks_below_the_bound_and_it_falls_by_one_stage() -> None:
    # 40 points are below 1.5 from the first midnight on: seven midnights are six and a half days.
    assert silent(6.4).stage is Stage.EDUCATION

    fallen = silent(6.6)

    assert fallen.stage is Stage.TARGET
    assert fallen.last_change is not None
    assert (fallen.last_change.because, fallen.last_change.touchpoint_id) == ("decay", None)
    assert CHECKS == 7


@pytest.mark.parametrize("until", [None, NOW + 30 * DAY])
def test_who_has_a_meeting_or_a_callback_to_come_does_not_fall(until: datetime | None) -> None:
    assert silent(20, Promise(since=NOW, until=until)).stage is Stage.EDUCATION


def test_after_the_meeting_the_seven_days_begin() -> None:
    past = Promise(since=NOW, until=NOW + 5 * DAY)

    assert silent(11, past).stage is Stage.EDUCATION
    assert silent(12, past).stage is Stage.TARGET


def test_evaluation_takes_a_week_for_each_step_down() -> None:
    found = journey_of(did(Act.MEETING_BOOKED), at=NOW + 90 * DAY)

    assert [change.after for change in found.changes] == [
        Stage.EVALUATION,
        Stage.SOLUTION,
        Stage.EDUCATION,
        Stage.TARGET,
    ]
    assert not found.needs_attention


@pytest.mark.row("S3-10")
def test_the_speed_says_in_how_many_days_the_next_stage_comes() -> None:
    found = replay(AGO[::-1], (), NOW)

    week_ago = engagement(AGO, NOW - 7 * DAY)
    assert found.velocity == pytest.approx((found.engagement - week_ago) / 7)
    assert found.days_to_next is not None
    assert found.days_to_next == pytest.approx(found.to_next / found.velocity)


def test_who_cools_down_has_no_date() -> None:
    assert silent(8).days_to_next is None


@pytest.mark.row("S0-12")
def test_every_stage_says_in_words_what_moves_it_forward() -> None:
    for stage in Stage:
        assert ways_forward(stage)
        assert set(ways_forward(stage)) <= set(WORDS)
    assert {code for steps in STEPS.values() for code in steps} <= set(WORDS)


@given(past=st.lists(ACTS, max_size=25), act=st.sampled_from(Act), ratio=st.integers(0, 3000))
def test_whatever_somebody_does_next_lowers_neither_stage_nor_score(
    past: list[Raw], act: Act, ratio: int
) -> None:
    at = NOW + timedelta(seconds=1)
    after = did(act, ratio, at=at, n=10**7, who=ANN)

    before, now = journey_of(*past, at=at), journey_of(*past, after, at=at)

    assert now.stage.rank >= before.stage.rank
    assert now.score >= before.score - 1e-9
    assert now.needs_attention >= before.needs_attention


@given(past=st.lists(ACTS, max_size=25), days=st.integers(0, 60))
def test_the_walk_through_the_days_ends_where_the_formula_does(past: list[Raw], days: int) -> None:
    at = NOW + days * DAY

    found = journey_of(*past, at=at)

    assert found.engagement == pytest.approx(engagement(score_all(past), at))
    for one, other in zip(found.changes, found.changes[1:], strict=False):
        assert one.after is other.before
        assert one.at <= other.at
