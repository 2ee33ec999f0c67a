"""A lead's quality is the sum of parts that can be shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.quality import LeadFacts, Source, quality

ROW = LeadFacts(source=Source.CSV, phone=True, first_name=True, company=True)
FULL = LeadFacts(
    source=Source.INBOUND_FORM,
    phone=True,
    email=True,
    first_name=True,
    last_name=True,
    whatsapp=True,
    title=True,
    company=True,
    domain=True,
    industry=True,
    size=True,
    place=True,
)


@pytest.mark.row("S2-8")
@pytest.mark.parametrize(
    ("facts", "total"),
    [
        (ROW, 31),
        (replace(ROW, engagement=63), 43),
        (FULL, 70),
        (replace(FULL, engagement=1e6), 100),
    ],
)
def test_the_leads_of_the_specification_are_worth_what_it_says(
    facts: LeadFacts, total: int
) -> None:
    assert quality(facts).total == total


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        (replace(ROW, phone_is_bad=True), 31 - 12 - 12),
        (replace(ROW, unanswered=3), 26),
        (replace(ROW, unanswered=2), 31),
        (replace(FULL, email_bounced=True), 60),
        (replace(ROW, is_suppressed=True), None),
    ],
)
def test_what_does_not_work_costs_points(facts: LeadFacts, total: int | None) -> None:
    assert quality(facts).total == total


@given(
    source=st.sampled_from(Source),
    flags=st.lists(st.booleans(), min_size=13, max_size=13),
    engagement=st.floats(0, 1000),
    more=st.floats(0, 1000),
)
def test_more_engagement_never_lowers_it_and_it_stays_within_bounds(
    source: Source, flags: list[bool], engagement: float, more: float
) -> None:
    names = [
        name
        for name in LeadFacts.__slots__
        if name not in ("source", "engagement", "unanswered", "is_suppressed")
    ]
    known = {name: flag for name, flag in zip(names, flags, strict=False)}
    less = quality(LeadFacts(source=source, engagement=engagement, **known)).total
    better = quality(LeadFacts(source=source, engagement=engagement + more, **known)).total

    assert less is not None
    assert better is not None
    assert 0 <= less <= better <= 100


@given(engagement=st.floats(0, 1000))
def test_the_parts_add_up_to_what_is_shown(engagement: float) -> None:
    found = quality(replace(FULL, engagement=engagement, unanswered=3))
    parts = found.breakdown()
    total = parts.pop("total")

    assert sum(part or 0 for part in parts.values()) == total
