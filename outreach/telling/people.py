"""What happened to a lead, to a conversation and to what a person allows, in sentences."""

from collections.abc import Mapping
from typing import Final

from outreach.events import Kind
from outreach.telling.codes import channel, outcome, readable, status, why
from outreach.telling.setting import Setting

Data = Mapping[str, object]

MESSAGE_STATUS: Final[Mapping[str, str]] = {
    "queued": "is queued at the provider",
    "sent": "is on its way",
    "delivered": "was delivered",
    "read": "was read",
    "failed": "could not be sent",
    "undelivered": "could not be delivered",
}
TASKS: Final[Mapping[str, str]] = {
    "answer_message": "answer a message",
    "check_reading": "read what was said",
    "call_back": "call back",
    "message_failed": "look at a message that did not arrive",
    "transfer": "call back, they wanted to speak with somebody",
    "arrange_meeting": "arrange a meeting",
    "follow_up": "do what a rule asks for",
    "notify": "have a look",
    "look_at_company": "look at a company",
}
WHERE_SAID: Final[Mapping[str, str]] = {
    "call": "in a call",
    "message": "in a message",
    "conversation": "in a conversation",
    "attempt": "in answer to an attempt",
    "import": "by a list that was imported",
    "cli": "at the command line",
}


def imported(data: Data, setting: Setting) -> str:
    file = setting.name(data.get("import"), "a list")
    return f"It came in with row {data.get('row', 'unknown')} of {file}."


def added(data: Data, setting: Setting) -> str:
    return "It was added by hand."


def edited(data: Data, setting: Setting) -> str:
    names = data.get("fields")
    said = ", ".join(readable(one) for one in names) if isinstance(names, list) else ""
    return f"What is known of them was changed: {said}." if said else "It was changed by hand."


def blocked(data: Data, setting: Setting) -> str:
    said = f"It cannot be contacted for now. {why(data.get('reason'))}"
    missing = data.get("missing")
    if isinstance(missing, list) and missing:
        said += f" What is missing: {', '.join(str(one) for one in missing)}."
    if data.get("written_by"):
        said += f" It has to be in writing by the rules of {data['written_by']}."
    return said.rstrip()


def unblocked(data: Data, setting: Setting) -> str:
    return f"It may be contacted again. {why(data.get('reason'))}".rstrip()


def reopened(data: Data, setting: Setting) -> str:
    return f"It goes on after all. {why(data.get('reason'))}".rstrip()


def ended(data: Data, setting: Setting) -> str:
    return f"Nothing more is planned. {why(data.get('reason'))}".rstrip()


def changed(data: Data, setting: Setting) -> str:
    return f"It is “{status(data.get('to'))}” now, and was “{status(data.get('from'))}”."


def removed(data: Data, setting: Setting) -> str:
    return "It was taken out of the campaign."


def moved(data: Data, setting: Setting) -> str:
    return "It was moved to another campaign."


def called_us(data: Data, setting: Setting) -> str:
    return "They called us."


def composed(data: Data, setting: Setting) -> str:
    tools = data.get("tools")
    used = ", ".join(readable(one) for one in tools) if isinstance(tools, list) else ""
    return "A message is written." + (f" On the way it did: {used}." if used else "")


def sent(data: Data, setting: Setting) -> str:
    return "The message is sent."


def message_status(data: Data, setting: Setting) -> str:
    code = str(data.get("status") or "")
    what = MESSAGE_STATUS.get(code, f"is {readable(code)}, the provider says")
    return f"The message {what}."


def received(data: Data, setting: Setting) -> str:
    media = data.get("media")
    files = f" with {media} files" if isinstance(media, int) and media else ""
    what = "pressed a button" if data.get("kind") == "button" else f"wrote a message{files}"
    return f"They {what}."


def message_cancelled(data: Data, setting: Setting) -> str:
    return f"A message that was written is not sent. {why(data.get('reason'))}".rstrip()


def taken(data: Data, setting: Setting) -> str:
    if "to" in data:
        to = setting.name(data.get("to"), "a colleague")
        return f"The conversation was given to {to}; the agent is silent."
    return "A colleague has taken the conversation; the agent is silent."


def returned(data: Data, setting: Setting) -> str:
    return "The conversation was given back to the agent."


def snoozed(data: Data, setting: Setting) -> str:
    return f"The conversation is put off until {setting.moment(data.get('until'))}."


def woken(data: Data, setting: Setting) -> str:
    return "The conversation that was put off is back."


def resolved(data: Data, setting: Setting) -> str:
    return "The conversation is resolved."


def opened_again(data: Data, setting: Setting) -> str:
    return "The conversation is open again."


def allowed(data: Data, setting: Setting) -> str:
    return f"They agreed to be contacted{_scope(data)}{_source(data, setting)}."


