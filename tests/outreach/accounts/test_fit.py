"""How companies are measured: the formula, its vectors, and what holds for any company."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.company_profile import FIELDS, Value
from outreach.accounts.fit import Fit, Label, Meets, fit
from outreach.accounts.icp_document import Disqualification, Icp, ProfileField
from outreach.accounts.ranking import LABELS, STAGES, Standing, rank
from outreach.documents import parse_document

INDUSTRY = {"id": "industry", "field": "industry", "op": "in", "values": ["Software"]}
SIZE = {"id": "size", "field": "employees", "op": "range", "at_least": 50, "at_most": 500}
TECH = {"id": "tech", "field": "tech", "op": "contains_any", "values": ["Zendesk"]}
TEXT = {"id": "text", "field": "description", "op": "regex", "pattern": r"\bB2B\b"}


def icp(*criteria: dict[str, Any]) -> Icp:
    content = {"kind": "icp", "name": "ours", "title": "Ours", "criteria": list(criteria)}
    found = parse_document(content, lambda path: "icp.yaml:1")
    assert isinstance(found, Icp), found
    return found


def measured(*criteria: dict[str, Any], **values: Value) -> Fit:
    return fit(icp(*criteria).criteria, values)


def test_a_profile_has_the_fields_that_criteria_may_name():
    assert [*FIELDS] == [one.value for one in ProfileField]


@pytest.mark.parametrize(
    ("criterion", "value", "meets"),
    [
        (INDUSTRY, "software", Meets.YES),
        (INDUSTRY, " Soft ware", Meets.NO),
        (INDUSTRY | {"adjacent": ["IT services"]}, "it  Services", Meets.NEARLY),
        (SIZE, 50, Meets.YES),
        (SIZE, 500, Meets.YES),
        (SIZE, 40, Meets.NEARLY),
        (SIZE, 39, Meets.NO),
        (SIZE, 600, Meets.NEARLY),
        (SIZE, 601, Meets.NO),
        ({"id": "s", "field": "employees", "op": "range", "at_least": 50}, 10**9, Meets.YES),
        (TECH, ("Slack", "zendesk"), Meets.YES),
        (TECH, ("Slack", "Zendesk Sell"), Meets.YES),
        (TECH, ("Zendesker",), Meets.NO),
        (TECH | {"field": "description"}, "They run zendesk.", Meets.YES),
        (TECH | {"adjacent": ["Slack"]}, ("slack",), Meets.NEARLY),
        (TEXT, "a b2b platform", Meets.YES),
        (TEXT, "a B2Bx platform", Meets.NO),
    ],
)
def test_a_value_meets_a_criterion_whole_by_half_or_not(
    criterion: dict[str, Any], value: Value, meets: Meets
):
    (reason,) = measured(criterion, **{criterion["field"]: value}).reasons

    assert reason.meets is meets


def weighted(*weights: int) -> list[dict[str, Any]]:
    """One criterion per weight, each on a field of its own."""
    fields = ("industry", "region", "city", "linkedin")
    return [
        {"id": f"c{at}", "field": fields[at], "op": "in", "values": ["yes"], "adjacent": ["near"]}
        | {"weight": weight}
        for at, weight in enumerate(weights)
    ]


def label(weights: tuple[int, ...], *said: str) -> Label:
    criteria = weighted(*weights)
    values = {one["field"]: word for one, word in zip(criteria, said, strict=True) if word}
    return measured(*criteria, **values).label


@pytest.mark.parametrize(
    ("weights", "said", "expected"),
    [
        ((3, 1), ("yes", "no"), Label.STRONG),  # fit .75, coverage 1
        ((2, 2), ("yes", ""), Label.STRONG),  # fit 1, coverage .5
        ((49, 51), ("yes", ""), Label.MODERATE),  # fit 1, coverage .49
        ((20, 80), ("yes", ""), Label.MODERATE),  # fit 1, coverage .2
        ((19, 81), ("yes", ""), Label.UNKNOWN),  # coverage .19
        ((19, 81), ("no", ""), Label.UNKNOWN),
        ((7, 13), ("yes", "no"), Label.MODERATE),  # fit .35, coverage 1
        ((34, 66), ("yes", "no"), Label.NOT_A_FIT),  # fit .34, coverage 1
        ((60, 40), ("no", ""), Label.NOT_A_FIT),  # fit 0, coverage .6
        ((59, 41), ("no", ""), Label.MODERATE),  # fit 0, coverage .59: rather looked at
        ((1, 1), ("near", "near"), Label.MODERATE),  # fit .5
        ((1, 1), ("yes", "near"), Label.STRONG),  # fit .75
        ((1,), ("",), Label.UNKNOWN),
    ],
)
def test_the_label_follows_fit_and_coverage_at_their_bounds(
    weights: tuple[int, ...], said: tuple[str, ...], expected: Label
):
    assert label(weights, *said) is expected


def test_fit_is_the_mean_over_what_is_known_and_coverage_what_is_known_of_all():
    found = measured(*weighted(3, 2, 5), industry="yes", region="near")

    assert found.score == Fraction(4, 5)
    assert found.coverage == Fraction(1, 2)
    assert [one.meets for one in found.reasons] == [Meets.YES, Meets.NEARLY, Meets.UNKNOWN]


def test_a_hard_rule_disqualifies_with_its_reason_whatever_else_fits():
    hard = SIZE | {"disqualifies": "company_too_small"}

    small = measured(hard, *weighted(50), employees=3, industry="yes")
    near = measured(hard, *weighted(50), employees=45, industry="yes")
    unknown = measured(hard, *weighted(50), industry="yes")

    assert small.label is Label.NOT_A_FIT
    assert small.disqualified == (Disqualification.COMPANY_TOO_SMALL,)
    assert (near.label, near.disqualified) == (Label.STRONG, ())
    assert (unknown.label, unknown.disqualified) == (Label.STRONG, ())


WORDS = st.sampled_from(["yes", "near", "no", ""])
COMPANIES = st.lists(st.tuples(st.integers(1, 100), WORDS), min_size=1, max_size=4)


@given(COMPANIES, st.data())
def test_a_better_value_never_makes_a_company_fit_worse(
    company: list[tuple[int, str]], data: st.DataObject
):
    weights, said = zip(*company, strict=True)
    place = data.draw(st.integers(0, len(said) - 1))
    worse = [*said]
    worse[place] = "no"
    better = [*said]
    better[place] = data.draw(st.sampled_from(["near", "yes"]))

    assert LABELS.index(label(weights, *better)) <= LABELS.index(label(weights, *worse))


@given(COMPANIES)
def test_fit_and_coverage_are_shares_and_nothing_known_has_no_fit(company: list[tuple[int, str]]):
    criteria = weighted(*(weight for weight, _ in company))
    values = {one["field"]: w for one, (_, w) in zip(criteria, company, strict=True) if w}

    found = measured(*criteria, **values)

    assert 0 <= found.coverage <= 1
    assert (found.score is None) is (not values)
    assert found.score is None or 0 <= found.score <= 1


TIMES = st.none() | st.integers(0, 9).map(
    lambda day: datetime(2031, 3, 1, tzinfo=UTC) + timedelta(days=day)
)
STANDINGS = st.builds(
    Standing,
    label=st.sampled_from(LABELS),
    stage=st.sampled_from(STAGES),
    journey=st.integers(0, 10),
    last_touch_at=TIMES,
)


@given(STANDINGS, STANDINGS)
@pytest.mark.row("S0-13")
def test_companies_rank_by_fit_then_stage_then_journey_then_the_last_touch(
    one: Standing, other: Standing
):
    ahead = rank(one) < rank(other)

    if one.label is not other.label:
        assert ahead is (LABELS.index(one.label) < LABELS.index(other.label))
    elif one.stage != other.stage:
        assert ahead is (STAGES.index(one.stage) > STAGES.index(other.stage))
    elif one.journey != other.journey:
        assert ahead is (one.journey > other.journey)
    elif one.last_touch_at and other.last_touch_at:
        assert ahead is (one.last_touch_at > other.last_touch_at)
    else:
        assert ahead is (one.last_touch_at is not None and other.last_touch_at is None)
