"""How well a company fits the ideal customer profile, criterion by criterion.

fit is the weighted mean over what is known, coverage the weight of what is known in all.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, assert_never

from outreach.accounts.company_profile import Value
from outreach.accounts.icp_document import (
    ContainsCriterion,
    Criterion,
    Disqualification,
    InCriterion,
    ProfileField,
    RangeCriterion,
    RegexCriterion,
)

STRONG: Final = Fraction(75, 100)
ENOUGH_FOR_STRONG: Final = Fraction(50, 100)
WEAK: Final = Fraction(35, 100)
ENOUGH_FOR_NO: Final = Fraction(60, 100)
ENOUGH_TO_SAY: Final = Fraction(20, 100)
NEARLY: Final = Fraction(20, 100)
"""How far beyond its bounds a number fits by half."""
LONGEST_SEARCHED: Final = 2000


class Label(StrEnum):
    STRONG = "strong"
    MODERATE = "moderate"
    UNKNOWN = "unknown"
    NOT_A_FIT = "not_a_fit"


class Meets(StrEnum):
    YES = "yes"
    NEARLY = "nearly"
    NO = "no"
    UNKNOWN = "unknown"


WORTH: Final[Mapping[Meets, Fraction]] = {
    Meets.YES: Fraction(1),
    Meets.NEARLY: Fraction(1, 2),
    Meets.NO: Fraction(0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of the breakdown."""

    criterion: str
    field: ProfileField
    weight: int
    meets: Meets
    disqualifies: Disqualification | None = None
    """Set where this alone makes the company no fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    label: Label
    score: Fraction | None
    """0 to 1; None where nothing is known."""
    coverage: Fraction
    """0 to 1."""
    reasons: tuple[Reason, ...]
    """In the order of the criteria."""

    @property
    def disqualified(self) -> tuple[Disqualification, ...]:
        return tuple(one.disqualifies for one in self.reasons if one.disqualifies is not None)


def fit(criteria: Iterable[Criterion], values: Mapping[str, Value]) -> Fit:
    """Measure what is known of a company."""
    reasons = tuple(_reason(one, values.get(one.field)) for one in criteria)
    known = [one for one in reasons if one.meets is not Meets.UNKNOWN]
    weight, all_weight = sum(one.weight for one in known), sum(one.weight for one in reasons)
    gained = sum((one.weight * WORTH[one.meets] for one in known), start=Fraction(0))
    score = gained / weight if weight else None
    coverage = Fraction(weight, all_weight) if all_weight else Fraction(0)
    is_out = any(one.disqualifies for one in reasons)
    return Fit(
        label=_label(score, coverage, is_out=is_out),
        score=score,
        coverage=coverage,
        reasons=reasons,
    )


def _label(score: Fraction | None, coverage: Fraction, *, is_out: bool) -> Label:
    if is_out:
        return Label.NOT_A_FIT
    if score is None or coverage < ENOUGH_TO_SAY:
        return Label.UNKNOWN
    if score < WEAK and coverage >= ENOUGH_FOR_NO:
        return Label.NOT_A_FIT
    if score >= STRONG and coverage >= ENOUGH_FOR_STRONG:
        return Label.STRONG
    # Who is in doubt is rather looked at than left out.
    return Label.MODERATE


def _reason(criterion: Criterion, value: Value | None) -> Reason:
    found = Meets.UNKNOWN if value is None else meets(criterion, value)
    return Reason(
        criterion=criterion.id,
        field=criterion.field,
        weight=criterion.weight,
        meets=found,
        disqualifies=criterion.disqualifies if found is Meets.NO else None,
    )


def meets(criterion: Criterion, value: Value) -> Meets:
    """Whether a value that is known meets a criterion."""
    match criterion:
        case InCriterion():
            said = {_plain(one) for one in _texts(value)}
            return _either(said & _plains(criterion.values), said & _plains(criterion.adjacent))
        case ContainsCriterion():
            text = f" {' | '.join(_plain(one) for one in _texts(value))} "
            return _either(_holds(text, criterion.values), _holds(text, criterion.adjacent))
        case RegexCriterion():
            pattern = re.compile(criterion.pattern, re.IGNORECASE)
            texts = (one[:LONGEST_SEARCHED] for one in _texts(value))
            return Meets.YES if any(map(pattern.search, texts)) else Meets.NO
        case RangeCriterion():
            return _within(criterion, value)
        case _:
            assert_never(criterion)


def _either(fits: object, nearly: object) -> Meets:
    return Meets.YES if fits else Meets.NEARLY if nearly else Meets.NO


def _within(criterion: RangeCriterion, value: Value) -> Meets:
    if not isinstance(value, int):
        return Meets.UNKNOWN
    low, high = criterion.at_least, criterion.at_most
    floor = Fraction(low) if low is not None else None
    roof = Fraction(high) if high is not None else None
    if (floor is None or value >= floor) and (roof is None or value <= roof):
        return Meets.YES
    is_near = (floor is None or value >= floor * (1 - NEARLY)) and (
        roof is None or value <= roof * (1 + NEARLY)
    )
    return Meets.NEARLY if is_near else Meets.NO


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _plains(values: Iterable[str]) -> set[str]:
    return {_plain(one) for one in values}


def _holds(text: str, wanted: Iterable[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(_plain(one))}(?!\w)", text) for one in wanted)
