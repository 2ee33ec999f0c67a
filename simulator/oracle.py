"""Which promises were broken? Counted from what the carrier saw, by nobody's rules but its own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal
from zoneinfo import ZoneInfo

from simulator.witness import Contact, OptOut, Witness
from simulator.zones import zones_of

_HOURS = (8, 21)
_CONFIRMATION_GRACE = timedelta(seconds=60)

Kind = Literal[
    "duplicate_contacts",
    "contacts_outside_hours",
    "contacts_after_opt_out",
    "free_text_outside_window",
    "callbacks_never_acknowledged",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken promise."""

    kind: Kind
    number: str
    attempt_id: str
    sids: tuple[str, ...]
    at: datetime
    why: str


def verdict(witness: Witness) -> dict[str, object]:
    """The numbers of `GET /_sim/oracle`, each with what it counted in `details`."""
    found = list(violations(witness))
    counts = Counter(violation.kind for violation in found)
    dials = [contact for contact in witness.contacts if contact.kind == "call"]
    return {
        "duplicate_contacts": counts["duplicate_contacts"],
        "contacts_outside_hours": counts["contacts_outside_hours"],
        "contacts_after_opt_out": counts["contacts_after_opt_out"],
        "free_text_outside_window": counts["free_text_outside_window"],
        "callbacks_never_acknowledged": counts["callbacks_never_acknowledged"],
        "dials": {
            "total": len(dials),
            "by_number": Counter(contact.number for contact in dials),
            "by_attempt": Counter(contact.attempt_id for contact in dials if contact.attempt_id),
        },
        "opt_outs": [
            {"number": opt_out.number, "at": opt_out.at.isoformat(), "how": opt_out.how}
            for opt_out in witness.opt_outs
        ],
        "details": [{**asdict(one), "at": one.at.isoformat()} for one in found],
    }


def violations(witness: Witness) -> Iterator[Violation]:
    yield from _duplicates(witness.contacts)
    for contact in witness.contacts:
        yield from _outside_hours(contact)
        if contact.kind == "free_text" and not contact.in_window:
            yield _violation("free_text_outside_window", "no message in 24 hours", contact)
    yield from _after_opt_out(witness.contacts, witness.opt_outs)
    for lost in witness.unacknowledged:
        yield Violation(
            kind="callbacks_never_acknowledged",
            number="",
            attempt_id="",
            sids=(),
            at=lost.at,
            why=f"{lost.kind} to {lost.url}",
        )


def _duplicates(contacts: Iterable[Contact]) -> Iterator[Violation]:
    """One per contact that should not have been, however many reasons it breaks."""
    by_number: dict[str, list[Contact]] = {}
    first_of: dict[str, Contact] = {}
    for contact in contacts:
        by_number.setdefault(contact.number, []).append(contact)
    told: set[str] = set()
    for contact in contacts:
        if not contact.attempt_id or not contact.is_business_initiated:
            continue
        first = first_of.setdefault(contact.attempt_id, contact)
        if first is not contact:
            told.add(contact.sid)
            yield _violation("duplicate_contacts", "the same attempt again", first, contact)
    for mine in by_number.values():
        for one, other in combinations([each for each in mine if each.kind == "call"], 2):
            if other.sid not in told and _overlap(one, other):
                told.add(other.sid)
                yield _violation("duplicate_contacts", "two calls at once", one, other)


def _overlap(one: Contact, other: Contact) -> bool:
    first, second = sorted((one, other), key=lambda contact: contact.began_at)
    return first.ended_at is None or second.began_at < first.ended_at


def _outside_hours(contact: Contact) -> Iterator[Violation]:
    if not contact.reached or not contact.is_business_initiated:
        return
    zones = zones_of(contact.number)
    for opens, closes in {_HOURS, contact.hours or _HOURS}:
        for zone in zones:
            local = contact.began_at.astimezone(zone)
            if not opens <= local.hour < closes:
                yield _violation("contacts_outside_hours", _clock_says(local, zone), contact)
                return


def _clock_says(local: datetime, zone: ZoneInfo) -> str:
    return f"{local:%A %H:%M} in {zone.key}"


def _after_opt_out(contacts: Iterable[Contact], opt_outs: Iterable[OptOut]) -> Iterator[Violation]:
    """A confirmation inside the window, within a minute, is allowed once per opt-out."""
    by_number: dict[str, list[OptOut]] = {}
    for opt_out in opt_outs:
        by_number.setdefault(opt_out.number, []).append(opt_out)
    confirmed: set[tuple[str, datetime]] = set()
    for contact in sorted(contacts, key=lambda each: each.began_at):
        before = [each for each in by_number.get(contact.number, []) if each.at < contact.began_at]
        if not before or before[-1].lifted or not contact.reached:
            continue
        said_no = before[-1]
        key = (said_no.number, said_no.at)
        is_confirmation = (
            not contact.is_business_initiated
            and contact.began_at - said_no.at <= _CONFIRMATION_GRACE
        )
        if is_confirmation and key not in confirmed:
            confirmed.add(key)
            continue
        yield _violation(
            "contacts_after_opt_out", f"opted out by {said_no.how} at {said_no.at}", contact
        )


def _violation(kind: Kind, why: str, *contacts: Contact) -> Violation:
    last = contacts[-1]
    return Violation(
        kind=kind,
        number=last.number,
        attempt_id=last.attempt_id,
        sids=tuple(contact.sid for contact in contacts),
        at=last.began_at,
        why=why,
    )