def forbade(data: Data, setting: Setting) -> str:
    return f"The consent was taken back{_scope(data)}{_source(data, setting)}."


def suppressed(data: Data, setting: Setting) -> str:
    scope = data.get("scope")
    where = "" if scope in (None, "all") else f" by {readable(scope)}"
    return (
        f"They must not be contacted any more{where}{_source(data, setting)}."
        f" {why(data.get('reason'))}"
    ).rstrip()


def unsuppressed(data: Data, setting: Setting) -> str:
    return f"They may be contacted again. {why(data.get('reason'))}".rstrip()


def held(data: Data, setting: Setting) -> str:
    return "All about them is held by law from now on."


def released(data: Data, setting: Setting) -> str:
    return "What is stored about them is held by law no longer."


def gone(data: Data, setting: Setting) -> str:
    return "They were erased on their demand, and are never contacted or taken in again."


def read(data: Data, setting: Setting) -> str:
    said = f"What was said has been read: {outcome(data.get('outcome') or 'talked')}."
    for key, words in (("fields", "Found with a quote"), ("unproven", "Claimed without one")):
        names = data.get(key)
        if isinstance(names, list) and names:
            said += f" {words}: {', '.join(readable(one) for one in names)}."
    return said


def task(data: Data, setting: Setting) -> str:
    kind = str(data.get("kind") or "")
    what = TASKS.get(kind, readable(kind))
    return f"A person is asked to {what}. {why(data.get('reason'))}".rstrip()


def met(data: Data, setting: Setting) -> str:
    return f"A meeting is booked for {setting.moment(data.get('starts_at'))}."


def noted(data: Data, setting: Setting) -> str:
    return "A note was written."


def user_added(data: Data, setting: Setting) -> str:
    who = setting.name(data.get("user"), "A colleague")
    return f"{who} may use the console as {readable(data.get('role') or 'viewer')}."


def signed_in(data: Data, setting: Setting) -> str:
    return "A colleague signed in."


def key_added(data: Data, setting: Setting) -> str:
    return f"A key to the API was made, for the role {readable(data.get('role') or 'viewer')}."


def key_revoked(data: Data, setting: Setting) -> str:
    return "A key to the API was revoked."


def _scope(data: Data) -> str:
    purpose, by = data.get("purpose"), data.get("channel")
    to = "" if purpose in (None, "any") else f" for {readable(purpose)}"
    return to + ("" if by in (None, "any") else f" by {channel(by)}")


def _source(data: Data, setting: Setting) -> str:
    """Where it was said: a source is a word, or a word and an id."""
    source = str(data.get("source") or "")
    word, _, id_ = source.partition(":")
    if not word:
        return ""
    if id_ and word == "import":
        return f", by {setting.name(id_, 'a list that was imported')}"
    return f", {WHERE_SAID.get(word, f'says {readable(word)}')}"


SENTENCES: Final = {
    Kind.LEAD_IMPORTED: imported,
    Kind.LEAD_ADDED: added,
    Kind.LEAD_EDITED: edited,
    Kind.LEAD_BLOCKED: blocked,
    Kind.LEAD_UNBLOCKED: unblocked,
    Kind.LEAD_REOPENED: reopened,
    Kind.LEAD_STATUS: changed,
    Kind.LEAD_ENDED: ended,
    "lead.moved": moved,
    "lead.removed": removed,
    Kind.CALL_INBOUND: called_us,
    Kind.MESSAGE_COMPOSED: composed,
    Kind.MESSAGE_SENT: sent,
    Kind.MESSAGE_STATUS: message_status,
    Kind.MESSAGE_RECEIVED: received,
    Kind.MESSAGE_CANCELLED: message_cancelled,
    Kind.CONVERSATION_TAKEN: taken,
    Kind.CONVERSATION_RETURNED: returned,
    Kind.CONVERSATION_SNOOZED: snoozed,
    Kind.CONVERSATION_WOKEN: woken,
    Kind.CONVERSATION_RESOLVED: resolved,
    Kind.CONVERSATION_REOPENED: opened_again,
    Kind.CONSENT_RECORDED: allowed,
    Kind.CONSENT_REVOKED: forbade,
    Kind.SUPPRESSED: suppressed,
    Kind.UNSUPPRESSED: unsuppressed,
    Kind.HELD: held,
    Kind.RELEASED: released,
    Kind.ERASED: gone,
    Kind.READING_STORED: read,
    Kind.MEETING_BOOKED: met,
    Kind.TASK_CREATED: task,
    Kind.NOTE_ADDED: noted,
    Kind.USER_ADDED: user_added,
    Kind.USER_SIGNED_IN: signed_in,
    Kind.KEY_ADDED: key_added,
    Kind.KEY_REVOKED: key_revoked,
}
