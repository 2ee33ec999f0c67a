"""The gate says no for the first reason there is, and yes only when there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.caps import DEFAULT_CAPS
from outreach.gate import (
    Allowed,
    CampaignIs,
    CheckIs,
    ConsentIs,
    Effect,
    Facts,
    Refused,
    SenderIs,
    TemplateIs,
    decide,
    line_busy,
)
from outreach.hours import WeeklyHours
from outreach.law.rests import Resting, RestRule
from outreach.reason import WORDS, Reason

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=3)
MIDNIGHT = NOON + timedelta(hours=12)

SIXTY_DAYS = RestRule(after="refusal", lasts=timedelta(days=60), rule="FR")
OPEN = Facts(
    now=NOON,
    stopped=False,
    campaign=CampaignIs.RUNNING,
    starts_at=None,
    ends_at=None,
    lead_closed=False,
    human_owns=False,
    do_not_contact=False,
    suppressed=False,
    listed="",
    consent=ConsentIs.GIVEN,
    consent_lacks="",
    has_contact_point=True,
    zones=frozenset({"Europe/London"}),
    not_before=None,
    hours=(),
    contacts=(),
    caps=DEFAULT_CAPS,
    rest=None,
    works_elsewhere="",
    budget_left=True,
    budget_left_today=True,
    day_ends_at=MIDNIGHT,
    sender=SenderIs.READY,
    check=CheckIs.NOT_ASKED,
    check_says="",
    template=TemplateIs.NOT_NEEDED,
    us_whatsapp_marketing=False,
    missing_variables=(),
)

IN_ORDER: list[tuple[dict[str, Any], Reason, Effect]] = [
    ({"stopped": True}, Reason.OPERATOR_STOP, Effect.WAIT),
    ({"campaign": CampaignIs.OVER}, Reason.CAMPAIGN_ENDED, Effect.CLOSE),
    ({"ends_at": NOON}, Reason.CAMPAIGN_ENDED, Effect.CLOSE),
    ({"campaign": CampaignIs.PAUSED}, Reason.CAMPAIGN_NOT_RUNNING, Effect.WAIT),
    ({"starts_at": LATER}, Reason.NOT_STARTED_YET, Effect.REPLAN),
    ({"human_owns": True}, Reason.HUMAN_OWNS, Effect.BLOCK),
    ({"do_not_contact": True}, Reason.DO_NOT_CONTACT, Effect.CLOSE),
    ({"suppressed": True}, Reason.SUPPRESSED, Effect.CLOSE),
    ({"lead_closed": True}, Reason.LEAD_CLOSED, Effect.CLOSE),
    ({"listed": "on a list"}, Reason.DO_NOT_CALL_LIST, Effect.BLOCK),
    ({"consent": ConsentIs.MISSING}, Reason.NO_CONSENT, Effect.BLOCK),
    ({"consent": ConsentIs.WEAK}, Reason.NO_CONSENT, Effect.BLOCK),
    ({"consent": ConsentIs.REVOKED}, Reason.CONSENT_REVOKED, Effect.BLOCK),
    ({"has_contact_point": False}, Reason.NO_CONTACT_POINT, Effect.BLOCK),
    ({"zones": frozenset()}, Reason.NO_TIMEZONE, Effect.BLOCK),
    ({"not_before": LATER}, Reason.NOT_BEFORE, Effect.REPLAN),
    ({"hours": (WeeklyHours(((),) * 7),)}, Reason.NO_WINDOW, Effect.BLOCK),
    ({"hours": (WeeklyHours.daily("13:00", "14:00"),)}, Reason.OUTSIDE_WINDOW, Effect.REPLAN),
    ({"rest": Resting(until=LATER, by=SIXTY_DAYS)}, Reason.RESTING, Effect.REPLAN),
    ({"rest": Resting(until=None, by=SIXTY_DAYS)}, Reason.RESTING, Effect.BLOCK),
    ({"contacts": (NOON, NOON)}, Reason.CAP_REACHED, Effect.REPLAN),
    ({"works_elsewhere": "summer"}, Reason.WORKED_ELSEWHERE, Effect.WAIT),
    ({"budget_left": False}, Reason.BUDGET, Effect.BLOCK),
    ({"budget_left_today": False}, Reason.DAILY_BUDGET, Effect.REPLAN),
    ({"sender": SenderIs.PAUSED}, Reason.SENDER_PAUSED, Effect.WAIT),
    ({"sender": SenderIs.FAILING}, Reason.PROVIDER_DOWN, Effect.WAIT),
    ({"sender": SenderIs.ABSENT}, Reason.NO_SENDER, Effect.BLOCK),
    ({"check": CheckIs.REFUSED}, Reason.PRE_DIAL_REFUSED, Effect.BLOCK),
    ({"check": CheckIs.UNANSWERED}, Reason.PRE_DIAL_UNANSWERED, Effect.WAIT),
    ({"us_whatsapp_marketing": True}, Reason.US_WHATSAPP_MARKETING, Effect.BLOCK),
    ({"template": TemplateIs.NOT_APPROVED}, Reason.TEMPLATE_NOT_APPROVED, Effect.BLOCK),
    ({"missing_variables": ("company",)}, Reason.MISSING_VARIABLE, Effect.BLOCK),
]


def test_with_nothing_against_it_an_attempt_is_allowed_until_the_hours_end() -> None:
    assert decide(OPEN) == Allowed(until=datetime(2026, 1, 5, 21, tzinfo=UTC))
    assert decide(replace(OPEN, ends_at=LATER)) == Allowed(until=LATER)
    approved = replace(OPEN, template=TemplateIs.APPROVED, contacts=(NOON - timedelta(hours=30),))
    assert isinstance(decide(approved), Allowed)


@pytest.mark.row("X-2")
@pytest.mark.parametrize(("against", "reason", "effect"), IN_ORDER)
def test_each_reason_alone_is_enough(
    against: dict[str, Any], reason: Reason, effect: Effect
) -> None:
    refused = decide(replace(OPEN, **against))

    assert isinstance(refused, Refused)
    assert (refused.reason, refused.effect) == (reason, effect)
    if effect in (Effect.WAIT, Effect.REPLAN):
        assert refused.recheck_at is not None
    assert refused.recheck_at is None or refused.recheck_at > NOON


@given(st.sets(st.sampled_from(range(len(IN_ORDER))), min_size=1))
def test_of_many_reasons_the_first_in_the_fixed_order_is_given(positions: set[int]) -> None:
    against: dict[str, Any] = {}
    for position in sorted(positions, reverse=True):
        against |= IN_ORDER[position][0]

    refused = decide(replace(OPEN, **against))

    assert isinstance(refused, Refused)
    assert refused.reason is IN_ORDER[min(positions)][1]


def test_nothing_starts_so_late_that_it_would_ring_after_the_hours() -> None:
    closes_at = datetime(2026, 1, 5, 21, tzinfo=UTC)

    found = decide(replace(OPEN, now=closes_at - timedelta(seconds=59)))

    assert isinstance(found, Refused)
    assert (found.reason, found.effect) == (Reason.OUTSIDE_WINDOW, Effect.REPLAN)
    assert found.recheck_at == closes_at
    assert isinstance(decide(replace(OPEN, now=closes_at - timedelta(seconds=60))), Allowed)


def test_a_refusal_names_what_its_words_cannot() -> None:
    refused = decide(replace(OPEN, missing_variables=("company", "plan")))

    assert isinstance(refused, Refused)
    assert refused.detail == "company, plan"


def test_a_busy_line_is_due_again_in_a_minute() -> None:
    assert line_busy(NOON).recheck_at == NOON + timedelta(minutes=1)
    assert line_busy(NOON).effect is Effect.WAIT


def test_a_callback_the_person_asked_for_is_not_held_by_caps() -> None:
    assert isinstance(decide(replace(OPEN, contacts=(NOON,) * 9, caps=())), Allowed)


def test_every_reason_has_a_sentence() -> None:
    assert set(WORDS) == set(Reason)
    assert all(words.endswith(".") and words[0].isupper() for words in WORDS.values())
