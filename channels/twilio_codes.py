"""What does each of Twilio's error codes say about trying again? The table, as data.

Meanings from https://www.twilio.com/docs/api/errors. A code that is not here has no meaning of
its own: `twilio_errors` decides by the HTTP status or, where it came later, by how often.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    RETRY = "retry"
    """Not processed or only for the moment; the same lead later."""
    TOMORROW = "tomorrow"
    """A limit of the day."""
    LEAD = "lead"
    """Never for this lead; says nothing about the number."""
    NUMBER = "number"
    """Nobody can be reached under this number."""
    SENDER = "sender"
    """The account, the number or our own addresses: an operator must act."""
    CAMPAIGN = "campaign"
    """The content or the template: an operator must act."""
    OPTED_OUT = "opted_out"
    """The person does not want it."""
    BLOCKED = "blocked"
    """Somebody on the way does not let it through to this person; never again either."""
    WINDOW = "window"
    """The person's last message is too long ago for free text."""
    AMBIGUOUS = "ambiguous"
    """It may have been carried out."""
    ENDED = "ended"
    """There is nothing left to change: unknown, or not in a state for it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    kind: Kind
    reason: str


_ROWS: tuple[tuple[Kind, str, tuple[int, ...]], ...] = (
    (Kind.RETRY, "too_many_requests", (20429,)),
    (Kind.RETRY, "too_many_calls", (10004,)),
    (Kind.RETRY, "queue_full", (21611, 30001)),
    (Kind.RETRY, "phone_unreachable", (30003,)),
    (Kind.RETRY, "carrier_unknown_error", (30008,)),
    (Kind.RETRY, "provider_unavailable", (30410, 63009, 63010, 63012, 63023)),
    (Kind.RETRY, "rate_limit", (63017, 63018)),
    (Kind.RETRY, "media_stream_failed", (*range(31901, 31961), *range(64101, 64111))),
    (Kind.TOMORROW, "daily_limit", (63038,)),
    (Kind.NUMBER, "invalid_number", (21211, 21217, 30005)),
    (Kind.NUMBER, "cannot_be_routed", (21214, 21612, 21614, 30006)),
    (Kind.NUMBER, "not_on_whatsapp", (63003, 63024)),
    (Kind.LEAD, "dial_refused", (13223, 13224, 13226)),
    (Kind.LEAD, "refused_by_provider", (13225, 21216)),
    (Kind.LEAD, "country_not_enabled", (13227, 21203, 21215, 21408)),
    (Kind.LEAD, "sandbox_not_joined", (63015,)),
    (Kind.LEAD, "held_back_by_meta", (63032, 63049)),
    (Kind.OPTED_OUT, "opted_out", (21610, 63033)),
    (Kind.OPTED_OUT, "blocked_by_person", (63014,)),
    (Kind.BLOCKED, "blocked_by_carrier", (30004, 30007)),
    (Kind.WINDOW, "window_closed", (63016,)),
    (Kind.AMBIGUOUS, "provider_failed", (20500, 20503)),
    (Kind.SENDER, "credentials_refused", (20003,)),
    (Kind.SENDER, "account_suspended", (10001, 10005, 20005, 20006, 30002)),
    (Kind.SENDER, "trial_account", (10002, 21219, 21608)),
    (Kind.SENDER, "address_invalid", (21201, 21205, 21402, 21609)),
    (Kind.SENDER, "sender_invalid", (21210, 21212, 21213, 21218, 21606)),
    (Kind.SENDER, "sender_invalid", (21659, 21660, 21661, 21701, 21702, 21703, 21704, 21705)),
    (Kind.SENDER, "sender_invalid", (13214, 13247, 21910, 30034, 63031)),
    (Kind.SENDER, "whatsapp_sender_broken", (63001, 63002, 63007, 63008, 63020, 63022)),
    (Kind.SENDER, "whatsapp_sender_broken", (63051, 63112)),
    (Kind.SENDER, "our_webhook_failed", (11200, 11205, 11206, 11210, 11220, 11235, 11237)),
    (Kind.SENDER, "our_webhook_failed", (12100, 12200, 12300)),
    (Kind.CAMPAIGN, "message_malformed", (21602, 21603, 21604, 21617, 21619, 21620, 21623)),
    (Kind.CAMPAIGN, "template_malformed", (21654, 21655, 21656, 21658)),
    (Kind.CAMPAIGN, "content_refused", (63005, 63006, 63019, 63021, 63025, 63027, 63028)),
    (Kind.CAMPAIGN, "content_refused", (63029, 63030, 63034, 63037, 63052)),
    (Kind.CAMPAIGN, "policy_violation", (63013, 63026)),
    (Kind.CAMPAIGN, "template_not_approved", (63040, 63041, 63042)),
    (Kind.ENDED, "not_found", (20404,)),
    (Kind.ENDED, "already_ended", (21220,)),
)

MEANINGS: dict[int, Meaning] = {
    code: Meaning(kind, reason) for kind, reason, codes in _ROWS for code in codes
}
