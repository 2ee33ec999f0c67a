"""What sets a trigger off, and whom it brings in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from outreach.accounts.journey import Stage
from outreach.accounts.touchpoint import Act
from outreach.accounts.trigger import Candidate, Turn, cause_of, choose
from outreach.accounts.trigger_document import Trigger
from tests.outreach.accounts.touchpoints import DAY, NOW, did, journey_of


def trigger(when: dict[str, Any], **changes: Any) -> Trigger:
    return Trigger.model_validate(
        {
            "kind": "trigger",
            "name": "t",
            "title": "T",
            "when": when,
            "then": {"task": "Look."},
            **changes,
        }
    )


def turn(*raws: Any, before: Stage = Stage.TARGET, at: Any = NOW, needed: bool = False) -> Turn:
    journey = journey_of(*raws, at=at)
    fresh = tuple(one for one in journey.scored if one.score is not None)
    return Turn(stage_before=before, needed_attention=needed, journey=journey, fresh=fresh)


REPLY = did(Act.WA_REPLY, 500, n=1)
MEETING = did(Act.MEETING_BOOKED, n=2)


def test_a_stage_that_is_reached_or_passed_sets_it_off_once() -> None:
    solution = trigger({"stage": "solution"})

    assert cause_of(solution, turn(REPLY), NOW) is None
    passed = cause_of(solution, turn(MEETING), NOW)
    assert passed is not None
    assert passed.touchpoint_id == MEETING.id
    assert cause_of(solution, turn(MEETING, before=Stage.EVALUATION), NOW) is None
    assert cause_of(solution, turn(MEETING), NOW) == passed


def test_falling_back_sets_nothing_off() -> None:
    fallen = turn(MEETING, before=Stage.EVALUATION, at=NOW + 10 * DAY)

    assert fallen.journey.stage is Stage.SOLUTION
    assert cause_of(trigger({"stage": "solution"}), fallen, NOW) is None


def test_attention_sets_it_off_when_it_begins() -> None:
    attention = trigger({"needs_attention": True})

    assert cause_of(attention, turn(MEETING), NOW) is not None
    assert cause_of(attention, turn(MEETING, needed=True), NOW) is None


def test_a_new_touchpoint_that_weighs_enough_sets_it_off_and_an_old_one_does_not() -> None:
    important = trigger({"touchpoint": {"score": 60, "types": ["content"]}})
    report, old = did(Act.REPORT, 1667), did(Act.REPORT, 1667, at=NOW - 2 * DAY)

    assert cause_of(important, turn(report), NOW) is not None
    assert cause_of(important, turn(old), NOW) is None
    assert cause_of(important, turn(MEETING), NOW) is None
    weak = trigger({"touchpoint": {"score": 73}})
    assert cause_of(weak, turn(report), NOW) is None


def test_silence_is_counted_from_the_last_touchpoint() -> None:
    silent = trigger({"silent_for": "P14D"})
    noise = did(Act.PAGE, 100, at=NOW + 13 * DAY, n=9)

    def after(days: float) -> bool:
        at = NOW + days * DAY
        return cause_of(silent, turn(REPLY, noise, at=at), at) is not None

    assert [after(days) for days in (13.9, 14, 20)] == [False, True, True]


def test_what_is_switched_off_or_for_other_stages_does_nothing() -> None:
    when = {"needs_attention": True}

    assert cause_of(trigger(when, enabled=False), turn(MEETING), NOW) is None
    assert cause_of(trigger(when, stages=["solution"]), turn(MEETING), NOW) is None
    assert cause_of(trigger(when, stages=["evaluation"]), turn(MEETING), NOW) is not None


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ({}, {"task": "x"}),
        ({"stage": "solution", "needs_attention": True}, {"task": "x"}),
        ({"stage": "target"}, {"task": "x"}),
        ({"silent_for": "PT1H"}, {"task": "x"}),
        ({"stage": "solution"}, {}),
        ({"stage": "solution"}, {"status": "unsubscribed"}),
        ({"touchpoint": {"score": 0}}, {"task": "x"}),
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused(
    when: dict[str, Any], then: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        trigger(when, then=then)


def one(n: int, title: str = "", *, is_in: bool = False) -> Candidate:
    return Candidate(
        contact_id=UUID(int=n),
        title=title,
        created_at=NOW + timedelta(minutes=n),
        is_in=is_in,
    )


def test_titles_come_in_their_order_then_the_newest() -> None:
    people = [one(1, "Accountant"), one(2, "VP Sales"), one(3, "CEO"), one(4)]

    found = choose(people, ("vp", "ceo"), 3)

    assert [id_.int for id_ in found] == [2, 3, 4]


def test_whoever_is_in_takes_a_place() -> None:
    assert choose([one(1, is_in=True), one(2), one(3)], (), 2) == [UUID(int=3)]
    assert choose([one(1, is_in=True), one(2, is_in=True), one(3)], (), 2) == []
