"""Codes that stand in events, in words. A code that is not listed is at least readable."""

import re
from collections.abc import Mapping
from typing import Final

from outreach.lead import Status, Work
from outreach.outcome import Outcome
from outreach.reason import WORDS, Reason
from outreach.telling.providers import PEOPLE, PROVIDERS

ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.NO_ANSWER: "nobody answered",
    Outcome.BUSY: "the line was busy",
    Outcome.FAILED: "it failed on the way",
    Outcome.INVALID_NUMBER: "the number cannot be reached",
    Outcome.NOT_PLACED: "the provider never placed it",
    Outcome.VOICEMAIL: "a voicemail answered",
    Outcome.VOICEMAIL_LEFT: "a message was left on the voicemail",
    Outcome.SCREENED: "a call screener answered",
    Outcome.MACHINE: "a machine answered",
    Outcome.HANGUP_EARLY: "they hung up at once",
    Outcome.CUT_OFF: "the connection broke",
    Outcome.TALKED: "they talked, and nothing was decided",
    Outcome.INTERESTED: "they are interested",
    Outcome.QUALIFIED: "they are qualified",
    Outcome.MEETING_BOOKED: "a meeting is booked",
    Outcome.CALLBACK_REQUESTED: "they asked to be called back",
    Outcome.NOT_INTERESTED: "they are not interested",
    Outcome.WRONG_PERSON: "it was the wrong person",
    Outcome.LANGUAGE_BARRIER: "they speak another language",
    Outcome.OPTED_OUT: "they do not want to be contacted",
    Outcome.DELIVERED: "the message was delivered",
    Outcome.READ: "the message was read",
    Outcome.UNDELIVERED: "the message could not be delivered",
    Outcome.REPLIED: "they replied",
}
STATUSES: Final[Mapping[Status, str]] = {
    Status.NEW: "new",
    Status.ATTEMPTING: "being tried",
    Status.UNREACHABLE: "unreachable",
    Status.CONTACTED: "contacted",
    Status.CALLBACK: "to be called back",
    Status.ENGAGED: "engaged",
    Status.NOT_INTERESTED: "not interested",
    Status.QUALIFIED: "qualified",
    Status.CONVERTED: "converted",
    Status.WRONG_NUMBER: "wrong number",
    Status.UNSUBSCRIBED: "unsubscribed",
    Status.DO_NOT_CONTACT: "do not contact",
}
WORK: Final[Mapping[Work, str]] = {
    Work.PLANNED: "planned",
    Work.IN_FLIGHT: "under way",
    Work.WAITING: "waiting",
    Work.BLOCKED: "not contacted for now",
    Work.ENDED: "ended",
}
CHANNELS: Final[Mapping[str, str]] = {"voice": "call", "whatsapp": "WhatsApp message"}

PLANNED: Final[Mapping[str, str]] = {
    "first_step": "the first step of the campaign",
    "next_step": "the next step of the campaign",
    "retry": "another try",
    "callback": "a call at the time they asked for",
    "not_placed": "the last one was never placed",
    "no_reply": "they have not answered",
    "cancelled": "planned again",
    "called_us": "they called us",
}
"""Why an attempt is planned; what is not here is an outcome or a readable word."""

OTHER: Final[Mapping[str, str]] = {
    "lease_expired": "The process that worked on it fell silent.",
    "shutdown": "The process that worked on it was stopped.",
    "restored": "The database was restored from a backup, which does not know what came after it.",
    "timeout": "The provider did not answer in time.",
    "no_answer_in_time": "The provider did not answer in time.",
    "no_usable_answer": "The provider's answer could not be understood.",
    "provider_unreachable": "The provider could not be reached.",
    "too_many_requests": "The provider asked us to slow down.",
    "deadline_passed": "It was too late to send the order safely.",
    "clock_unreadable": "This machine's clock could not be read.",
    "follow_up_cancelled": "Somebody cancelled what was planned.",
    "campaign_cancelled": "The campaign was cancelled.",
    "cancelled": "Somebody cancelled it.",
    "callback": "They are called back at the time they asked for instead.",
    "replaced": "Another one is planned for them instead.",
    "replied": "They replied.",
    "conversation": "A conversation with them is going on.",
    "reply": "Their answer is awaited.",
    "reading": "What was said is being read.",
    "person": "A colleague has it.",
    "window_closed": "More than 24 hours have passed since their last message.",
    "no_model": "No language model is configured.",
    "no_agent": "No agent can speak here.",
    "user": "A colleague asked for it.",
    "abandonment": "Too many people who answered heard nothing of ours in time.",
    "breaker": "The provider failed too often.",
    "budget": "The campaign's budget is used up.",
    "compliance": "It would not have been allowed.",
    "lead_moved": "The lead was moved to another campaign.",
    "lead_removed": "The lead was taken out of the campaign.",
    "erased": "The person was erased on their demand.",
}


def readable(code: object) -> str:
    """A code as plain words, without the ids in it."""
    words = ID.sub("", str(code or "")).replace("_", " ").replace(":", " ").strip()
    return words or "unknown"


def why(code: object) -> str:
    """The sentence of a reason, whoever gave it; empty where there is none."""
    if not code:
        return ""
    text = str(code)
    if text in set(Reason):
        return WORDS[Reason(text)]
    for words in (OTHER, PROVIDERS, PEOPLE):
        if text in words:
            return words[text]
    if text in set(Outcome):
        return sentence(OUTCOMES[Outcome(text)])
    return f"The reason given: {readable(text)}."


def outcome(code: object) -> str:
    """What came of it, as part of a sentence."""
    return OUTCOMES[Outcome(str(code))] if str(code) in set(Outcome) else readable(code)


def status(code: object) -> str:
    return STATUSES[Status(str(code))] if str(code) in set(Status) else readable(code)


def work(code: object) -> str:
    """What the engine owes a lead."""
    return WORK[Work(str(code))] if str(code) in set(Work) else readable(code)


def channel(code: object) -> str:
    """What is made on a channel: a call or a message."""
    return CHANNELS.get(str(code), "contact")


def planned_for(code: object) -> str:
    """Why an attempt is planned, as part of a sentence."""
    text = str(code or "")
    if text in PLANNED:
        return PLANNED[text]
    return outcome(text)


def sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
