"""How much a company cares just now: what all its touchpoints weigh together, fading with time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from outreach.accounts import touchpoint
from outreach.accounts.touchpoint import Act, Origin, Type

HALF_LIFE: Final = timedelta(days=14)
FREQUENCY_WITHIN: Final = timedelta(days=touchpoint.FREQUENCY_DAYS)
COLLEAGUES_WITHIN: Final = timedelta(days=30)
COUNTED_A_DAY: Final = 3
"""Touchpoints of one contact and type in a day (UTC) that add to the engagement."""
SCALE: Final = 250.0
"""The engagement at which the score is 10 · (1 - 1/e)."""


class Signal(StrEnum):
    """What somebody said or agreed to in a conversation."""

    ASKED_PRODUCT = "asked_product"
    ASKED_PRICE = "asked_price"
    AGREED_MEETING = "agreed_meeting"
    AGREED_PROPOSAL = "agreed_proposal"
    AGREED_SECURITY_REVIEW = "agreed_security_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What happened, as it was told: all that scores are made from."""

    id: UUID
    at: datetime
    """Business time."""
    act: Act
    origin: Origin
    ratio: int
    """Attention beside what is expected, in thousandths."""
    depth: int
    """In thousandths."""
    contact_id: UUID | None = None
    """None: somebody of the company."""
    topic: str | None = None
    """pricing, how_to … in the words of the source."""
    signals: frozenset[Signal] = frozenset()
    is_void: bool = False
    """It was taken back, or shows no interest: a meeting that was cancelled, a wrong person."""

    @property
    def type(self) -> Type:
        return touchpoint.TYPE_OF[self.act]

    @property
    def is_automatic(self) -> bool:
        return self.act in touchpoint.AUTOMATIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    raw: Raw
    score: int | None
    """0 to 100; None: noise."""
    by_itself: int = 0
    """The same without what came before it."""


def in_order(raws: Sequence[Raw]) -> list[Raw]:
    """By time; what happened at the same moment by its id."""
    return sorted(raws, key=lambda raw: (raw.at, raw.id))


def score_all(raws: Sequence[Raw]) -> list[Scored]:
    """Score everything a company (or a contact without one) has done, in the order of time."""
    scored: list[Scored] = []
    recent: list[datetime] = []
    for raw in in_order(raws):
        recent = [at for at in recent if at > raw.at - FREQUENCY_WITHIN]
        points = None if raw.is_void else _score(raw, len(recent))
        if points is None:
            scored.append(Scored(raw=raw, score=None))
            continue
        scored.append(Scored(raw=raw, score=points, by_itself=_alone(raw)))
        recent.append(raw.at)
    return scored


def counted(scored: Sequence[Scored]) -> list[Scored]:
    """Those that add to the engagement: at most three of a contact, type and day.

    The first three; a later one takes the place of the weakest only when it is stronger by itself,
    so that a habit counts three times and a great act is never lost behind small ones.
    """
    days: dict[tuple[object, ...], list[Scored]] = {}
    for one in scored:
        if one.score is None:
            continue
        day = days.setdefault((one.raw.contact_id, one.raw.type, one.raw.at.date()), [])
        take_in(day, one)
    return [one for day in days.values() for one in day]


def take_in(day: list[Scored], one: Scored) -> Scored | None:
    """Add to what counts of a contact, type and day; whose place it took, itself if it has none."""
    if len(day) < COUNTED_A_DAY:
        day.append(one)
        return None
    weakest = min(day, key=lambda other: (other.by_itself, other.score or 0))
    if one.by_itself <= weakest.by_itself or (one.score or 0) <= (weakest.score or 0):
        return one
    day[day.index(weakest)] = one
    return weakest


def engagement(scored: Sequence[Scored], at: datetime) -> float:
    """All that counts up to `at`, each halved with every fourteen days, times the colleagues."""
    past = [one for one in scored if one.raw.at <= at]
    total = sum((one.score or 0) * fading(at - one.raw.at) for one in counted(past))
    return total * multiplier(len(engaged(past, at)))


def engaged(scored: Sequence[Scored], at: datetime) -> set[UUID]:
    """The contacts with a touchpoint in the thirty days before."""
    since = at - COLLEAGUES_WITHIN
    return {
        one.raw.contact_id
        for one in scored
        if one.score is not None and one.raw.contact_id and since < one.raw.at <= at
    }


def fading(age: timedelta) -> float:
    return float(0.5 ** (age / HALF_LIFE))


def multiplier(contacts: int) -> float:
    """Several people who care are worth more than one."""
    return 1 + 0.15 * min(contacts - 1, 4) if contacts >= 1 else 1.0


def journey_score(engaged_by: float) -> float:
    """0 to 10, of an engagement."""
    return 10 * (1 - math.exp(-engaged_by / SCALE))


def engagement_at(score: float) -> float:
    """The engagement at which the journey's score is this; below 10."""
    return -SCALE * math.log(1 - score / 10)


def as_scored(raw: Raw, score: int) -> Scored:
    """A touchpoint whose score is known, as it is stored."""
    return Scored(raw=raw, score=score, by_itself=_alone(raw))


def _score(raw: Raw, earlier: int) -> int | None:
    return touchpoint.score(
        ratio=raw.ratio,
        depth=raw.depth,
        origin=raw.origin,
        earlier=earlier,
        automatic=raw.is_automatic,
    )


def _alone(raw: Raw) -> int:
    # Whether it counts may hang on what came before; what it is worth alone does not.
    if raw.is_automatic:
        return 100
    return touchpoint.weight(ratio=raw.ratio, depth=raw.depth, origin=raw.origin, earlier=0)
