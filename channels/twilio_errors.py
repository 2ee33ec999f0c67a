"""Which of the three errors is it, and what is to be done about one that came later?"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from channels.base import MaybeStarted, Refused, Unavailable
from channels.twilio_codes import MEANINGS, Kind, Meaning
from channels.twilio_http import Messenger, TooLate
from outreach.channel import ChannelName
from outreach.outcome import Outcome

SOON = timedelta(minutes=1)
A_DAY = timedelta(days=1)

UNAUTHORIZED, FORBIDDEN, REQUEST_TIMEOUT, TOO_MANY = 401, 403, 408, 429
SERVER_ERRORS = 500


class Then(StrEnum):
    """What follows from a failure that was reported after the order had been taken."""

    RETRY = "retry"
    """The follow-up rules try again."""
    RETRY_TOMORROW = "retry_tomorrow"
    RETRY_ONCE = "retry_once"
    """Nobody knows this code: once more, and at its second time give up."""
    GIVE_UP = "give_up"
    """No more tries on this channel for this lead."""
    SUPPRESS = "suppress"
    """This person never again on this channel."""
    USE_TEMPLATE = "use_template"
    """The window has closed: an approved template, not a failure of the lead."""
    STOP_CAMPAIGN = "stop_campaign"
    STOP_SENDER = "stop_sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterFailure:
    """How the attempt ended, and what to do next."""

    outcome: Outcome
    then: Then
    reason: str
    """Of the table; never free text."""


def failure(error: Exception, carried: Messenger) -> Refused | Unavailable | MaybeStarted:
    """What `error`, raised while an order was given through `carried`, says about the order."""
    match error:
        case TooLate():
            return Unavailable("deadline_passed")
        case TwilioRestException() | TwilioServiceException():
            return _answered(error.status, error.code, carried.retry_after)
        case TimeoutError() if carried.left:
            return MaybeStarted("no_answer_in_time")
        case _ if carried.left:
            # The connection broke, or what came back is not what Twilio says: either way it had it.
            return MaybeStarted("no_usable_answer")
        case _:
            return Unavailable("provider_unreachable")


def _answered(
    status: int, code: object, retry_after: timedelta | None
) -> Refused | Unavailable | MaybeStarted:
    if status >= SERVER_ERRORS or status == REQUEST_TIMEOUT:
        # Even with a code that sounds final: a failing server is no witness of what it has done.
        return MaybeStarted(f"http_{status}")
    if status == TOO_MANY:
        return Unavailable("too_many_requests", retry_after or SOON)
    number = code if isinstance(code, int) else None
    meaning = MEANINGS.get(number) if number is not None else None
    return _refusal(meaning or _by_status(status), number, retry_after)


def _by_status(status: int) -> Meaning:
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return Meaning(Kind.SENDER, "credentials_refused")
    return Meaning(Kind.CAMPAIGN, "order_refused")


def _refusal(
    meaning: Meaning, number: int | None, retry_after: timedelta | None
) -> Refused | Unavailable | MaybeStarted:
    code = None if number is None else str(number)
    match meaning.kind:
        case Kind.RETRY:
            return Unavailable(meaning.reason, retry_after or SOON)
        case Kind.TOMORROW:
            return Unavailable(meaning.reason, retry_after or A_DAY)
        case Kind.AMBIGUOUS:
            return MaybeStarted(meaning.reason)
        case Kind.SENDER:
            return Refused(meaning.reason, "sender", code)
        case Kind.CAMPAIGN | Kind.ENDED:
            return Refused(meaning.reason, "campaign", code)
        case Kind.OPTED_OUT | Kind.BLOCKED:
            return Refused(meaning.reason, "lead", code, suppress=True)
        case Kind.LEAD | Kind.NUMBER | Kind.WINDOW:
            return Refused(meaning.reason, "lead", code)
    assert_never(meaning.kind)


THEN: dict[Kind, Then] = {
    Kind.RETRY: Then.RETRY,
    Kind.TOMORROW: Then.RETRY_TOMORROW,
    Kind.LEAD: Then.GIVE_UP,
    Kind.NUMBER: Then.GIVE_UP,
    Kind.SENDER: Then.STOP_SENDER,
    Kind.CAMPAIGN: Then.STOP_CAMPAIGN,
    Kind.OPTED_OUT: Then.SUPPRESS,
    Kind.BLOCKED: Then.SUPPRESS,
    Kind.WINDOW: Then.USE_TEMPLATE,
    Kind.AMBIGUOUS: Then.RETRY,
    Kind.ENDED: Then.RETRY,
}

UNKNOWN = "unknown_error"


def after_callback(error_code: str | None, channel: ChannelName) -> AfterFailure:
    """What follows when a callback says `failed` or `undelivered`; None where it gave no code."""
    known = _meaning(error_code)
    plain = Outcome.FAILED if channel is ChannelName.VOICE else Outcome.UNDELIVERED
    if known is None:
        return AfterFailure(outcome=plain, then=Then.RETRY_ONCE, reason=UNKNOWN)
    return AfterFailure(
        outcome=_outcome(known.kind, channel) or plain, then=THEN[known.kind], reason=known.reason
    )


def _meaning(error_code: str | None) -> Meaning | None:
    return MEANINGS.get(int(error_code)) if error_code and error_code.isdecimal() else None


def _outcome(kind: Kind, channel: ChannelName) -> Outcome | None:
    if kind is Kind.OPTED_OUT:
        return Outcome.OPTED_OUT
    # Not to be on WhatsApp does not make a telephone number wrong.
    if kind is Kind.NUMBER and channel is ChannelName.VOICE:
        return Outcome.INVALID_NUMBER
    return None


SIP: dict[int, AfterFailure] = {
    404: AfterFailure(outcome=Outcome.INVALID_NUMBER, then=Then.GIVE_UP, reason="invalid_number"),
    484: AfterFailure(outcome=Outcome.INVALID_NUMBER, then=Then.GIVE_UP, reason="invalid_number"),
    604: AfterFailure(outcome=Outcome.INVALID_NUMBER, then=Then.GIVE_UP, reason="invalid_number"),
    408: AfterFailure(outcome=Outcome.NO_ANSWER, then=Then.RETRY, reason="no_answer"),
    480: AfterFailure(outcome=Outcome.NO_ANSWER, then=Then.RETRY, reason="no_answer"),
    487: AfterFailure(outcome=Outcome.NO_ANSWER, then=Then.RETRY, reason="no_answer"),
    486: AfterFailure(outcome=Outcome.BUSY, then=Then.RETRY, reason="busy"),
    600: AfterFailure(outcome=Outcome.BUSY, then=Then.RETRY, reason="busy"),
    603: AfterFailure(outcome=Outcome.BUSY, then=Then.RETRY, reason="declined"),
    607: AfterFailure(outcome=Outcome.FAILED, then=Then.GIVE_UP, reason="rejected_as_unwanted"),
    608: AfterFailure(outcome=Outcome.FAILED, then=Then.GIVE_UP, reason="rejected_as_unwanted"),
}
"""RFC 3261 §21 and RFC 8197, RFC 8688; what a call says that was never answered."""

STATUS: dict[str, AfterFailure] = {
    "no-answer": SIP[487],
    "busy": SIP[486],
    "failed": AfterFailure(outcome=Outcome.FAILED, then=Then.RETRY, reason="call_failed"),
    "canceled": AfterFailure(outcome=Outcome.NOT_PLACED, then=Then.RETRY, reason="canceled"),
}


def after_call(status: str, sip_code: int | None, error_code: str | None) -> AfterFailure | None:
    """What follows from a call's final status; None for `completed`, which others must judge.

    A code decides only where the status is `failed`: busy and no-answer say enough themselves.
    """
    if status == "failed" and _meaning(error_code) is not None:
        return after_callback(error_code, ChannelName.VOICE)
    if status == "failed" and sip_code in SIP:
        return SIP[sip_code]
    return STATUS.get(status)
