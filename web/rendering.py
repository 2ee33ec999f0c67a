"""Templates, and the few functions that they use to say things."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from outreach.telling import codes
from outreach.telling.decisions import lasting
from outreach.telling.setting import place

NOTHING: Final = "\u2013"
"""Stands where nothing is known."""
TEMPLATES: Final = Path(__file__).parent / "templates"
TONES: Final = {
    "running": "good",
    "completed": "calm",
    "paused": "warn",
    "scheduled": "info",
    "cancelled": "bad",
    "new": "calm",
    "attempting": "info",
    "contacted": "info",
    "callback": "accent",
    "engaged": "accent",
    "qualified": "good",
    "converted": "good",
    "unreachable": "warn",
    "wrong_number": "warn",
    "unsubscribed": "bad",
    "do_not_contact": "bad",
    "interested": "good",
    "meeting_booked": "good",
    "callback_requested": "accent",
    "opted_out": "bad",
    "failed": "bad",
    "talked": "info",
    "replied": "info",
    "blocked": "warn",
    "in_flight": "accent",
}
OUTCOMES: Final = {
    "no_answer": "No answer",
    "busy": "Busy",
    "failed": "Failed",
    "invalid_number": "Invalid number",
    "not_placed": "Not placed",
    "voicemail": "Voicemail",
    "voicemail_left": "Message left",
    "screened": "Screened",
    "machine": "Machine",
    "hangup_early": "Hung up early",
    "cut_off": "Cut off",
    "talked": "Talked",
    "interested": "Interested",
    "qualified": "Qualified",
    "meeting_booked": "Meeting booked",
    "callback_requested": "Callback requested",
    "not_interested": "Not interested",
    "wrong_person": "Wrong person",
    "language_barrier": "Other language",
    "opted_out": "Opted out",
    "delivered": "Delivered",
    "read": "Read",
    "undelivered": "Undelivered",
    "replied": "Replied",
}


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "moment": moment,
        "there": there,
        "hour_there": hour_there,
        "phone": phone,
        "said": said,
        "count": count,
        "percent": percent,
        "money": money,
        "length_of": length_of,
        "tone": tone,
        "outcome": outcome,
        "label": label,
        "why": codes.why,
        "place": place,
        "as_json": as_json,
        "by": by,
        "lasting": lasting,
    }
    made.globals |= {"initials": initials}
    return made


def moment(at: datetime | None, style: str = "short") -> Markup:
    """A time of the business: UTC for whoever runs no script, the viewer's own clock otherwise."""
    if at is None:
        return Markup('<span class="quiet">{}</span>').format(NOTHING)
    shown = at.astimezone(UTC)
    return Markup('<time datetime="{}" data-style="{}">{} UTC</time>').format(
        f"{shown:%Y-%m-%dT%H:%M:%SZ}", style, f"{shown:%d %b %H:%M}"
    )


def there(at: datetime | None, zones: list[str] | None) -> str:
    """The same moment on the person's clock; empty where nobody knows their zone."""
    if at is None or not zones:
        return ""
    return f"{at.astimezone(ZoneInfo(zones[0])):%a %H:%M} in {place(zones[0])}"


def hour_there(at: datetime | None, zones: list[str] | None, today: datetime | None = None) -> str:
    """The hour on the person's clock, UTC's where nobody knows; with the day if it is not today."""
    if at is None:
        return ""
    zone = ZoneInfo(zones[0] if zones else "UTC")
    here = at.astimezone(zone)
    is_today = today is None or today.astimezone(zone).date() == here.date()
    return f"{here:%H:%M}" if is_today else f"{here:%a %H:%M}"


def phone(number: str | None) -> str:
    """A number with the blanks of its country."""
    try:
        parsed = phonenumbers.parse(number or "")
    except phonenumbers.NumberParseException:
        return number or ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def said(value: object) -> str:
    """A value as people say it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None | "":
            return NOTHING
    return str(value)


def count(number: int) -> str:
    """With a thin space between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.0f} %"


def money(micros: int, currency: str | None) -> str:
    if not currency:
        return NOTHING
    return f"{micros / 1_000_000:,.2f} {currency}"


def length_of(seconds: int | float | None) -> str:
    """Minutes and seconds."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def tone(code: object) -> str:
    """Which colour a status or outcome has."""
    return TONES.get(str(code), "calm")


def outcome(code: object) -> str:
    return OUTCOMES.get(str(code), label(code))


def label(code: object) -> str:
    """A code as a short title."""
    words = codes.readable(code)
    return words[:1].upper() + words[1:]


def by(actor: str, names: dict[str, str]) -> str:
    """Who did it, as colleagues call them."""
    if actor.startswith(("user:", "key:")):
        return names.get(actor.partition(":")[2], "A colleague")
    known = {"cli": "The command line", "engine": "Outreach", "agent": "The agent"}
    return known.get(actor, label(actor))


def as_json(value: object) -> str:
    return json.dumps(value, default=str, separators=(",", ":"))


def initials(name: str) -> str:
    parts = [part for part in name.split() if part]
    return "".join(part[0].upper() for part in (parts[:1] + parts[-1:] if parts[1:] else parts))
