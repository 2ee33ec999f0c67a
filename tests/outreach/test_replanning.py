"""What an edit does to one planned attempt or one blocked lead: the rule behind the preview."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.hours import WeeklyHours
from outreach.law.rests import NO_TALKS
from outreach.next_attempt import Person, Placed, Terms
from outreach.planning import Wish, nearest, plan
from outreach.reason import Reason
from outreach.replanning import (
    Freed,
    Held,
    Kept,
    Moved,
    Standing,
    StillHeld,
    Stopped,
    kind_of,
    lifted_by,
    look_again,
    reconsider,
)
from outreach.steps import Point
from tests.law import RULEBOOK
from tests.outreach.campaigns import campaign

NOW = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)
"""Ten in the morning in New York, a Tuesday."""
ZONE = "America/New_York"
PERSON = Person(
    talks=NO_TALKS,
    points={
        ChannelName.VOICE: Point(address="+12025550123", country="US"),
        ChannelName.WHATSAPP: Point(address="+12025550123", country="US"),
    },
    zones=frozenset({ZONE}),
    places=frozenset({"US-NY"}),
    not_before=None,
    contacts=(),
    closed={},
)
STANDING = Standing(
    channel=ChannelName.VOICE,
    due_at=NOW + timedelta(hours=1),
    window_end_at=None,
    wanted_at=NOW + timedelta(hours=1),
    avoid=None,
    moved_by=None,
    reason="retry",
    exempt_from_caps=False,
)
SPANS = st.tuples(st.integers(8, 19), st.integers(1, 12)).map(
    lambda one: {"daily": f"{one[0]:02}:00-{min(one[0] + one[1], 21):02}:00"}
)
MOMENTS = st.datetimes(min_value=datetime(2031, 3, 4, 15), max_value=datetime(2031, 3, 18, 15)).map(
    lambda one: one.replace(tzinfo=UTC)
)


def terms(**windows: str) -> Terms:
    schedule = {"windows": windows} if windows else {}
    return Terms(campaign=changed(schedule=schedule), rulebook=RULEBOOK, now=NOW)


def changed(**changes: object) -> Campaign:
    said = campaign().model_dump(mode="json", by_alias=True, exclude_none=True)
    return Campaign.model_validate({**said, **changes})


@given(hours=SPANS, wanted_at=MOMENTS)
def test_deciding_twice_is_deciding_once(hours, wanted_at):
    standing = replace(STANDING, due_at=wanted_at, wanted_at=wanted_at)
    first = reconsider(standing, PERSON, terms(**hours))
    if isinstance(first, Stopped):
        return
    if isinstance(first, Moved):
        found = first.placed.planned
        standing = replace(
            standing,
            due_at=found.due_at,
            window_end_at=found.window_end_at,
            wanted_at=first.wanted_at,
            moved_by=found.moved_by,
        )

    again = reconsider(standing, PERSON, terms(**hours))

    assert isinstance(again, Kept)


@given(old=SPANS, new=SPANS, wanted_at=MOMENTS)
def test_an_edit_and_its_undoing_leave_everything_as_it_was(old, new, wanted_at):
    begun = plan(
        Wish(
            now=NOW,
            wanted_at=wanted_at,
            zones=PERSON.zones,
            hours=(WeeklyHours.parse(old),),
        )
    )
    standing = replace(STANDING, due_at=begun.due_at, wanted_at=wanted_at, moved_by=begun.moved_by)
    edited = reconsider(standing, PERSON, terms(**new))
    if isinstance(edited, Kept):
        return
    found = edited.placed.planned
    moved = replace(
        standing,
        due_at=found.due_at,
        wanted_at=edited.wanted_at,
        moved_by=found.moved_by,
    )

    undone = reconsider(moved, PERSON, terms(**old))

    after = undone.placed.planned.due_at if isinstance(undone, Moved) else moved.due_at
    assert timedelta(0) <= after - begun.due_at <= timedelta(minutes=10)


def test_who_waits_for_their_turn_in_open_hours_stays():
    waiting = replace(STANDING, due_at=NOW - timedelta(hours=1), wanted_at=NOW - timedelta(hours=1))

    assert kind_of(reconsider(waiting, PERSON, terms(daily="09:00-12:00"))) == "unchanged"
    assert kind_of(reconsider(waiting, PERSON, terms(daily="13:00-18:00"))) == "later"


@pytest.mark.parametrize("moved_by", ["replied", "rescheduled", "now", Reason.LINE_BUSY])
def test_what_no_document_moved_is_moved_forward_by_none(moved_by):
    put_off = replace(STANDING, due_at=NOW + timedelta(days=1), wanted_at=NOW, moved_by=moved_by)

    assert kind_of(reconsider(put_off, PERSON, terms())) == "unchanged"


def test_a_closed_channel_takes_the_attempt_back():
    closed = replace(PERSON, closed={ChannelName.VOICE: Reason.NO_CONSENT})

    found = reconsider(STANDING, closed, terms())

    assert isinstance(found, Stopped)
    assert found.nowhere.blocked.reason is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("reason", "freed"),
    [
        (Reason.NO_WINDOW, True),
        (Reason.MISSING_VARIABLE, True),
        (Reason.NO_CONSENT, True),
        (Reason.CAMPAIGN_ENDED, True),
        (Reason.HUMAN_OWNS, False),
        (Reason.BUDGET, False),
        (Reason.DO_NOT_CONTACT, False),
    ],
)
def test_only_a_block_that_documents_decide_is_lifted_by_them(reason, freed):
    held = Held(reason=reason, channel=None, exempt_from_caps=False)

    assert isinstance(look_again(held, PERSON, terms()), Freed if freed else StillHeld)


def test_another_budget_lets_those_try_again_whom_the_old_one_held_up():
    lifted = lifted_by(changed(), changed(budget={"attempts": 10}))
    held = Held(reason=Reason.BUDGET, channel=None, exempt_from_caps=False)

    found = look_again(held, PERSON, terms(), lifted)

    assert isinstance(found, Freed)
    assert isinstance(found.placed, Placed)
    assert lifted_by(changed(), changed(weight=3)) == frozenset()


@given(hours=SPANS, wanted_at=MOMENTS)
def test_the_nearest_times_that_are_offered_are_allowed_and_none_lies_between(hours, wanted_at):
    wish = Wish(now=NOW, wanted_at=wanted_at, zones=PERSON.zones, hours=(WeeklyHours.parse(hours),))
    around = nearest(wish)

    for moment in (around.before, around.after):
        if moment is not None:
            found = plan(replace(wish, wanted_at=moment))
            assert found.due_at == moment
    if around.before is not None:
        assert NOW <= around.before < wanted_at
        between = around.before + timedelta(minutes=2)
        if between < wanted_at and plan(wish).due_at != wanted_at:
            assert plan(replace(wish, wanted_at=between)).due_at == around.after


def test_no_time_before_now_and_before_the_lead_may_be_contacted_is_offered():
    wish = Wish(now=NOW, wanted_at=NOW, zones=PERSON.zones)
    later = replace(wish, wanted_at=NOW + timedelta(hours=16), not_before=NOW + timedelta(hours=14))

    assert nearest(wish).before is None
    assert nearest(later).before is None
