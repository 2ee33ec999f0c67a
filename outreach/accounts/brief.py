"""What a colleague or an agent should know of a company before talking to it.

Made of given facts alone: each claim names its sources, and a claim without one is dropped.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from outreach.accounts.committee import Interest, Leaning
from outreach.accounts.company_profile import Profile
from outreach.accounts.fit import Label, Meets, Reason
from outreach.accounts.journey_steps import WORDS, Stage, ways_forward
from outreach.telling.codes import readable

SOURCE: Final = re.compile(
    r"(company|field|icp|contact|call|message|touchpoint|reading|consent|suppression):\S+"
)
"""What counts as a source of a claim: its kind, and its id or name."""
FITS: Final = {Meets.YES: "fits", Meets.NEARLY: "nearly fits", Meets.NO: "does not fit"}
LEANS: Final = {
    Leaning.IN: "leaning in",
    Leaning.STEADY: "steady",
    Leaning.OUT: "leaning out",
}


class Part(StrEnum):
    SNAPSHOT = "snapshot"
    FIT = "fit"
    COMMITTEE = "committee"
    SAID = "said"
    OPEN = "open"
    NEXT = "next"
    DO_NOT_SAY = "do_not_say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    text: str
    refs: tuple[str, ...]
    """Such as `field:industry` or `call:ID#3`, the third turn of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    part: Part
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the buying committee."""

    id: UUID
    name: str
    title: str
    """May be empty."""
    role: str
    """In words."""
    interest: Interest


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of somebody, with what was understood."""

    who: str
    about: str
    """A field, or an outcome."""
    value: str
    """May be empty."""
    words: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Why somebody must not be contacted, or not in some way."""

    who: str
    why: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a brief is made from."""

    id: UUID
    name: str
    domains: Sequence[str]
    profile: Profile
    label: Label
    icp_version: int
    reasons: Sequence[Reason]
    stage: Stage
    needs_attention: bool
    moved_by: UUID | None
    """The touchpoint of the last change of stage."""
    committee: Sequence[Member]
    """The most powerful first."""
    said: Sequence[Quote]
    unknown: Sequence[Quote]
    """What was asked and not answered; `words` is empty."""
    objections: Sequence[Quote]
    barred: Sequence[Barred]


def render(facts: Facts) -> tuple[Section, ...] | None:
    """The brief, the same for the same facts; None: a company that does not fit gets none."""
    if facts.label is Label.NOT_A_FIT:
        return None
    parts = {
        Part.SNAPSHOT: _snapshot(facts),
        Part.FIT: _fit(facts),
        Part.COMMITTEE: map(_member, facts.committee),
        Part.SAID: map(_quote, facts.said),
        Part.OPEN: _open(facts),
        Part.NEXT: _next(facts),
        Part.DO_NOT_SAY: _do_not_say(facts),
    }
    return validated(Section(part=part, claims=tuple(claims)) for part, claims in parts.items())


