"""Every rule that this deployment knows, and which of them bind somebody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from outreach.campaign import Purpose
from outreach.caps import Cap, strictest
from outreach.hours import WeeklyHours
from outreach.law.day_hours import DayHours, HolidaysOf, RuleHours
from outreach.law.law import NEEDS, Law
from outreach.law.places import ANY_STATE, Places
from outreach.law.rests import RestRule
from outreach.law.row import UNLISTED, Need, Opening, Row, RowCap
from outreach.law.tightening import Tightening

NATIONAL: Final = "national"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Read once by whoever starts the process, and handed on as a value."""

    rows: Mapping[str, Row]
    """By id; one is `unlisted`."""
    holidays_of: HolidaysOf
    quiet_hours: tuple[WeeklyHours, ...] = ()
    """The deployment's own, for everybody."""
    tightened: Mapping[str, Tightening] = field(default_factory=dict)
    """What the deployment asks beyond the rows, by id; checked to be no looser."""
    _laws: dict[tuple[Places, Purpose], Law] = field(default_factory=dict, init=False)
    """Those that were asked for; there are as many as there are kinds of numbers."""
    _hours: dict[str, tuple[RuleHours, ...]] = field(default_factory=dict, init=False)

    def law(self, places: Places, purpose: Purpose) -> Law:
        """What binds somebody who may be in any of these places."""
        key = (places, purpose)
        found = self._laws.get(key)
        if found is None:
            found = self._laws[key] = self._made(places, purpose)
        return found

    def rows_of(self, places: Places, purpose: Purpose) -> tuple[Row, ...]:
        """The rules that bind, by id."""
        found = {row.id: row for place in places for row in self._at(place, purpose)}
        return tuple(found[id] for id in sorted(found))

    def _at(self, place: str, purpose: Purpose) -> Iterator[Row]:
        country = place.partition("-")[0]
        if country not in self.rows:
            yield self._unlisted(place)
            return
        for id, row in self.rows.items():
            may_be_there = place in (id, f"{country}-*") or bool(row.purposes) or id == country
            if row.country == country and may_be_there and row.binds(purpose):
                yield row

    def _unlisted(self, place: str) -> Row:
        row = self.rows[UNLISTED]
        if place == UNLISTED:
            return row.model_copy(update={"holidays": None})
        return row.model_copy(
            update={"id": place, "name": f"{place}, {row.name}", "holidays": place}
        )

    def _made(self, places: Places, purpose: Purpose) -> Law:
        rows = self.rows_of(places, purpose)
        own = self._own(places, rows)
        caps = [cap for row in rows for cap in _caps(row.id, row.caps)]
        caps += [cap for id, more in own for cap in _caps(id, more.caps)]
        hours = [hours for row in rows for hours in self._hours_of(row)]
        hours += [hours for id, more in own for hours in self._own_hours(id, more)]
        needs = [(need, row.id) for row in rows for need in _needs(row, purpose)]
        needs += [(more.consent, id) for id, more in own if more.consent is not None]
        need = max((need for need, _ in needs), key=NEEDS.index, default=NEEDS[0])
        return Law(
            places=places,
            rows=rows,
            hours=(*self.quiet_hours, *_distinct(hours)),
            caps=strictest(caps),
            rests=tuple(rest for row in rows for rest in _rests(row)),
            consent=need,
            consent_by=tuple(sorted({id for one, id in needs if one == need})),
            recordings_kept=tuple(
                more.recordings_kept for _, more in own if more.recordings_kept is not None
            ),
            transcripts_kept=tuple(
                more.transcripts_kept for _, more in own if more.transcripts_kept is not None
            ),
            opening=_opening(rows),
        )

    def _own(self, places: Places, rows: Sequence[Row]) -> list[tuple[str, Tightening]]:
        """What the deployment added for these places."""
        bound = {row.id for row in rows} | places
        if not bound <= self.rows.keys():
            bound.add(UNLISTED)
        states = {id for id in self.tightened if id.startswith("US-") and ANY_STATE in places}
        return [(id, more) for id, more in self.tightened.items() if id in bound | states]

    def _hours_of(self, row: Row) -> tuple[RuleHours, ...]:
        """Of a row; what was not well checked is joined by our most cautious hours."""
        found = self._hours.get(row.id)
        if found is None:
            found = (self._rule(row.id, row.name, row.hours, row.holidays),)
            if row.confidence == "low" and row.id in self.rows:
                cautious = self.rows[UNLISTED].hours
                name = f"{row.name}, cautiously, as nobody has checked its rule well"
                found += (self._rule(row.id, name, cautious, row.holidays or row.id),)
            self._hours[row.id] = found
        return found

    def _own_hours(self, id: str, more: Tightening) -> tuple[RuleHours, ...]:
        if more.hours is None:
            return ()
        row = self.rows.get(id)
        calendar = row.holidays if row is not None and row.holidays else id
        return (self._rule(id, f"this deployment's own hours for {id}", more.hours, calendar),)

    def _rule(self, id: str, name: str, hours: DayHours, calendar: str | None) -> RuleHours:
        return RuleHours(
            rule=id,
            name=name,
            hours=hours,
            calendar="" if calendar in (None, UNLISTED, NATIONAL) else calendar or "",
            holidays_of=self.holidays_of,
        )


def _distinct(hours: Sequence[RuleHours]) -> Sequence[RuleHours]:
    """Those that differ, the first of equals: somebody who may be in any state has fifty rules."""
    first: dict[tuple[DayHours, str], RuleHours] = {}
    for rule in hours:
        keeps_days = rule.hours.holiday is not None or rule.hours.eve is not None
        first.setdefault((rule.hours, rule.calendar if keeps_days else ""), rule)
    return tuple(first.values())


def _caps(id: str, caps: Sequence[RowCap]) -> list[Cap]:
    return [Cap(limit=cap.limit, within=cap.within, rule=id) for cap in caps]


def _opening(rows: Sequence[Row]) -> dict[Opening, tuple[str, ...]]:
    wanted = {one for row in rows for one in row.opening}
    return {one: tuple(row.id for row in rows if one in row.opening) for one in wanted}


def _rests(row: Row) -> list[RestRule]:
    return [
        RestRule(
            after=one.after,
            lasts=None if one.lasts == "forever" else one.lasts,
            rule=row.id,
        )
        for one in row.rests
    ]


def _needs(row: Row, purpose: Purpose) -> tuple[Need, ...]:
    if row.consent is None:
        return ()
    return (row.consent.marketing if purpose == "marketing" else row.consent.other,)
