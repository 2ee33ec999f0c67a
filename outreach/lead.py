"""Where a lead stands: what came of it (`Status`) and what the engine owes it (`Work`)."""

from collections.abc import Iterable
from enum import StrEnum

from outreach.outcome import Outcome


class Status(StrEnum):
    NEW = "new"
    ATTEMPTING = "attempting"
    UNREACHABLE = "unreachable"
    CONTACTED = "contacted"
    CALLBACK = "callback"
    ENGAGED = "engaged"
    NOT_INTERESTED = "not_interested"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    WRONG_NUMBER = "wrong_number"
    UNSUBSCRIBED = "unsubscribed"
    DO_NOT_CONTACT = "do_not_contact"


class Work(StrEnum):
    PLANNED = "planned"
    """An attempt waits for its hour."""
    IN_FLIGHT = "in_flight"
    """An attempt is under way."""
    WAITING = "waiting"
    """Something outside decides what comes next: a conversation, a reading, a person."""
    BLOCKED = "blocked"
    """It cannot be contacted now, `work_reason` says why and `recheck_at` when to look again."""
    ENDED = "ended"


RANK: dict[Status, int] = {
    Status.NEW: 0,
    Status.ATTEMPTING: 1,
    Status.UNREACHABLE: 1,
    Status.CONTACTED: 2,
    Status.CALLBACK: 3,
    Status.ENGAGED: 3,
    Status.NOT_INTERESTED: 3,
    Status.QUALIFIED: 4,
    Status.CONVERTED: 5,
    Status.WRONG_NUMBER: 9,
    Status.UNSUBSCRIBED: 10,
    Status.DO_NOT_CONTACT: 11,
}

STATUS_AFTER: dict[Outcome, Status] = {
    Outcome.NO_ANSWER: Status.ATTEMPTING,
    Outcome.BUSY: Status.ATTEMPTING,
    Outcome.FAILED: Status.ATTEMPTING,
    Outcome.INVALID_NUMBER: Status.WRONG_NUMBER,
    Outcome.VOICEMAIL: Status.ATTEMPTING,
    Outcome.VOICEMAIL_LEFT: Status.ATTEMPTING,
    Outcome.SCREENED: Status.ATTEMPTING,
    Outcome.MACHINE: Status.ATTEMPTING,
    Outcome.HANGUP_EARLY: Status.ATTEMPTING,
    Outcome.CUT_OFF: Status.CONTACTED,
    Outcome.TALKED: Status.CONTACTED,
    Outcome.INTERESTED: Status.ENGAGED,
    Outcome.QUALIFIED: Status.QUALIFIED,
    Outcome.MEETING_BOOKED: Status.QUALIFIED,
    Outcome.CALLBACK_REQUESTED: Status.CALLBACK,
    Outcome.NOT_INTERESTED: Status.NOT_INTERESTED,
    Outcome.WRONG_PERSON: Status.WRONG_NUMBER,
    Outcome.LANGUAGE_BARRIER: Status.CONTACTED,
    Outcome.OPTED_OUT: Status.UNSUBSCRIBED,
    Outcome.DELIVERED: Status.ATTEMPTING,
    Outcome.READ: Status.ATTEMPTING,
    Outcome.UNDELIVERED: Status.ATTEMPTING,
    Outcome.REPLIED: Status.CONTACTED,
}
"""What each outcome makes of a lead. `not_placed` is absent: it says nothing about the person."""


def raised(current: Status, to: Status) -> Status:
    """What a machine may make of `current` when it learns `to`: a rank never falls.

    Equal ranks give way to the newer word: callback, engaged and not_interested change freely.
    """
    return to if RANK[to] >= RANK[current] else current


def status_of(outcomes: Iterable[Outcome]) -> Status:
    """Where a lead stands by its attempts alone, oldest first."""
    status = Status.NEW
    for outcome in outcomes:
        status = status_after(status, outcome)
    return status


def status_after(current: Status, outcome: Outcome) -> Status:
    """Where a lead stands after an attempt that ended with `outcome`."""
    return raised(current, STATUS_AFTER.get(outcome, current))
