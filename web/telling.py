"""One happening as a line of a list: when, who, what, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.telling.events import tell
from outreach.telling.setting import Setting
from outreach.telling.touchpoints import told_touchpoint
from storage.activity import Happening
from storage.events import ENGINE
from storage.lead_history import Happened
from storage.touchpoint_lists import Shown

ICONS: Final = {
    "attempt": "phone",
    "call": "phone",
    "message": "message",
    "conversation": "message",
    "lead": "person",
    "person": "shield",
    "consent": "shield",
    "campaign": "campaign",
    "company": "company",
    "operator": "stop",
    "task": "task",
    "note": "note",
    "import": "import",
    "reading": "quote",
    "breaker": "warning",
    "sender": "warning",
}
TONES: Final = {
    "interested": "good",
    "qualified": "good",
    "meeting_booked": "good",
    "callback_requested": "accent",
    "opted_out": "bad",
    "failed": "bad",
    "replied": "info",
    "talked": "info",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    key: str
    """The same for the same happening, whenever the list is drawn."""
    at: datetime
    kind: str
    icon: str
    tone: str
    text: str
    name: str | None
    """The person's; None where it is nobody's."""
    lead_id: UUID | None
    call_id: UUID | None
    campaign: str | None


def told(one: Happening, names: Mapping[str, str]) -> Line:
    """A happening anywhere, with whose it is."""
    setting = Setting(zones=one.zones or (), names=names)
    name = f"{one.first_name or ''} {one.last_name or ''}".strip()
    has_lead = one.lead_id is not None
    return Line(
        key=str(one.seq),
        at=one.at,
        kind=one.kind,
        icon=_icon(one.kind, one.channel),
        tone=_tone(one.kind, one.data),
        text=_plain(one.kind, one.actor, one.data, setting),
        name=(name or "No name") if has_lead else None,
        lead_id=one.lead_id,
        call_id=one.attempt_id if one.has_call else None,
        campaign=one.campaign,
    )


def told_of_interest(one: Shown, lead_id: UUID) -> Line:
    """Something that the person of a lead did; whether it counts is in its kind."""
    counts = one.score is not None
    return Line(
        key=f"touchpoint:{one.id}",
        at=one.at,
        kind="touchpoint.counted" if counts else "touchpoint.noise",
        icon="quote" if counts else "clock",
        tone="info" if counts else "",
        text=told_touchpoint(one.act, one.attention_ratio, one.score, one.data),
        name=None,
        lead_id=lead_id,
        call_id=None,
        campaign=None,
    )


def told_of_lead(one: Happened, setting: Setting) -> Line:
    """Something in the history of one lead."""
    return Line(
        key=f"{one.at.timestamp()}-{one.kind}",
        at=one.at,
        kind=one.kind,
        icon=_icon(one.kind, None),
        tone=_tone(one.kind, one.data),
        text=tell(one.kind, one.actor, one.data, setting),
        name=None,
        lead_id=None,
        call_id=None,
        campaign=None,
    )


def _plain(kind: str, actor: str, data: Mapping[str, object], setting: Setting) -> str:
    """What came of an attempt without what goes without saying."""
    text = tell(kind, actor if actor.startswith(("user:", "key:")) else ENGINE, data, setting)
    prefix = "What came of it: "
    if not text.startswith(prefix):
        return text
    rest = text.removeprefix(prefix)
    return rest[:1].upper() + rest[1:]


def _icon(kind: str, channel: str | None) -> str:
    if kind.startswith("attempt") and channel == "whatsapp":
        return "message"
    return ICONS.get(kind.split(".")[0], "dot")


def _tone(kind: str, data: Mapping[str, object]) -> str:
    if kind in ("operator.stopped", "breaker.opened", "person.suppressed"):
        return "bad"
    if kind in ("task.created", "attempt.unsure", "campaign.held", "campaign.paused"):
        return "warn"
    return TONES.get(str(data.get("outcome")), "calm")
