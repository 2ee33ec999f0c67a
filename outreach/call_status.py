"""What a provider's status words mean, and which of two reports is the newer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from outreach.outcome import AnsweredBy, Outcome

CALL_RANK: Final = {
    "queued": 0,
    "initiated": 1,
    "ringing": 2,
    "in-progress": 3,
    "completed": 4,
    "busy": 4,
    "no-answer": 4,
    "failed": 4,
    "canceled": 4,
}
MESSAGE_RANK: Final = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 0,
    "sending": 1,
    "sent": 2,
    "delivered": 3,
    "partially_delivered": 3,
    "undelivered": 3,
    "failed": 3,
    "canceled": 3,
    # A read receipt proves the delivery, whatever was said before.
    "read": 4,
}
FINAL_RANK: Final = 4

EARLY: Final = timedelta(seconds=10)
"""Who hangs up sooner has hung up early, whatever they said, unless a reader finds more in it."""
GREETING_WORDS: Final = 2
"""Where nobody said how long it took: no more than "hello, yes?" is no talk."""

BAD_NUMBER_SIP: Final = frozenset({404, 484, 604})
BUSY_SIP: Final = frozenset({486, 600})
NO_ANSWER_SIP: Final = frozenset({408, 480, 487})


def call_rank(status: str) -> int | None:
    """How far a call is; None for a word we do not know, which moves nothing."""
    return CALL_RANK.get(status.strip().lower())


def message_rank(status: str) -> int | None:
    return MESSAGE_RANK.get(status.strip().lower())


def rises(rank: int | None, known: int | None) -> bool:
    """Whether a report says more than what is known (None: nothing is); equal ranks do not."""
    return rank is not None and (known is None or rank > known)


def is_final_call(status: str) -> bool:
    return call_rank(status) == FINAL_RANK


def is_final_message(status: str) -> bool:
    """Whether the message has reached somebody or never will; `read` may still follow."""
    rank = message_rank(status)
    return rank is not None and rank >= MESSAGE_RANK["delivered"]


def message_outcome(status: str) -> Outcome | None:
    """What a message came to; None while it is under way."""
    match status.strip().lower():
        case "delivered" | "partially_delivered":
            return Outcome.DELIVERED
        case "read":
            return Outcome.READ
        case "undelivered" | "failed" | "canceled":
            return Outcome.UNDELIVERED
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """All that is known of a call that is over."""

    status: str
    """The provider's last word: completed, busy, no-answer, failed or canceled."""
    sip_code: int | None = None
    answered_by: AnsweredBy = AnsweredBy.UNKNOWN
    talk: timedelta | None = None
    """From the answer to the end; None where nobody said."""
    person_words: int = 0
    """Words of the person in the transcript."""
    message_left: bool = False
    broke: bool = False
    """The conversation broke on our side or the provider's."""


def end_of_call(end: CallEnd) -> Outcome:
    """What a call came to before anybody has read its transcript."""
    match end.status.strip().lower():
        case "busy":
            return Outcome.BUSY
        case "no-answer" | "canceled":
            # A call that we took back may have rung: it counts as a try.
            return Outcome.NO_ANSWER
        case "completed":
            return _answered(end)
        case _:
            return _failed(end.sip_code)


def _failed(sip_code: int | None) -> Outcome:
    if sip_code in BAD_NUMBER_SIP:
        return Outcome.INVALID_NUMBER
    if sip_code in BUSY_SIP:
        return Outcome.BUSY
    if sip_code in NO_ANSWER_SIP:
        return Outcome.NO_ANSWER
    return Outcome.FAILED


def _answered(end: CallEnd) -> Outcome:
    match end.answered_by:
        case AnsweredBy.VOICEMAIL:
            return Outcome.VOICEMAIL_LEFT if end.message_left else Outcome.VOICEMAIL
        case AnsweredBy.SCREENING:
            return Outcome.SCREENED
        case AnsweredBy.IVR | AnsweredBy.FAX:
            return Outcome.MACHINE
        case AnsweredBy.HUMAN | AnsweredBy.SILENCE | AnsweredBy.UNKNOWN:
            return _talked(end)


def _talked(end: CallEnd) -> Outcome:
    if end.broke:
        return Outcome.CUT_OFF
    if end.talk is None:
        return Outcome.TALKED if end.person_words > GREETING_WORDS else Outcome.HANGUP_EARLY
    if end.talk < EARLY:
        return Outcome.HANGUP_EARLY
    # Somebody lifted the receiver and nobody spoke: as if it had not been answered.
    return Outcome.TALKED if end.person_words else Outcome.NO_ANSWER
