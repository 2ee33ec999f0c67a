"""Shows what documents would do before they are published; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.apply import Applied, apply
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.context import Context
from orchestrator.engine.edits import Foresight, edit_from, foresee
from orchestrator.engine.library import Library
from orchestrator.engine.persons import Rules, rules_of
from outreach.documents import Edition
from storage import campaigns, clock, replanning_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    applied: tuple[Applied, ...]
    """What would be published, in the given order."""
    foresights: tuple[Foresight, ...]
    """For each campaign whose planned attempts would be looked at anew."""


async def preview(
    ctx: Context, tx: AsyncConnection, editions: Sequence[Edition], actor: Actor
) -> Preview:
    """Publish on trial, take that back, and decide for every open lead.

    Raises Rejected for whatever `apply` would refuse.
    """
    as_of = await clock.now(tx)
    applied, after = await _on_trial(ctx, tx, editions, actor)
    foresights = []
    for campaign_id, rules in after.items():
        before = await campaigns.get(tx, campaign_id)
        assert before is not None, "only what is there can be planned anew"
        # An edit that is not worked off yet is worked off together with this one.
        job = await replanning_jobs.find(tx, campaign_id)
        waits = job is not None and job.done_at is None
        version = job.from_version if job is not None and waits else before.version
        edit = await edit_from(ctx, tx, version, rules)
        foresights.append(await foresee(ctx, tx, edit, as_of))
    return Preview(applied=applied, foresights=tuple(foresights))


async def _on_trial(
    ctx: Context, tx: AsyncConnection, editions: Sequence[Edition], actor: Actor
) -> tuple[tuple[Applied, ...], dict[UUID, Rules]]:
    """The documents as they would be. What is rolled back holds no lock, so claims go on."""
    # Versions that never come to be must not stand on a shelf that others read from.
    trial = replace(ctx, library=Library())
    async with tx.begin_nested() as savepoint:
        applied = tuple(
            [await apply(trial, tx, one.document, actor, based_on=one.based_on) for one in editions]
        )
        after: dict[UUID, Rules] = {}
        for campaign_id in sorted({id for one in applied for id in one.replans}):
            rules = await rules_of(trial, tx, campaign_id)
            assert rules is not None
            after[campaign_id] = rules
        await savepoint.rollback()
    return applied, after
