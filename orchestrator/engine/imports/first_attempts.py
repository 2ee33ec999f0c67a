"""When and how would a row's person be contacted first? Equal answers are worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.engine.imports.terms import Terms
from outreach import planning
from outreach.channel import ChannelName
from outreach.csv_rows import LeadRow
from outreach.hours import WindowsMemo
from outreach.law.consent import is_enough, strength
from outreach.law.law import Law
from outreach.law.places import place_of, places
from outreach.phone import Phone
from outreach.reason import Reason
from outreach.steps import Chosen, NoStep, Point, Points, Skipped, first_step
from outreach.zones import NO_ZONE, Zones, ZonesMemo, candidate_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The step that a kind of row begins with, or why there is none."""

    channel: ChannelName | None
    reason: Reason | None
    skipped: tuple[Skipped, ...]


Kind = tuple[str | None, str | None, bool]
"""Countries of the phone and of the WhatsApp number (None: none), and whether a phone is bad."""
Slot = planning.Planned | planning.Blocked


@dataclass(slots=True)
class FirstAttempts:
    terms: Terms
    _ways: dict[Kind, Way] = field(default_factory=dict)
    _laws: dict[tuple[str, str, str], Law] = field(default_factory=dict)
    _enough: dict[tuple[Law, str], tuple[str, str]] = field(default_factory=dict)
    _slots: dict[tuple[Zones, Law, datetime | None], Slot] = field(default_factory=dict)
    _zones: ZonesMemo = field(default_factory=dict)
    _windows: WindowsMemo = field(default_factory=dict)

    def way(self, row: LeadRow) -> Way:
        """The first step whose contact point the row has."""
        phone, whatsapp = row.phone, row.whatsapp
        kind = (
            None if phone is None else phone.country,
            None if whatsapp is None else whatsapp.country,
            row.phone_problem is not None,
        )
        found = self._ways.get(kind)
        if found is None:
            found = self._ways[kind] = _way(first_step(self.terms.campaign, _points(row)))
        return found

    def zones(self, row: LeadRow) -> Zones:
        """Every zone that either number may ring in, and the stated one."""
        zones = candidate_zones(row.phone or row.whatsapp, row.time_zone, self._zones)
        if row.phone and row.whatsapp and row.whatsapp.e164 != row.phone.e164:
            zones |= candidate_zones(row.whatsapp, None, self._zones)
        return zones

    def zones_of(self, phone: Phone | None) -> Zones:
        """What a number alone says."""
        return candidate_zones(phone, None, self._zones) if phone is not None else NO_ZONE

    def law(self, row: LeadRow) -> Law:
        """What binds us, by the numbers and the country of the row."""
        phone, whatsapp = row.phone, row.whatsapp
        key = (
            place_of(phone) if phone else "",
            place_of(whatsapp) if whatsapp and whatsapp is not phone else "",
            row.country,
        )
        found = self._laws.get(key)
        if found is None:
            where = places([one for one in key[:2] if one], row.country)
            found = self.terms.rulebook.law(where, self.terms.campaign.purpose)
            self._laws[key] = found
        return found

    def enough(self, law: Law, basis: str) -> tuple[str, str]:
        """The cells `is_enough` and `written_by` for a consent of this basis."""
        key = (law, basis)
        found = self._enough.get(key)
        if found is None:
            cells = ("t" if is_enough(strength(basis), law) else "f", "")
            if law.consent == "written":
                cells = (cells[0], ", ".join(law.consent_by))
            found = self._enough[key] = cells
        return found

    def slot(self, zones: Zones, law: Law, not_before: datetime | None) -> Slot:
        """The first legal moment for somebody who was never contacted."""
        key = (zones, law, not_before)
        found = self._slots.get(key)
        if found is None:
            found = planning.plan(wish(self.terms, zones, law, not_before), self._windows)
            # Rows that each name a moment of their own have slots that nobody asks for again.
            if not_before is None:
                self._slots[key] = found
        return found

    def missing(self, row: LeadRow, channel: ChannelName) -> tuple[str, ...]:
        """Values that the channel's texts need and the row lacks."""
        needed = self.terms.needed[channel]
        return tuple(sorted(needed - _said(row))) if needed else ()


def wish(terms: Terms, zones: Zones, law: Law, not_before: datetime | None) -> planning.Wish:
    """What the campaign asks for a first attempt, without the person's history."""
    schedule = terms.campaign.schedule
    return planning.Wish(
        now=terms.now,
        wanted_at=terms.now,
        zones=zones,
        hours=(*terms.campaign.hours, *law.hours),
        caps=law.caps_with(terms.campaign.caps.effective, exempt=False),
        not_before=not_before,
        starts_at=schedule.start_at,
        ends_at=schedule.end_at,
    )


def _way(step: Chosen | NoStep) -> Way:
    if isinstance(step, Chosen):
        return Way(channel=step.channel, reason=None, skipped=step.skipped)
    return Way(channel=None, reason=step.reason, skipped=step.skipped)


def _points(row: LeadRow) -> Points:
    points: dict[ChannelName, Point | Reason] = {}
    if row.phone is not None:
        points[ChannelName.VOICE] = Point(address=row.phone.e164, country=row.phone.country)
    elif row.phone_problem is not None:
        points[ChannelName.VOICE] = Reason.INVALID_NUMBER
    if row.whatsapp is not None:
        points[ChannelName.WHATSAPP] = Point(
            address=row.whatsapp.e164, country=row.whatsapp.country
        )
    return points


def _said(row: LeadRow) -> frozenset[str]:
    """Names of the values that the row has."""
    own: Mapping[str, object] = {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email": row.email,
        "company": row.company,
        "title": row.title,
        "country": row.country or (row.phone or row.whatsapp),
        "time_zone": row.time_zone,
        "language": row.language,
        "phone": row.phone,
        "owner": row.owner,
    }
    return frozenset(name for name, value in own.items() if value) | row.fields.keys()
