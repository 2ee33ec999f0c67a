"""Companies are computed anew from everything that was told of them; what moved is told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import Scored, score_all
from outreach.accounts.journey import Journey, replay
from outreach.events import Kind
from storage import briefs, journeys
from storage.events import Event, record
from storage.journeys import POINTS, Past, Standing

IMPORTANT: Final = 60
"""A touchpoint of this score is told in the brief at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A company as it was, as it is, and what is new of what its people did."""

    before: Standing
    after: Standing
    journey: Journey
    fresh: tuple[Scored, ...]
    """Touchpoints that had no score before."""


async def recompute(
    tx: AsyncConnection, company_ids: Collection[UUID], now: datetime
) -> list[Moved]:
    """Score, replay and store these companies, in the order of ids; every change has its event."""
    if not company_ids:
        return []
    held = await journeys.hold(tx, company_ids)
    ids = [one.id for one in held]
    past = await journeys.past_of(tx, ids)
    promises = await journeys.promises_of(tx, ids)
    found: list[Moved] = []
    changed: dict[UUID, int | None] = {}
    for before in held:
        own = past[before.id]
        scored = score_all(own.raws)
        changed |= _changed(own, scored)
        journey = replay(scored, promises[before.id], now)
        after = replace(
            before,
            stage=journey.stage,
            score=round(journey.score * POINTS),
            needs_attention=journey.needs_attention,
        )
        fresh = tuple(one for one in journey.scored if _is_fresh(one, own))
        found.append(Moved(before=before, after=after, journey=journey, fresh=fresh))
    await journeys.store_scores(tx, changed)
    await journeys.store(tx, [one.after for one in found if one.after != one.before], now)
    await record(tx, [event for one in found for event in _events(one, now)])
    return found


async def rescore_contacts(tx: AsyncConnection, contact_ids: Collection[UUID]) -> None:
    """The same for people without a company: they have scores, and no journey."""
    if not contact_ids:
        return
    changed: dict[UUID, int | None] = {}
    for own in (await journeys.past_of_contacts(tx, contact_ids)).values():
        changed |= _changed(own, score_all(own.raws))
    await journeys.store_scores(tx, changed)


async def order_briefs(tx: AsyncConnection, moved: Sequence[Moved], now: datetime) -> None:
    """Of companies whose stage is another one, or of which there is something important to tell."""
    stages = {one.after.id for one in moved if one.after.stage is not one.before.stage}
    told = {
        one.after.id for one in moved if any((fresh.score or 0) >= IMPORTANT for fresh in one.fresh)
    }
    await briefs.order(tx, told - stages, "touchpoint", now)
    await briefs.order(tx, stages, "stage", now)


def _is_fresh(one: Scored, own: Past) -> bool:
    return one.score is not None and own.scores[one.raw.id] is None


def _changed(own: Past, scored: Sequence[Scored]) -> dict[UUID, int | None]:
    return {one.raw.id: one.score for one in scored if own.scores[one.raw.id] != one.score}


def _events(moved: Moved, now: datetime) -> Sequence[Event]:
    before, after, change = moved.before, moved.after, moved.journey.last_change
    found: list[Event] = []
    if after.stage is not before.stage:
        why = {"because": "corrected", "touchpoint_id": None}
        # A correction may leave the company where an older change had brought it.
        if change is not None and change.after is after.stage:
            why = {"because": change.because, "touchpoint_id": _text(change.touchpoint_id)}
        data = {"was": before.stage, "stage": after.stage, "score": after.score, **why}
        found.append(Event(kind=Kind.COMPANY_STAGE, at=now, company_id=after.id, data=data))
    if after.needs_attention is not before.needs_attention:
        data = {"needs_attention": after.needs_attention, "score": after.score}
        found.append(Event(kind=Kind.COMPANY_ATTENTION, at=now, company_id=after.id, data=data))
    return found


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
