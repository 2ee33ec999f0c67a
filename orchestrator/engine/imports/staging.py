"""A usable row as a line of the stage: everything the database is told about it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic_core import to_json

from orchestrator.engine.imports.first_attempts import FirstAttempts, Slot, Way
from outreach.csv_rows import LeadRow
from outreach.law.law import Law
from outreach.planning import Blocked, Planned
from outreach.reason import Reason
from outreach.zones import Zones
from storage.import_columns import COLUMNS
from storage.search import search_text

Attempt = tuple[str, str, str, str, str, str, str, str]
"""channel, address, due_at, window_end_at, moved_by, reason, recheck_at, missing"""

ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
IDS: Final = 4
"""Lead, contact, attempt, consent."""
COUNTED: Final = 1 << 12
"""Rows within a millisecond of an id: twelve bits."""
MOST_ROWS: Final = 2 * COUNTED
"""Rows of one chunk. Larger ones take more memory, smaller ones more statements per row."""


class Ids:
    """UUIDs of version 7 for the rows of one chunk, as text.

    RFC 9562 §6.2 lets the twelve bits behind the time count: so rows keep the order of the file,
    and an index takes them at its end. 60 bits stay random. A chunk has as many milliseconds as it
    takes to count its rows.
    """

    def __init__(self, now: datetime, chunk: int, random: bytes) -> None:
        self._milliseconds = int(now.timestamp() * 1000) + chunk * (MOST_ROWS // COUNTED)
        self._random = random.hex()

    def of(self, place: int) -> list[str]:
        """The ids of the row at this place of the chunk; bytes are used up once."""
        later, count = divmod(place, COUNTED)
        head, random = f"{self._milliseconds + later:012x}7{count:03x}8", self._random
        at = place * IDS * 16
        return [head + random[one : one + 15] for one in range(at, at + IDS * 16, 16)]


def ids_of_chunk(now: datetime, chunk: int) -> Ids:
    return Ids(now, chunk, os.urandom(MOST_ROWS * IDS * 8))


@dataclass(slots=True)
class Stage:
    """Turns rows into lines; remembers texts of zones and slots that come again."""

    first: FirstAttempts
    _zones: dict[Zones, str] = field(default_factory=dict)
    _slots: dict[tuple[Zones, Law], tuple[str, str, str, str, str]] = field(default_factory=dict)

    def line(self, number: int, row: LeadRow, ids: Sequence[str], repeats: bool) -> str:
        """The cells of storage.import_stage.COLUMNS in COPY's text format; empty is null."""
        phone, whatsapp = row.phone, row.whatsapp
        zones = self.first.zones(row)
        own = zones if row.time_zone is None and whatsapp is None else self.first.zones_of(phone)
        way = self.first.way(row)
        law = self.first.law(row)
        cells = (
            str(number),
            "t" if repeats else "f",
            *ids,
            phone.e164 if phone else "",
            whatsapp.e164 if whatsapp else "",
            row.email.lower(),
            row.first_name,
            row.last_name,
            row.company,
            row.title,
            row.country or (phone.country if phone else whatsapp.country if whatsapp else ""),
            row.language,
            row.time_zone or "",
            self._text(zones),
            self._text(own) if phone else "",
            self._text(self.first.zones_of(whatsapp)) if whatsapp else "",
            _json(row.fields),
            _moment(row.not_before),
            row.owner,
            searched(row),
            *self._consent(row, law),
            *self._attempt(row, way, zones, law),
            _skipped(way) if way.skipped else "",
        )
        line = "\t".join(cells)
        # Looking once at the whole line costs a tenth of looking at each cell.
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(COLUMNS):
            return "\t".join(cell.translate(ESCAPES) for cell in cells)
        return line

    def _consent(self, row: LeadRow, law: Law) -> tuple[str, str, str, str, str, str]:
        whole_file, stated = self.first.terms.consent, row.consent
        if stated is not None:
            proof = whole_file.proof if whole_file else ""
            enough = self.first.enough(law, stated.basis)
            return (stated.basis, proof, stated.source, _moment(stated.given_at), *enough)
        if whole_file is not None:
            enough = self.first.enough(law, whole_file.basis)
            return (whole_file.basis, whole_file.proof, "", "", *enough)
        return ("", "", "", "", *self.first.enough(law, ""))

    def _attempt(self, row: LeadRow, way: Way, zones: Zones, law: Law) -> Attempt:
        """What the gate would ask, in its order, except for what only the database knows."""
        if way.channel is None:
            return ("", "", "", "", "", way.reason or "", "", "")
        point = row.phone if way.channel == "voice" else row.whatsapp
        address = point.e164 if point else ""
        due_at, end_at, moved_by, reason, recheck_at = self._slot(row, zones, law)
        missing = self.first.missing(row, way.channel) if not reason else ()
        if missing:
            reason = Reason.MISSING_VARIABLE
        names = ", ".join(missing)
        return (way.channel, address, due_at, end_at, moved_by, reason, recheck_at, names)

    def _slot(self, row: LeadRow, zones: Zones, law: Law) -> tuple[str, str, str, str, str]:
        if row.not_before is not None:
            return _slot_cells(self.first.slot(zones, law, row.not_before))
        key = (zones, law)
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = _slot_cells(self.first.slot(zones, law, None))
        return found

    def _text(self, zones: Zones) -> str:
        """An array literal; names of zones hold nothing that needs an escape."""
        found = self._zones.get(zones)
        if found is None:
            found = self._zones[zones] = "{" + ",".join(f'"{zone}"' for zone in sorted(zones)) + "}"
        return found


def _slot_cells(slot: Slot) -> tuple[str, str, str, str, str]:
    match slot:
        case Planned():
            moved_by = slot.moved_by or ""
            return (slot.due_at.isoformat(), slot.window_end_at.isoformat(), moved_by, "", "")
        case Blocked():
            return ("", "", "", slot.reason, _moment(slot.recheck_at))


def _json(value: object) -> str:
    return to_json(value).decode()


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def searched(row: LeadRow) -> str:
    """What `leads.search` holds of somebody."""
    texts = (row.first_name, row.last_name, row.email, row.company, row.title)
    values = [str(value) for value in row.fields.values()]
    phones = {one.e164: one.calling_code for one in (row.phone, row.whatsapp) if one is not None}
    return search_text((*texts, *values), phones.items())


def _skipped(way: Way) -> str:
    return _json(
        [
            {"step": one.position, "channel": one.channel, "reason": one.reason}
            for one in way.skipped
        ]
    )