def validated(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Without claims that name no source, and without sections that are empty then."""
    kept = [
        Section(part=one.part, claims=tuple(filter(_is_supported, one.claims))) for one in sections
    ]
    return tuple(one for one in kept if one.claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one version says and the other does not."""

    part: Part
    before: str | None
    """None: it is new."""
    after: str | None
    """None: it is gone."""


def changes(before: Sequence[Section], after: Sequence[Section]) -> tuple[Change, ...]:
    """Gone first, then new, each in the order of its version."""
    old, new = _said(before), _said(after)
    gone = [
        Change(part=part, before=text, after=None) for part, text in old if (part, text) not in new
    ]
    came = [
        Change(part=part, before=None, after=text) for part, text in new if (part, text) not in old
    ]
    return (*gone, *came)


def _is_supported(claim: Claim) -> bool:
    return bool(claim.refs) and all(map(SOURCE.fullmatch, claim.refs))


def _said(sections: Sequence[Section]) -> dict[tuple[Part, str], None]:
    return {(one.part, claim.text): None for one in sections for claim in one.claims}


def _snapshot(facts: Facts) -> Iterable[Claim]:
    where = f" ({', '.join(facts.domains)})" if facts.domains else ""
    yield Claim(text=f"{facts.name}{where}.", refs=(f"company:{facts.id}",))
    for name, known in facts.profile.items():
        value = ", ".join(known.value) if isinstance(known.value, tuple) else str(known.value)
        yield Claim(text=f"{readable(name).capitalize()}: {value}.", refs=(f"field:{name}",))
    by = (f"touchpoint:{facts.moved_by}",) if facts.moved_by else (f"company:{facts.id}",)
    yield Claim(text=f"Stage of its journey: {facts.stage}.", refs=by)


def _fit(facts: Facts) -> Iterable[Claim]:
    for one in facts.reasons:
        if one.meets is Meets.UNKNOWN:
            continue
        refs = (f"icp:{facts.icp_version}.{one.criterion}", f"field:{one.field}")
        known = facts.profile.get(one.field)
        if known is not None:
            value = ", ".join(known.value) if isinstance(known.value, tuple) else known.value
            said = f"{readable(one.criterion).capitalize()} {FITS[one.meets]}: {value}."
            yield Claim(text=said, refs=refs)


def _member(one: Member) -> Claim:
    parts = [one.title, one.role, LEANS.get(one.interest.leaning, "")]
    if one.interest.is_champion:
        parts.append("champion")
    said = ", ".join(part for part in parts if part)
    return Claim(text=f"{one.name}: {said}.", refs=(f"contact:{one.id}",))


def _quote(one: Quote) -> Claim:
    value = f": {one.value}" if one.value else ""
    return Claim(text=f"{one.who}, {readable(one.about)}{value}: “{one.words}”", refs=(one.ref,))


def _open(facts: Facts) -> Iterable[Claim]:
    for one in facts.reasons:
        if one.meets is Meets.UNKNOWN:
            ref = f"icp:{facts.icp_version}.{one.criterion}"
            yield Claim(text=f"Not known: {readable(one.field)}.", refs=(ref,))
    for asked in facts.unknown:
        text = f"{asked.who} was asked and did not say: {readable(asked.about)}."
        yield Claim(text=text, refs=(asked.ref,))


def _next(facts: Facts) -> Iterable[Claim]:
    free = [one for one in facts.committee if one.name not in {other.who for other in facts.barred}]
    champions = [one for one in free if one.interest.is_champion]
    whom = next(iter(champions or free), None)
    by = (f"touchpoint:{facts.moved_by}",) if facts.moved_by else (f"company:{facts.id}",)
    if whom is None:
        yield Claim(text="Find somebody who may be talked to.", refs=by)
        return
    refs = (*by, f"contact:{whom.id}")
    if facts.needs_attention:
        yield Claim(text=f"A colleague should talk to {whom.name} now.", refs=refs)
        return
    steps = [WORDS[one] for one in ways_forward(facts.stage) if one in WORDS and one != "score"]
    yield Claim(text=f"Talk to {whom.name}; what would move it on: {steps[0]}.", refs=refs)


def _do_not_say(facts: Facts) -> Iterable[Claim]:
    for one in facts.barred:
        yield Claim(text=f"{one.who}: {one.why}.", refs=(one.ref,))
    yield from map(_quote, facts.objections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """A touchpoint, as a brief tells it at the time of reading."""

    id: UUID
    at: datetime
    who: str
    what: str
    score: int


def engagement(did: Sequence[Did]) -> tuple[Claim, ...]:
    """Who did what lately, in the given order; never stored, for it changes every day."""
    return tuple(
        Claim(
            text=f"{one.at:%d %b}: {one.who}. {one.what}, {one.score} of 100.",
            refs=(f"touchpoint:{one.id}",),
        )
        for one in did
    )
