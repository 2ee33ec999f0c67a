"""What somebody does counts by its quality, and what means nothing does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts import touchpoint
from outreach.accounts.touchpoint import CREDIT, DEPTH, GOAL_DEPTH, TYPE_OF, Act, Origin, score

DEMO, NONE = 100, None


def points(
    act: Act, ratio: int, origin: Origin, earlier: int = 0, depth: int | None = None
) -> int | None:
    return score(
        ratio=ratio,
        depth=touchpoint.depth_of(act, ratio) if depth is None else depth,
        origin=origin,
        earlier=earlier,
        automatic=act in touchpoint.AUTOMATIC,
    )


def call(talk_s: float) -> int:
    return touchpoint.ratio_of_call(talk_s, 90, by_human=True)


@pytest.mark.row("S3-3")
@pytest.mark.row("S3-11")
@pytest.mark.parametrize(
    ("act", "ratio", "origin", "earlier", "depth", "expected"),
    [
        (Act.REPORT, touchpoint.ratio_of_time(25, 15), Origin.DIRECT, 0, None, 72),
        (Act.PAGE, touchpoint.ratio_of_time(10, 60), Origin.DIRECT, 0, None, NONE),
        (Act.MEETING_BOOKED, 0, Origin.REPLY, 0, None, DEMO),
        (Act.MEETING_ATTENDED, 0, Origin.DIRECT, 0, None, DEMO),
        (Act.CALL, call(95), Origin.REPLY, 0, None, 54),
        (Act.CALL, call(60), Origin.REPLY, 0, None, 46),
        (Act.CALL, call(40), Origin.REPLY, 0, None, NONE),
        (Act.CALL, call(180), Origin.REPLY, 1, GOAL_DEPTH, 84),
        (Act.WA_REPLY, touchpoint.ratio_of_words(6), Origin.REPLY, 0, None, 40),
        (Act.WA_REPLY, touchpoint.ratio_of_words(30), Origin.REPLY, 1, None, 75),
        (Act.WA_BUTTON, touchpoint.ratio_of_words(12), Origin.REPLY, 0, None, NONE),
        (Act.WA_BUTTON, touchpoint.ratio_of_words(12), Origin.REPLY, 2, None, 57),
        (Act.CALL_INBOUND, call(70), Origin.INBOUND_CALL, 2, None, 68),
        (Act.PAGE, 1100, Origin.DISPLAY, 0, None, 34),
        (Act.PAGE, 1100, Origin.DISPLAY, 1, None, 39),
        (Act.PAGE, 1100, Origin.DISPLAY, 2, None, 44),
        (Act.PAGE, 1100, Origin.DISPLAY, 3, None, 49),
        (Act.PAGE, 1100, Origin.DISPLAY, 9, None, 49),
    ],
)
def test_every_case_of_the_specification_weighs_what_it_says(
    act: Act, ratio: int, origin: Origin, earlier: int, depth: int | None, expected: int | None
) -> None:
    assert points(act, ratio, origin, earlier, depth) == expected


@pytest.mark.row("S3-1")
@given(
    act=st.sampled_from([act for act in Act if act not in touchpoint.AUTOMATIC]),
    ratio=st.integers(0, 499),
    origin=st.sampled_from(Origin),
    earlier=st.integers(0, 50),
)
def test_a_glance_is_never_a_touchpoint(act: Act, ratio: int, origin: Origin, earlier: int) -> None:
    assert points(act, ratio, origin, earlier) is None


@pytest.mark.row("S3-5")
@pytest.mark.parametrize("act", [Act.PAGE, Act.AD_CLICK, Act.EMAIL_CLICK, Act.WA_BUTTON])
def test_a_click_counts_as_one_of_several_and_not_alone(act: Act) -> None:
    assert [points(act, 1000, Origin.DIRECT, n) is not None for n in (0, 1, 2, 3)] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.row("S3-4")
@pytest.mark.parametrize("origin", Origin)
def test_forms_downloads_films_and_tools_weigh_more_than_clicks(origin: Origin) -> None:
    deep = (Act.FORM, Act.TOOL_RESULT, Act.DOCUMENT, Act.DOWNLOAD, Act.VIDEO)
    clicks = (Act.PAGE, Act.AD_CLICK, Act.EMAIL_CLICK)

    lightest = min(points(act, 1000, origin, 2) or 0 for act in deep)
    heaviest = max(points(act, 1000, origin, 2) or 0 for act in clicks)

    assert lightest > heaviest


@pytest.mark.row("S3-6")
@pytest.mark.parametrize("origin", [Origin.DIRECT, Origin.ORGANIC_SEARCH, Origin.REFERRAL])
def test_who_comes_by_themselves_weighs_more_than_who_saw_an_advertisement(
    origin: Origin,
) -> None:
    own, shown = points(Act.REPORT, 1500, origin), points(Act.REPORT, 1500, Origin.DISPLAY)

    assert own is not None
    assert shown is not None
    assert own > shown


@pytest.mark.row("S3-2")
def test_every_act_has_a_type_and_a_depth_and_every_origin_its_credit() -> None:
    assert set(TYPE_OF) == set(DEPTH) == set(Act)
    assert set(CREDIT) == set(Origin)


@pytest.mark.parametrize(("talk_s", "by_human"), [(300, False), (4.9, True)])
def test_a_machine_and_a_click_of_the_line_are_no_conversation(
    talk_s: float, by_human: bool
) -> None:
    assert touchpoint.ratio_of_call(talk_s, 90, by_human=by_human) == 0


def test_a_film_that_was_hardly_seen_is_as_deep_as_a_page() -> None:
    assert touchpoint.depth_of(Act.VIDEO, 749) == DEPTH[Act.PAGE]
    assert touchpoint.depth_of(Act.VIDEO, 750) == 800


@given(
    act=st.sampled_from(Act),
    origin=st.sampled_from(Origin),
    low=st.integers(0, 3000),
    more=st.integers(0, 3000),
    earlier=st.integers(0, 10),
    after=st.integers(0, 10),
)
def test_more_attention_and_more_of_it_before_never_lower_a_score(
    act: Act, origin: Origin, low: int, more: int, earlier: int, after: int
) -> None:
    less = points(act, low, origin, earlier)
    better = points(act, low + more, origin, earlier + after)

    assert (better or 0) >= (less or 0)
    assert 0 <= (better or 0) <= 100
