"""What lifts each reason for which somebody is not contacted: one table, obeyed and printed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from outreach.reason import Reason


class Lifter(StrEnum):
    TIME = "time"
    RESUME_ALL = "resume_all"
    CAMPAIGN_RESUMED = "campaign_resumed"
    CAMPAIGN_EDITED = "campaign_edited"
    TEXT_PUBLISHED = "text_published"
    CONVERSATION_RETURNED = "conversation_returned"
    SUPPRESSION_LIFTED = "suppression_lifted"
    LIST_REPLACED = "list_replaced"
    CONSENT_GIVEN = "consent_given"
    RESULT_CORRECTED = "result_corrected"
    POINT_MENDED = "point_mended"
    VALUE_SUPPLIED = "value_supplied"
    SENDER_BACK = "sender_back"
    BREAKER_CLOSED = "breaker_closed"


LIFTER_WORDS: Final[Mapping[Lifter, str]] = {
    Lifter.TIME: "its time comes: it is looked at again by itself",
    Lifter.RESUME_ALL: "an operator lifts the stop",
    Lifter.CAMPAIGN_RESUMED: "the campaign is launched or resumed",
    Lifter.CAMPAIGN_EDITED: "the campaign's document is changed (hours, caps, steps, budget, end)",
    Lifter.TEXT_PUBLISHED: "the agent or the template is published anew, or approved",
    Lifter.CONVERSATION_RETURNED: "the colleague gives the conversation back",
    Lifter.SUPPRESSION_LIFTED: "the suppression is lifted",
    Lifter.LIST_REPLACED: "a newer do-not-call list is imported, or the list is dropped",
    Lifter.CONSENT_GIVEN: "a consent is recorded",
    Lifter.RESULT_CORRECTED: "a colleague corrects the result that closed the lead",
    Lifter.POINT_MENDED: "the person has a number that works",
    Lifter.VALUE_SUPPLIED: "the missing value is given",
    Lifter.SENDER_BACK: "a number is added or may be used again",
    Lifter.BREAKER_CLOSED: "the provider works again",
}

LIFTED_BY: Final[Mapping[Reason, frozenset[Lifter]]] = {
    Reason.OPERATOR_STOP: frozenset({Lifter.RESUME_ALL}),
    Reason.CAMPAIGN_NOT_RUNNING: frozenset({Lifter.CAMPAIGN_RESUMED}),
    Reason.CAMPAIGN_ENDED: frozenset({Lifter.CAMPAIGN_RESUMED, Lifter.CAMPAIGN_EDITED}),
    Reason.NOT_STARTED_YET: frozenset({Lifter.TIME}),
    Reason.HUMAN_OWNS: frozenset({Lifter.CONVERSATION_RETURNED, Lifter.TIME}),
    Reason.SUPPRESSED: frozenset({Lifter.SUPPRESSION_LIFTED}),
    Reason.DO_NOT_CONTACT: frozenset({Lifter.SUPPRESSION_LIFTED}),
    Reason.DO_NOT_CALL_LIST: frozenset(
        {Lifter.LIST_REPLACED, Lifter.CONSENT_GIVEN, Lifter.CAMPAIGN_EDITED, Lifter.POINT_MENDED}
    ),
    Reason.NO_CONSENT: frozenset({Lifter.CONSENT_GIVEN}),
    Reason.CONSENT_REVOKED: frozenset({Lifter.CONSENT_GIVEN}),
    Reason.NO_CONTACT_POINT: frozenset({Lifter.POINT_MENDED, Lifter.CAMPAIGN_EDITED}),
    Reason.INVALID_NUMBER: frozenset(
        {Lifter.POINT_MENDED, Lifter.RESULT_CORRECTED, Lifter.CAMPAIGN_EDITED}
    ),
    Reason.NO_TIMEZONE: frozenset({Lifter.VALUE_SUPPLIED}),
    Reason.NO_WINDOW: frozenset({Lifter.CAMPAIGN_EDITED, Lifter.VALUE_SUPPLIED, Lifter.TIME}),
    Reason.OUTSIDE_WINDOW: frozenset({Lifter.TIME}),
    Reason.NOT_BEFORE: frozenset({Lifter.TIME}),
    Reason.WORKED_ELSEWHERE: frozenset({Lifter.TIME, Lifter.CAMPAIGN_EDITED}),
    Reason.CAP_REACHED: frozenset({Lifter.TIME, Lifter.CAMPAIGN_EDITED}),
    Reason.RESTING: frozenset({Lifter.TIME, Lifter.RESULT_CORRECTED}),
    Reason.BUDGET: frozenset({Lifter.CAMPAIGN_EDITED, Lifter.TIME}),
    Reason.DAILY_BUDGET: frozenset({Lifter.CAMPAIGN_EDITED, Lifter.TIME}),
    Reason.SENDER_BUSY: frozenset({Lifter.TIME}),
    Reason.SENDER_DAILY_CAP: frozenset({Lifter.SENDER_BACK, Lifter.TIME}),
    Reason.SENDER_PAUSED: frozenset({Lifter.SENDER_BACK}),
    Reason.NO_SENDER: frozenset({Lifter.SENDER_BACK, Lifter.CAMPAIGN_EDITED, Lifter.TIME}),
    Reason.PROVIDER_DOWN: frozenset({Lifter.BREAKER_CLOSED, Lifter.TIME}),
    Reason.PRE_DIAL_REFUSED: frozenset({Lifter.TIME, Lifter.POINT_MENDED}),
    Reason.PRE_DIAL_UNANSWERED: frozenset({Lifter.TIME}),
    Reason.TEMPLATE_NOT_APPROVED: frozenset(
        {Lifter.TEXT_PUBLISHED, Lifter.CAMPAIGN_EDITED, Lifter.TIME}
    ),
    Reason.US_WHATSAPP_MARKETING: frozenset({Lifter.CAMPAIGN_EDITED, Lifter.POINT_MENDED}),
    Reason.MISSING_VARIABLE: frozenset(
        {Lifter.VALUE_SUPPLIED, Lifter.TEXT_PUBLISHED, Lifter.CAMPAIGN_EDITED}
    ),
    Reason.LINE_BUSY: frozenset({Lifter.TIME}),
    Reason.LEAD_CLOSED: frozenset({Lifter.RESULT_CORRECTED, Lifter.SUPPRESSION_LIFTED}),
    Reason.NOT_PLACED: frozenset({Lifter.TIME}),
    Reason.DAYPART: frozenset({Lifter.TIME}),
}


def lifts(lifter: Lifter) -> frozenset[Reason]:
    """The reasons that may not hold any longer when this has happened."""
    return frozenset(reason for reason, by in LIFTED_BY.items() if lifter in by)
