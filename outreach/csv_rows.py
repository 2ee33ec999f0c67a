"""What one row of a list says about one lead, or why it cannot be used."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from outreach.channel import ChannelName
from outreach.csv_header import ALIASES, ColumnMap, map_header
from outreach.fields import FieldSpec, FieldType, FieldValue, coerce
from outreach.phone import BadPhone, Phone, parse_phone
from outreach.zones import nearest_zone, parse_zone

# The header's names are part of this door: who reads rows reads their header first.
__all__ = [
    "ALIASES",
    "ColumnMap",
    "LeadRow",
    "RowCode",
    "RowConsent",
    "RowRejected",
    "map_header",
    "parse_row",
]

LONGEST_CELL: Final = 4000
YES: Final = frozenset({"yes", "y", "true", "1", "same"})
NO: Final = frozenset({"", "no", "n", "false", "0"})
EMAIL: Final = re.compile(r"\S+@\.*[^\s@.][^\s@]*\.[^\s@.][^\s@]*")
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowConsent:
    """What the row says about consent; a basis other than none is consent for the channels."""

    basis: str
    """As written: express, express_written, … ."""
    source: str
    given_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """A usable row. Texts are trimmed, absent ones empty."""

    phone: Phone | None
    whatsapp: Phone | None
    phone_problem: BadPhone | None
    """A bad number that another channel makes up for."""
    first_name: str
    last_name: str
    email: str
    company: str
    title: str
    country: str
    """ISO 3166 code as stated, upper case; empty when not stated."""
    time_zone: str | None
    language: str
    owner: str
    not_before: datetime | None
    consent: RowConsent | None
    fields: Mapping[str, FieldValue]


RowCode = Literal[
    "phone_missing",
    "phone_not_e164",
    "phone_invalid",
    "too_few_cells",
    "too_many_cells",
    "cell_too_long",
    "control_character",
    "unknown_time_zone",
    "bad_country",
    "bad_email",
    "bad_not_before",
    "bad_consent_at",
    "bad_whatsapp",
    "field_missing",
    "bad_field",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRejected:
    code: RowCode
    message: str
    suggestion: str
    column: str = ""


def parse_row(columns: ColumnMap, cells: Sequence[str]) -> LeadRow | RowRejected:
    """Read one row; the first thing wrong with it decides."""
    if len(cells) != columns.width:
        return _wrong_width(columns, cells)
    if max(map(len, cells), default=0) > LONGEST_CELL:
        return _reject("cell_too_long", f"A cell has more than {LONGEST_CELL} characters.", "")
    if "\x00" in "".join(cells):
        return _reject("control_character", "A cell holds a NUL character.", "")
    texts = {name: cells[position].strip() for name, position in columns.reserved.items()}
    values = _fields(columns, cells)
    return values if isinstance(values, RowRejected) else _lead(columns, texts, values)


def _lead(
    columns: ColumnMap, texts: Mapping[str, str], values: Mapping[str, FieldValue]
) -> LeadRow | RowRejected:
    read = texts.get
    country = _country(read("country", ""))
    if isinstance(country, RowRejected):
        return country
    reached = _reached(columns, texts, country)
    if isinstance(reached, RowRejected):
        return reached
    email = _email(read("email", ""))
    zone = _zone(read("time_zone", ""))
    not_before = _moment(read("not_before", ""), "not_before", "bad_not_before")
    consent = _consent(texts)
    if isinstance(email, RowRejected):
        return email
    if isinstance(zone, RowRejected):
        return zone
    if isinstance(not_before, RowRejected):
        return not_before
    if isinstance(consent, RowRejected):
        return consent
    phone, whatsapp, problem = reached
    return LeadRow(
        phone=phone,
        whatsapp=whatsapp,
        phone_problem=problem,
        first_name=read("first_name", ""),
        last_name=read("last_name", ""),
        email=email,
        company=read("company", ""),
        title=read("title", ""),
        country=country,
        time_zone=zone,
        language=read("language", ""),
        owner=read("owner", ""),
        not_before=not_before,
        consent=consent,
        fields=values,
    )


def _country(text: str) -> str | RowRejected:
    if not text or (len(text) == 2 and text.isalpha() and text.isascii()):
        return text.upper()
    fix = "Write the ISO code, such as GB, US or AU."
    return _reject("bad_country", f"{text!r} is no two-letter country code.", fix, "country")


def _email(text: str) -> str | RowRejected:
    if not text or _is_email(text):
        return text
    return _reject("bad_email", f"{text!r} is no e-mail address.", "Correct or empty it.", "email")


Reached = tuple[Phone | None, Phone | None, BadPhone | None]


def _reached(columns: ColumnMap, texts: Mapping[str, str], country: str) -> Reached | RowRejected:
    """The numbers of a row: a bad phone is only fatal when nothing else can be used."""
    parsed = parse_phone(texts.get("phone", ""), country or None)
    phone = parsed if isinstance(parsed, Phone) else None
    problem = parsed if isinstance(parsed, BadPhone) else None
    whatsapp = _whatsapp(texts.get("whatsapp"), phone, columns.channels, country)
    if isinstance(whatsapp, RowRejected) and phone is None:
        return whatsapp
    reachable = whatsapp if isinstance(whatsapp, Phone) else None
    usable = (ChannelName.VOICE in columns.channels and phone is not None) or (
        ChannelName.WHATSAPP in columns.channels and reachable is not None
    )
    if not usable:
        if problem is None:
            return (phone, reachable, None)
        return _reject(problem.code, problem.message, problem.suggestion, "phone")
    if isinstance(whatsapp, RowRejected) and ChannelName.VOICE not in columns.channels:
        return whatsapp
    bad = problem if problem is not None and problem.code != "phone_missing" else None
    return (phone, reachable, bad)


def _whatsapp(
    text: str | None, phone: Phone | None, channels: frozenset[ChannelName], country: str
) -> Phone | RowRejected | None:
    """The WhatsApp number: its own; the phone where the cell says yes or there is no column."""
    if text is None:
        return phone if ChannelName.WHATSAPP in channels else None
    word = text.casefold()
    if word in YES:
        return phone
    if word in NO:
        return None
    parsed = parse_phone(text.removeprefix("whatsapp:"), country or None)
    if isinstance(parsed, Phone):
        return parsed
    return _reject("bad_whatsapp", parsed.message, parsed.suggestion, "whatsapp")


def _zone(text: str) -> str | RowRejected | None:
    if not text:
        return None
    zone = parse_zone(text)
    if zone is not None:
        return zone
    nearest = nearest_zone(text)
    return _reject(
        "unknown_time_zone",
        f"{text!r} is no time zone of a place.",
        f"Did you mean {nearest}?" if nearest else "Write a name such as Europe/London.",
        "time_zone",
    )


def _moment(text: str, column: str, code: RowCode) -> datetime | RowRejected | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return _reject(
            code,
            f"{text!r} is no time with its offset.",
            "Write it like 2026-03-02T09:00:00+01:00.",
            column,
        )
    return moment


def _consent(texts: Mapping[str, str]) -> RowConsent | RowRejected | None:
    basis = texts.get("consent", "")
    if basis.casefold() in NO or basis.casefold() == "none":
        return None
    stated = texts.get("consent_at", "")
    # Lists state the day; no hour of it matters, so the earliest is taken.
    midnight = f"{stated}T00:00:00+00:00" if DAY.fullmatch(stated) else stated
    given_at = _moment(midnight, "consent_at", "bad_consent_at")
    if isinstance(given_at, RowRejected):
        return given_at
    return RowConsent(basis=basis, source=texts.get("consent_source", ""), given_at=given_at)


def _fields(columns: ColumnMap, cells: Sequence[str]) -> dict[str, FieldValue] | RowRejected:
    values: dict[str, FieldValue] = {}
    for spec, position in columns.custom:
        text = cells[position].strip()
        if not text:
            if spec.required:
                return _reject(
                    "field_missing", f"{spec.key} is required and empty.", "Fill it.", spec.key
                )
            continue
        value = text if spec.type is FieldType.TEXT else coerce(spec, text)
        if value is None:
            return _reject("bad_field", f"{text!r} is no {spec.type}.", _expected(spec), spec.key)
        values[spec.key] = value
    return values


def _expected(spec: FieldSpec) -> str:
    match spec.type:
        case FieldType.CHOICE:
            return f"Write one of {', '.join(spec.choices)}."
        case FieldType.BOOLEAN:
            return "Write yes or no."
        case FieldType.NUMBER:
            return "Write digits with a point for decimals, such as 1250.5."
        case FieldType.DATETIME:
            return "Write it like 2026-03-02T09:00:00+01:00."
        case FieldType.TEXT:
            return ""


def _wrong_width(columns: ColumnMap, cells: Sequence[str]) -> RowRejected:
    few = len(cells) < columns.width
    return _reject(
        "too_few_cells" if few else "too_many_cells",
        f"The row has {len(cells)} cells and the header {columns.width}.",
        "Check for a missing or an unquoted delimiter.",
    )


def _is_email(text: str) -> bool:
    return EMAIL.fullmatch(text) is not None


def _reject(code: RowCode, message: str, suggestion: str, column: str = "") -> RowRejected:
    return RowRejected(code=code, message=message, suggestion=suggestion, column=column)
