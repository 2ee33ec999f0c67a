"""Reports may come twice, late and in any order; what is known only grows."""

from datetime import timedelta
from itertools import permutations

import pytest

from outreach.call_status import (
    CallEnd,
    call_rank,
    end_of_call,
    is_final_call,
    is_final_message,
    message_outcome,
    message_rank,
    rises,
)
from outreach.outcome import AnsweredBy, Outcome


@pytest.mark.parametrize(
    "reports", [("initiated", "ringing", "in-progress", "completed"), ("queued", "busy", "ringing")]
)
def test_in_whatever_order_reports_come_the_same_is_known(reports: tuple[str, ...]) -> None:
    ends = set()
    for order in permutations(reports * 2 if len(reports) == 3 else reports):
        known: str | None = None
        for report in order:
            if rises(call_rank(report), call_rank(known) if known else None):
                known = report
        ends.add(known)

    assert len(ends) == 1


def test_a_first_end_is_not_replaced_by_another() -> None:
    assert not rises(call_rank("completed"), call_rank("busy"))
    assert not rises(call_rank("completed"), call_rank("completed"))


def test_a_word_nobody_knows_moves_nothing() -> None:
    assert call_rank("teleported") is None
    assert message_rank("teleported") is None
    assert not rises(None, None)
    assert not is_final_call("teleported")
    assert not is_final_message("teleported")
    assert message_outcome("teleported") is None


def test_a_read_receipt_proves_the_delivery() -> None:
    assert rises(message_rank("read"), message_rank("undelivered"))
    assert not rises(message_rank("undelivered"), message_rank("delivered"))
    assert not rises(message_rank("sent"), message_rank("delivered"))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("queued", None),
        ("sent", None),
        ("Delivered", Outcome.DELIVERED),
        ("read", Outcome.READ),
        ("failed", Outcome.UNDELIVERED),
        ("undelivered", Outcome.UNDELIVERED),
    ],
)
def test_a_message_comes_to_its_delivery(status: str, outcome: Outcome | None) -> None:
    assert message_outcome(status) is outcome
    assert is_final_message(status) is (outcome is not None)


SHORT, LONG = timedelta(seconds=4), timedelta(seconds=40)
HUMAN, SILENCE, UNKNOWN = AnsweredBy.HUMAN, AnsweredBy.SILENCE, AnsweredBy.UNKNOWN

ENDS = [
    (CallEnd(status="busy"), Outcome.BUSY),
    (CallEnd(status="no-answer"), Outcome.NO_ANSWER),
    (CallEnd(status="canceled"), Outcome.NO_ANSWER),
    (CallEnd(status="failed"), Outcome.FAILED),
    (CallEnd(status="failed", sip_code=404), Outcome.INVALID_NUMBER),
    (CallEnd(status="failed", sip_code=604), Outcome.INVALID_NUMBER),
    (CallEnd(status="failed", sip_code=486), Outcome.BUSY),
    (CallEnd(status="failed", sip_code=480), Outcome.NO_ANSWER),
    (CallEnd(status="failed", sip_code=503), Outcome.FAILED),
    (CallEnd(status="completed", answered_by=AnsweredBy.VOICEMAIL), Outcome.VOICEMAIL),
    (
        CallEnd(status="completed", answered_by=AnsweredBy.VOICEMAIL, message_left=True),
        Outcome.VOICEMAIL_LEFT,
    ),
    (CallEnd(status="completed", answered_by=AnsweredBy.SCREENING), Outcome.SCREENED),
    (CallEnd(status="completed", answered_by=AnsweredBy.IVR), Outcome.MACHINE),
    (CallEnd(status="completed", answered_by=AnsweredBy.FAX), Outcome.MACHINE),
    (CallEnd(status="completed", answered_by=HUMAN, talk=SHORT), Outcome.HANGUP_EARLY),
    (CallEnd(status="completed", answered_by=HUMAN), Outcome.HANGUP_EARLY),
    (
        CallEnd(status="completed", answered_by=HUMAN, talk=SHORT, person_words=2),
        Outcome.HANGUP_EARLY,
    ),
    (
        CallEnd(status="completed", answered_by=HUMAN, talk=SHORT, person_words=9),
        Outcome.HANGUP_EARLY,
    ),
    (CallEnd(status="completed", answered_by=HUMAN, person_words=5), Outcome.TALKED),
    (CallEnd(status="completed", answered_by=HUMAN, talk=LONG, person_words=1), Outcome.TALKED),
    (
        CallEnd(status="completed", answered_by=HUMAN, talk=LONG, person_words=9, broke=True),
        Outcome.CUT_OFF,
    ),
    (CallEnd(status="completed", answered_by=UNKNOWN, talk=LONG, broke=True), Outcome.CUT_OFF),
    (CallEnd(status="completed", answered_by=SILENCE, talk=LONG), Outcome.NO_ANSWER),
    (CallEnd(status="completed", answered_by=SILENCE, talk=SHORT), Outcome.HANGUP_EARLY),
]


@pytest.mark.parametrize(("end", "outcome"), ENDS)
def test_a_call_comes_to_what_was_seen_of_it(end: CallEnd, outcome: Outcome) -> None:
    assert end_of_call(end) is outcome
