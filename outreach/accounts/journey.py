"""How far a company is on its way to buying, and by what it got there: replayed from the past."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from outreach.accounts.engagement import (
    COLLEAGUES_WITHIN,
    HALF_LIFE,
    Scored,
    engaged,
    engagement,
    engagement_at,
    fading,
    journey_score,
    multiplier,
    take_in,
)
from outreach.accounts.journey_steps import Stage, lifts
from outreach.accounts.touchpoint import AUTOMATIC

__all__ = ["Change", "Journey", "Promise", "Stage", "replay"]

UPPER: Final[dict[Stage, float]] = {Stage.TARGET: 2, Stage.EDUCATION: 4, Stage.SOLUTION: 6}
"""The score at which the next stage begins."""
LOWER: Final[dict[Stage, float]] = {Stage.EDUCATION: 2, Stage.SOLUTION: 4, Stage.EVALUATION: 6}
ATTENTION_FROM: Final = 8.0
"""In evaluation: from here a colleague should act."""
GRACE: Final = 0.5
CHECKS: Final = 7
"""So many daily checks in a row below the bound, less the grace, and it falls by one stage."""
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A meeting or callback that is still to come: nobody falls back meanwhile. [since, until)."""

    since: datetime
    until: datetime | None
    """None: nobody knows yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The stage moved, up by a touchpoint or down by silence."""

    at: datetime
    before: Stage
    after: Stage
    touchpoint_id: UUID | None
    """None: decay."""
    because: str
    """score, decay, or the code of the step that was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    at: datetime
    stage: Stage
    score: float
    """0 to 10."""
    engagement: float
    needs_attention: bool
    """It is in evaluation, and either hot or somebody has agreed to meet."""
    velocity: float
    """Engagement won or lost a day, over the last seven days."""
    contacts: int
    """Distinct people with a touchpoint in thirty days."""
    changes: tuple[Change, ...] = ()
    """Oldest first."""
    scored: tuple[Scored, ...] = ()
    """Every touchpoint and all noise, oldest first."""

    @property
    def to_next(self) -> float:
        """The engagement that is missing to the next stage (in the last one: to attention)."""
        return max(0.0, engagement_at(UPPER.get(self.stage, ATTENTION_FROM)) - self.engagement)

    @property
    def days_to_next(self) -> float | None:
        """As it goes on now; None where it does not get nearer."""
        return self.to_next / self.velocity if self.velocity > 0 else None

    @property
    def last_change(self) -> Change | None:
        return self.changes[-1] if self.changes else None


@dataclass(slots=True, eq=False)
class _Walk:
    """Where the replay stands. The sum fades by itself; only what is new is added."""

    promises: Sequence[Promise]
    stage: Stage = Stage.TARGET
    total: float = 0.0
    at: datetime | None = None
    below: int = 0
    met: bool = False
    """Somebody has agreed to meet since it is in evaluation."""
    changes: list[Change] = field(default_factory=list)
    days: dict[tuple[object, ...], list[Scored]] = field(default_factory=dict)
    seen: list[Scored] = field(default_factory=list)
    last: dict[UUID, datetime] = field(default_factory=dict)
    """When each contact did something for the last time."""

    def fade_to(self, at: datetime) -> None:
        """Go on to a moment, with a check at each midnight (UTC) between."""
        while self.at is not None and (midnight := _midnight_after(self.at)) <= at:
            if self.stage is Stage.TARGET:
                # Nothing can fall: all these days in one step.
                break
            self._step(midnight)
            self._check(midnight)
        self._step(at)

    def add(self, one: Scored) -> None:
        self.fade_to(one.raw.at)
        if one.score is None:
            return
        self.seen.append(one)
        if one.raw.contact_id is not None:
            self.last[one.raw.contact_id] = one.raw.at
        day = self.days.setdefault((one.raw.contact_id, one.raw.type, one.raw.at.date()), [])
        left = take_in(day, one)
        if left is not one:
            self.total += one.score
        if left is not None and left is not one:
            self.total -= (left.score or 0) * fading(one.raw.at - left.raw.at)
        self._rise(one)

    def level(self, at: datetime) -> float:
        contacts = sum(last > at - COLLEAGUES_WITHIN for last in self.last.values())
        return journey_score(self.total * multiplier(contacts))

    def _step(self, at: datetime) -> None:
        if self.at is not None:
            self.total *= float(0.5 ** ((at - self.at) / HALF_LIFE))
        self.at = at

    def _check(self, at: datetime) -> None:
        promised = any(
            one.since <= at and (one.until is None or at < one.until) for one in self.promises
        )
        is_below = self.level(at) < LOWER[self.stage] - GRACE
        self.below = self.below + 1 if is_below and not promised else 0
        if self.below < CHECKS:
            return
        self.below, self.met = 0, False
        self._move(at, self.stage.before(), None, "decay")

    def _rise(self, one: Scored) -> None:
        at = one.raw.at
        if one.raw.act in AUTOMATIC:
            self.met = True
            if self.stage is not Stage.EVALUATION:
                self._move(at, Stage.EVALUATION, one.raw.id, "meeting")
            return
        if self.stage is Stage.EVALUATION:
            return
        # One touchpoint lifts by one stage, however much it weighs.
        step = lifts(self.stage, one, self.seen)
        if step is None and self.level(at) >= UPPER[self.stage]:
            step = "score"
        if step is not None:
            self._move(at, self.stage.after(), one.raw.id, step)

    def _move(self, at: datetime, to: Stage, touchpoint_id: UUID | None, because: str) -> None:
        change = Change(
            at=at, before=self.stage, after=to, touchpoint_id=touchpoint_id, because=because
        )
        self.stage, self.below = to, 0
        self.changes.append(change)


def replay(scored: Sequence[Scored], promises: Sequence[Promise], now: datetime) -> Journey:
    """The journey from the first touchpoint to `now`; what lies ahead of `now` is left out.

    `scored` is in the order of time, as `score_all` gives it.
    """
    past = [one for one in scored if one.raw.at <= now]
    walk = _Walk(promises=promises)
    for one in past:
        walk.add(one)
    walk.fade_to(now)
    energy = engagement(past, now)
    score = journey_score(energy)
    return Journey(
        at=now,
        stage=walk.stage,
        score=score,
        engagement=energy,
        needs_attention=walk.stage is Stage.EVALUATION and (score >= ATTENTION_FROM or walk.met),
        velocity=(energy - engagement(past, now - WEEK)) / 7,
        contacts=len(engaged(past, now)),
        changes=tuple(walk.changes),
        scored=tuple(past),
    )


def _midnight_after(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
