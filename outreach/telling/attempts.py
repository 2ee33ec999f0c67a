"""What happened to an attempt to reach somebody, in sentences."""

from collections.abc import Mapping
from typing import Final

from outreach.events import Kind
from outreach.reason import Reason
from outreach.telling.codes import channel, outcome, planned_for, readable, sentence, why
from outreach.telling.setting import Setting, place

Data = Mapping[str, object]

CALL_STATUS: Final[Mapping[str, str]] = {
    "queued": "the provider has queued the call",
    "initiated": "the provider is dialling",
    "ringing": "the phone rings",
    "in-progress": "somebody or something answered",
    "answered": "somebody or something answered",
    "completed": "the call is over",
    "busy": "the line is busy",
    "no-answer": "nobody answered",
    "failed": "the call failed",
    "canceled": "the call was taken back",
}
VERSIONS: Final = (
    ("campaign", "campaign"),
    ("agent", "agent"),
    ("template", "template"),
)


def planned(data: Data, setting: Setting) -> str:
    said = (
        f"A {channel(data.get('channel'))} is planned for {setting.moment(data.get('due_at'))}:"
        f" {planned_for(data.get('reason'))}."
    )
    if data.get("rule"):
        said += f" The rule “{data['rule']}” asks for it."
    if data.get("moved_by"):
        said += f" Not at the time first wanted: {why(data['moved_by'])}"
    return said


def moved(data: Data, setting: Setting) -> str:
    if data.get("due_at"):
        return f"It is put off until {setting.moment(data['due_at'])}. {why(data.get('reason'))}"
    return f"It is planned again as it was. {why(data.get('reason'))}"


def claimed(data: Data, setting: Setting) -> str:
    number = setting.name(data.get("sender"), "one of our numbers")
    return f"Its turn has come, from {number}; the last check follows."


def refused(data: Data, setting: Setting) -> str:
    then = f"The next try is {setting.moment(data['due_at'])}." if data.get("due_at") else ""
    return _joined(
        "The last check said no.", why(data.get("reason")), _detail(data), _seen(data), then
    )


def starting(data: Data, setting: Setting) -> str:
    used = [f"{word} {_version(data[key])}" for key, word in VERSIONS if data.get(key) is not None]
    by = f" It is made by {', '.join(used)}." if used else ""
    return f"The last check said yes: the provider is asked.{by}"


def started(data: Data, setting: Setting) -> str:
    return f"The provider has the {channel(data.get('channel'))}."


def live(data: Data, setting: Setting) -> str:
    return "The call was answered."


def unsure(data: Data, setting: Setting) -> str:
    return _joined(
        "Nobody knows whether the provider has it, so it is asked and never told twice.",
        why(data.get("reason")),
    )


def ended(data: Data, setting: Setting) -> str:
    what = sentence(outcome(data["outcome"])) if data.get("outcome") else "It is over."
    because = why(data.get("reason")) if data.get("reason") != data.get("outcome") else ""
    return _joined(what, because)


def cancelled(data: Data, setting: Setting) -> str:
    if "campaign" in data and "contacts_30_days" in data:
        return _joined(
            "The last check said no, so it is not made.",
            why(data.get("reason")),
            _detail(data),
            _seen(data),
        )
    return _joined("It is not made.", why(data.get("reason")))


def result(data: Data, setting: Setting) -> str:
    if not data.get("outcome"):
        return "What came of it is not known yet: what was said is read first."
    return f"What came of it: {outcome(data['outcome'])}."


def left(data: Data, setting: Setting) -> str:
    return "The result changed, and the follow-up had begun already: it goes on."


def skipped(data: Data, setting: Setting) -> str:
    step = data.get("step")
    which = f"Step {int(str(step)) + 1}" if str(step).isdigit() else "A step"
    return f"{which}, a {channel(data.get('channel'))}, is left out. {why(data.get('reason'))}"


def call_status(data: Data, setting: Setting) -> str:
    status = str(data.get("status") or "")
    return sentence(CALL_STATUS.get(status, f"the provider says of the call: {readable(status)}"))


def call_recorded(data: Data, setting: Setting) -> str:
    whose = "Our recording" if data.get("source") == "ours" else "The provider's recording"
    states = {
        "stored": "is kept",
        "completed": "is ready",
        "in-progress": "has begun",
        "absent": "does not exist",
    }
    return f"{whose} of the call {states.get(str(data.get('status')), 'changed')}."


def call_delivered(data: Data, setting: Setting) -> str:
    parts = data.get("parts")
    which = ", ".join(readable(one) for one in parts) if isinstance(parts, list) else ""
    return "The platform that ran the call delivered " + (which or "its report") + "."


def _seen(data: Data) -> str:
    """What the gate looked at, as far as it was kept."""
    facts = []
    if data.get("campaign"):
        facts.append(f"the campaign is {readable(data['campaign'])}")
    if data.get("consent"):
        facts.append(f"consent is {readable(data['consent'])}")
    if data.get("sender"):
        facts.append(f"our number is {readable(data['sender'])}")
    contacts = data.get("contacts_30_days")
    if isinstance(contacts, int):
        facts.append(f"contacts in 30 days: {contacts}")
    zones = data.get("zones")
    if isinstance(zones, list):
        facts.append("time zone: " + (", ".join(place(str(one)) for one in zones) or "unknown"))
    return f"It saw: {'; '.join(facts)}." if facts else ""


SAYS: Final[Mapping[str, str]] = {
    Reason.RESTING: "By law",
    Reason.DO_NOT_CALL_LIST: "The number is",
    Reason.PRE_DIAL_REFUSED: "It says",
    Reason.WORKED_ELSEWHERE: "The other campaign is",
}


def _detail(data: Data) -> str:
    if not data.get("detail"):
        return ""
    # Of a rest the detail is the rule itself; of most else, what there is not.
    said = SAYS.get(str(data.get("reason")), "What is missing")
    return f"{said}: {data['detail']}."


def _version(value: object) -> str:
    match value:
        case {"name": name, "version": version}:
            return f"{name} version {version}"
        case int():
            return f"version {value}"
    return str(value).replace("@", " version ")


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


SENTENCES: Final = {
    Kind.ATTEMPT_PLANNED: planned,
    Kind.ATTEMPT_MOVED: moved,
    Kind.ATTEMPT_CLAIMED: claimed,
    Kind.ATTEMPT_REFUSED: refused,
    Kind.ATTEMPT_STARTING: starting,
    Kind.ATTEMPT_STARTED: started,
    Kind.ATTEMPT_LIVE: live,
    Kind.ATTEMPT_UNSURE: unsure,
    Kind.ATTEMPT_ENDED: ended,
    Kind.ATTEMPT_CANCELLED: cancelled,
    Kind.ATTEMPT_RESULT: result,
    "attempt.left": left,
    Kind.STEP_SKIPPED: skipped,
    Kind.CALL_STATUS: call_status,
    Kind.CALL_RECORDED: call_recorded,
    "call.delivered": call_delivered,
}
