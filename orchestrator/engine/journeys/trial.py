"""What a trigger would do: asked of every company as if it had just come where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import score_all
from outreach.accounts.journey import replay
from outreach.accounts.journey_steps import Stage
from outreach.accounts.trigger import Cause, Turn, cause_of, choose
from outreach.accounts.trigger_document import Trigger
from storage import clock, journeys, triggers
from storage.journeys import Standing

AT_ONCE: Final = 200
MOST: Final = 200
"""Companies that a trial names."""
FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Would:
    company_id: UUID
    name: str
    stage: Stage
    cause: Cause
    people: tuple[UUID, ...]
    """The contacts whom it would try to bring in; law and consent are asked only then."""
    rests: bool
    """It went off for this company lately, or for this very cause: nothing would happen."""


async def trial(tx: AsyncConnection, trigger: Trigger) -> list[Would]:
    """Of the companies that have a journey, in the order of ids; writes nothing."""
    found: list[Would] = []
    now, after = await clock.now(tx), FIRST
    while len(found) < MOST:
        ids = await journeys.list_fading(tx, after, AT_ONCE)
        if not ids:
            break
        found += await _of(tx, trigger, ids, now)
        after = ids[-1]
    return found[:MOST]


async def _of(tx: AsyncConnection, trigger: Trigger, ids: list[UUID], now: datetime) -> list[Would]:
    past = await journeys.past_of(tx, ids)
    promises = await journeys.promises_of(tx, ids)
    found: list[Would] = []
    for standing in await journeys.look(tx, ids):
        own = standing.id
        journey = replay(score_all(past[own].raws), promises[own], now)
        turn = Turn(
            stage_before=Stage.TARGET,
            needed_attention=False,
            journey=journey,
            fresh=tuple(one for one in journey.scored if one.score is not None),
        )
        cause = cause_of(trigger, turn, now)
        if cause is not None:
            found.append(await _would(tx, trigger, standing, journey.stage, cause, now))
    return found


async def _would(
    tx: AsyncConnection,
    trigger: Trigger,
    standing: Standing,
    stage: Stage,
    cause: Cause,
    now: datetime,
) -> Would:
    people: list[UUID] = []
    if trigger.then.enrol is not None:
        enrol = trigger.then.enrol
        everybody = await triggers.candidates(tx, standing.id, enrol.campaign)
        people = choose(everybody, enrol.titles, enrol.at_most)
    return Would(
        company_id=standing.id,
        name=standing.name,
        stage=stage,
        cause=cause,
        people=tuple(people),
        rests=await triggers.rests(
            tx, trigger.name, standing.id, cause, cooldown=trigger.cooldown, now=now
        ),
    )
