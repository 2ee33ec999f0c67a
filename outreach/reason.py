"""Why somebody is not contacted now: every reason there is, and a sentence for people."""

from enum import StrEnum


class Reason(StrEnum):
    OPERATOR_STOP = "operator_stop"
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    CAMPAIGN_ENDED = "campaign_ended"
    NOT_STARTED_YET = "not_started_yet"
    HUMAN_OWNS = "human_owns"
    SUPPRESSED = "suppressed"
    DO_NOT_CONTACT = "do_not_contact"
    DO_NOT_CALL_LIST = "do_not_call_list"
    NO_CONSENT = "no_consent"
    CONSENT_REVOKED = "consent_revoked"
    NO_CONTACT_POINT = "no_contact_point"
    INVALID_NUMBER = "invalid_number"
    NO_TIMEZONE = "no_timezone"
    NO_WINDOW = "no_window"
    OUTSIDE_WINDOW = "outside_window"
    NOT_BEFORE = "not_before"
    WORKED_ELSEWHERE = "worked_elsewhere"
    CAP_REACHED = "cap_reached"
    RESTING = "resting"
    BUDGET = "budget"
    DAILY_BUDGET = "daily_budget"
    SENDER_PAUSED = "sender_paused"
    SENDER_BUSY = "sender_busy"
    SENDER_DAILY_CAP = "sender_daily_cap"
    NO_SENDER = "no_sender"
    PROVIDER_DOWN = "provider_down"
    PRE_DIAL_REFUSED = "pre_dial_refused"
    PRE_DIAL_UNANSWERED = "pre_dial_unanswered"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    US_WHATSAPP_MARKETING = "us_whatsapp_marketing"
    MISSING_VARIABLE = "missing_variable"
    LINE_BUSY = "line_busy"
    LEAD_CLOSED = "lead_closed"
    NOT_PLACED = "not_placed"
    DAYPART = "daypart"


WORDS: dict[Reason, str] = {
    Reason.OPERATOR_STOP: "Everything is stopped by an operator.",
    Reason.CAMPAIGN_NOT_RUNNING: "The campaign is not running.",
    Reason.CAMPAIGN_ENDED: "The campaign is over before the next time that would be legal.",
    Reason.NOT_STARTED_YET: "The campaign has not started yet.",
    Reason.HUMAN_OWNS: "A colleague has taken this conversation.",
    Reason.SUPPRESSED: "This person is on the suppression list.",
    Reason.DO_NOT_CONTACT: "This person is marked do not contact.",
    Reason.DO_NOT_CALL_LIST: "This number stands on a public do-not-call list that binds here.",
    Reason.NO_CONSENT: "No consent that is enough is recorded for this channel.",
    Reason.CONSENT_REVOKED: "The consent was withdrawn.",
    Reason.NO_CONTACT_POINT: "There is no phone number or WhatsApp id that a step could use.",
    Reason.INVALID_NUMBER: "The number cannot be reached.",
    Reason.NO_TIMEZONE: "Nobody knows in which time zone this person is.",
    Reason.NO_WINDOW: "In two weeks no hour is allowed in every zone this person may be in.",
    Reason.OUTSIDE_WINDOW: "It is outside the allowed hours where this person is.",
    Reason.NOT_BEFORE: "The list says not to make contact before a later time.",
    Reason.WORKED_ELSEWHERE: "Another running campaign works this person; this one waits.",
    Reason.CAP_REACHED: "This person has been contacted as often as the rules allow.",
    Reason.RESTING: "The law leaves this person alone after a refusal or a talk.",
    Reason.BUDGET: "The campaign's budget is used up.",
    Reason.DAILY_BUDGET: "The campaign's budget for today is used up.",
    Reason.SENDER_BUSY: "The number this person knows is busy; others are served meanwhile.",
    Reason.SENDER_DAILY_CAP: "Every number of the campaign has done its work for today.",
    Reason.SENDER_PAUSED: "The sending number is paused.",
    Reason.NO_SENDER: "No number is set up that could send this.",
    Reason.PROVIDER_DOWN: "The provider is failing; attempts wait until it recovers.",
    Reason.PRE_DIAL_REFUSED: "The check before dialling says that this number must not be called.",
    Reason.PRE_DIAL_UNANSWERED: "The check before dialling gives no answer; the call waits.",
    Reason.TEMPLATE_NOT_APPROVED: "WhatsApp has not approved the template.",
    Reason.US_WHATSAPP_MARKETING: "WhatsApp does not deliver marketing to numbers in the US.",
    Reason.MISSING_VARIABLE: "A value is missing that the text needs and that has no default.",
    Reason.LINE_BUSY: "Another attempt to this number is under way.",
    Reason.LEAD_CLOSED: "This lead is closed.",
    Reason.NOT_PLACED: "The provider never placed the last attempt.",
    Reason.DAYPART: "The last try was at the same time of day.",
}
