"""The oracle counts every broken promise, and nothing that was kept."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.oracle import verdict
from simulator.witness import (
    Contact,
    OptOut,
    Unacknowledged,
    Witness,
    attempt_id_of,
    reads_as_stop,
)

LONDON = "+442079460101"
NEW_YORK = "+12125550101"
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
COUNTS = (
    "duplicate_contacts",
    "contacts_outside_hours",
    "contacts_after_opt_out",
    "free_text_outside_window",
    "callbacks_never_acknowledged",
)


def call(number: str = NEW_YORK, *, at: datetime = NOON, **changes: object) -> Contact:
    given: dict[str, object] = {
        "kind": "call",
        "sid": f"CA{at.timestamp()}{number}",
        "number": number,
        "attempt_id": "",
        "began_at": at,
        "ended_at": at + timedelta(seconds=20),
    }
    return Contact(**(given | changes))  # type: ignore[arg-type]


def counted(witness: Witness) -> dict[str, int]:
    found = verdict(witness)
    return {name: found[name] for name in COUNTS if found[name]}  # type: ignore[misc]


def test_calls_one_after_the_other_in_office_hours_are_fine() -> None:
    witness = Witness(
        contacts=[
            call(attempt_id="a"),
            call(at=NOON + timedelta(minutes=5), attempt_id="b"),
            call(LONDON, attempt_id="c"),
        ]
    )

    assert counted(witness) == {}
    assert verdict(witness)["dials"] == {
        "total": 3,
        "by_number": {NEW_YORK: 2, LONDON: 1},
        "by_attempt": {"a": 1, "b": 1, "c": 1},
    }


def test_the_same_attempt_twice_is_one_duplicate_however_far_apart() -> None:
    witness = Witness(
        contacts=[call(attempt_id="a"), call(at=NOON + timedelta(hours=1), attempt_id="a")]
    )

    assert counted(witness) == {"duplicate_contacts": 1}


def test_two_calls_to_one_number_at_once_are_a_duplicate_counted_once() -> None:
    soon = NOON + timedelta(seconds=5)

    assert counted(Witness(contacts=[call(), call(at=soon)])) == {"duplicate_contacts": 1}
    both = Witness(contacts=[call(attempt_id="a"), call(at=soon, attempt_id="a")])
    assert counted(both) == {"duplicate_contacts": 1}
    assert counted(Witness(contacts=[call(ended_at=None), call(at=soon)])) == {
        "duplicate_contacts": 1
    }


@pytest.mark.parametrize(
    ("utc_hour", "minute", "outside"), [(12, 59, 1), (13, 0, 0), (1, 59, 0), (2, 0, 1)]
)
def test_a_ring_counts_by_the_clock_on_the_persons_wall(
    utc_hour: int, minute: int, outside: int
) -> None:
    at = datetime(2026, 11, 24, utc_hour, minute, tzinfo=UTC)

    assert verdict(Witness(contacts=[call(at=at)]))["contacts_outside_hours"] == outside


def test_the_hours_a_person_states_are_narrower_than_the_common_ones() -> None:
    witness = Witness(contacts=[call(hours=(9, 12))])

    assert counted(Witness(contacts=[call(hours=(9, 17))])) == {}
    assert counted(witness) == {"contacts_outside_hours": 1}


def test_a_reply_inside_the_window_may_come_at_night_and_a_template_may_not() -> None:
    night = NOON.replace(hour=7)
    reply = call(kind="free_text", at=night)
    template = call(kind="template", at=night)

    assert counted(Witness(contacts=[reply])) == {}
    assert counted(Witness(contacts=[template])) == {"contacts_outside_hours": 1}
    assert counted(Witness(contacts=[call(kind="template", at=night, reached=False)])) == {}


def test_after_a_no_one_quick_confirmation_is_all_that_is_allowed() -> None:
    no = OptOut(number=NEW_YORK, at=NOON, how="message")
    confirmation = call(kind="free_text", at=NOON + timedelta(seconds=20))
    another = call(kind="free_text", at=NOON + timedelta(seconds=40))
    late = call(kind="free_text", at=NOON + timedelta(minutes=2))
    ring = call(at=NOON + timedelta(days=1))

    assert counted(Witness(contacts=[confirmation], opt_outs=[no])) == {}
    for contacts in ([confirmation, another], [late], [ring]):
        assert counted(Witness(contacts=contacts, opt_outs=[no])) == {"contacts_after_opt_out": 1}


def test_a_person_who_came_back_and_another_person_may_be_contacted() -> None:
    no = OptOut(number=NEW_YORK, at=NOON, how="voice")
    yes = OptOut(number=NEW_YORK, at=NOON + timedelta(hours=1), how="start")
    later = NOON + timedelta(hours=2)

    assert counted(Witness(contacts=[call(at=later)], opt_outs=[no, yes])) == {}
    assert counted(Witness(contacts=[call(LONDON, at=later)], opt_outs=[no])) == {}


def test_free_text_outside_the_window_and_silence_to_callbacks_count() -> None:
    witness = Witness(
        contacts=[call(kind="free_text", in_window=False, reached=False)],
        unacknowledged=[Unacknowledged(kind="status", url="http://example.com/", at=NOON)],
    )

    assert counted(witness) == {"free_text_outside_window": 1, "callbacks_never_acknowledged": 1}
    assert len(verdict(witness)["details"]) == 2  # type: ignore[arg-type]


def test_the_attempt_stands_in_the_path_of_the_callback() -> None:
    attempt = "0193a5b2-7c1e-7000-8000-0123456789ab"
    url = f"https://example.com/webhooks/twilio/voice/{attempt.upper()}/status#rc=5&rp=all"

    assert attempt_id_of("", url) == attempt
    assert attempt_id_of("https://example.com/?id=" + attempt) == ""


@pytest.mark.parametrize(
    ("body", "button", "stop"),
    [
        ("STOP", "", True),
        (" stop. ", "", True),
        ("please remove me from your list", "", True),
        ("", "Stop", True),
        ("do not stop, tell me more", "", False),
        ("I never contact suppliers", "", False),
        ("yes", "", False),
    ],
)
def test_a_no_is_understood_in_words_and_by_button(body: str, button: str, stop: bool) -> None:
    assert reads_as_stop(body, button) is stop
