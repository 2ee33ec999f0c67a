"""Does what happened to a company set a trigger off, and by what?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from outreach.accounts.engagement import Scored
from outreach.accounts.journey import Journey
from outreach.accounts.journey_steps import Stage
from outreach.accounts.trigger_document import Trigger

NEWS_FOR: Final = timedelta(days=1)
"""What lies further back is no news: histories that come in late set nothing off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A company before and after it was looked at."""

    stage_before: Stage
    needed_attention: bool
    journey: Journey
    fresh: tuple[Scored, ...]
    """Touchpoints that had no score before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why it went off; the same cause sets the same trigger off once."""

    code: str
    """stage | touchpoint | attention | silence"""
    ref: str
    """Of the touchpoint or change; equal for the same."""
    touchpoint_id: UUID | None = None


def cause_of(trigger: Trigger, turn: Turn, now: datetime) -> Cause | None:
    """What sets it off; None: nothing does."""
    journey, when = turn.journey, trigger.when
    if not trigger.enabled or (trigger.stages and journey.stage not in trigger.stages):
        return None
    if when.stage is not None:
        risen = turn.stage_before.rank < when.stage.rank <= journey.stage.rank
        return _by_change(journey, "stage") if risen else None
    if when.needs_attention:
        is_new = journey.needs_attention and not turn.needed_attention
        return _by_change(journey, "attention") if is_new else None
    if when.touchpoint is not None:
        return _by_touchpoint(trigger, turn, now)
    last = next((one for one in reversed(journey.scored) if one.score is not None), None)
    if last is None or when.silent_for is None or now - last.raw.at < when.silent_for:
        return None
    return Cause(code="silence", ref=f"silence:{last.raw.id}", touchpoint_id=last.raw.id)


def _by_change(journey: Journey, code: str) -> Cause:
    change = journey.last_change
    if change is None:
        return Cause(code=code, ref=f"{code}:none")
    return Cause(
        code=code,
        ref=f"{code}:{change.after}:{change.touchpoint_id or change.at.isoformat()}",
        touchpoint_id=change.touchpoint_id,
    )


def _by_touchpoint(trigger: Trigger, turn: Turn, now: datetime) -> Cause | None:
    wanted = trigger.when.touchpoint
    assert wanted is not None, "asked for triggers of touchpoints alone"
    found = [
        one
        for one in turn.fresh
        if (one.score or 0) >= wanted.score
        and (not wanted.types or one.raw.type in wanted.types)
        and now - one.raw.at <= NEWS_FOR
    ]
    if not found:
        return None
    best = max(found, key=lambda one: (one.score or 0, one.raw.at))
    return Cause(code="touchpoint", ref=f"touchpoint:{best.raw.id}", touchpoint_id=best.raw.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be brought into a campaign."""

    contact_id: UUID
    title: str
    created_at: datetime
    is_in: bool
    """They are, or were, in the campaign already: they take a place and are left as they are."""


def choose(candidates: list[Candidate], titles: tuple[str, ...], at_most: int) -> list[UUID]:
    """Whom to bring in: by the first title that fits, then the newest; at most so many in all."""
    free = at_most - sum(one.is_in for one in candidates)

    def rank(one: Candidate) -> tuple[int, float]:
        fits = (n for n, title in enumerate(titles) if title.casefold() in one.title.casefold())
        return next(fits, len(titles)), -one.created_at.timestamp()

    outside = sorted((one for one in candidates if not one.is_in), key=rank)
    return [one.contact_id for one in outside[: max(0, free)]]
