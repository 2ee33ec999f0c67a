"""How an attempt ended: who or what answered, and what came of it. Closed lists."""

from enum import StrEnum


class AnsweredBy(StrEnum):
    HUMAN = "human"
    VOICEMAIL = "voicemail"
    SCREENING = "screening"
    IVR = "ivr"
    FAX = "fax"
    SILENCE = "silence"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    INVALID_NUMBER = "invalid_number"
    NOT_PLACED = "not_placed"
    """The provider never had it; costs no try."""
    VOICEMAIL = "voicemail"
    VOICEMAIL_LEFT = "voicemail_left"
    SCREENED = "screened"
    MACHINE = "machine"
    HANGUP_EARLY = "hangup_early"
    CUT_OFF = "cut_off"
    """The conversation broke on our side or the provider's."""
    TALKED = "talked"
    """There was a conversation and nothing in it decides."""
    INTERESTED = "interested"
    QUALIFIED = "qualified"
    MEETING_BOOKED = "meeting_booked"
    CALLBACK_REQUESTED = "callback_requested"
    NOT_INTERESTED = "not_interested"
    WRONG_PERSON = "wrong_person"
    LANGUAGE_BARRIER = "language_barrier"
    OPTED_OUT = "opted_out"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    REPLIED = "replied"


NOT_COLLEAGUES = frozenset({"engine", "agent", "reader", "provider", "person"})
"""Who may have said what an attempt came to, besides somebody of ours (`user:ID`, `cli`)."""


def is_colleagues_word(said_by: str | None) -> bool:
    """Whether somebody of ours has said the outcome; no machine replaces that."""
    return said_by is not None and said_by not in NOT_COLLEAGUES


UNREACHED = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED, Outcome.NOT_PLACED})
"""Nobody was there: the follow-up rules try again."""

OF_CALLS = frozenset(Outcome) - {
    Outcome.DELIVERED,
    Outcome.READ,
    Outcome.UNDELIVERED,
    Outcome.REPLIED,
}
OF_MESSAGES = frozenset({Outcome.DELIVERED, Outcome.READ, Outcome.UNDELIVERED})
"""What can come of a message that nobody answered; an answered one is a conversation."""

CONVERSATIONS = frozenset(
    {
        Outcome.TALKED,
        Outcome.INTERESTED,
        Outcome.QUALIFIED,
        Outcome.MEETING_BOOKED,
        Outcome.CALLBACK_REQUESTED,
        Outcome.NOT_INTERESTED,
        Outcome.WRONG_PERSON,
        Outcome.LANGUAGE_BARRIER,
        Outcome.OPTED_OUT,
        Outcome.REPLIED,
    }
)
"""A person said something; these are what a reader of the transcript may conclude."""

REFUSALS = frozenset({Outcome.NOT_INTERESTED, Outcome.OPTED_OUT})
"""They said no; some laws let nobody ask again for a while, or ever."""
