"""Does to the open leads of an edited campaign what was foreseen, batch by batch.

Nobody waits for it: claims go on, each batch is a transaction of its own, and a process that dies
leaves the rest to the next run of the duty.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from orchestrator.engine.context import Context
from orchestrator.engine.edits import NOBODY, decide, edit_from, page_of, word
from orchestrator.engine.persons import rules_of
from orchestrator.engine.plans import Plans, write
from orchestrator.engine.replan import again
from outreach.events import Kind
from outreach.lead import Work
from outreach.replanning import Change, Freed, Kept, Moved, StillHeld, Stopped
from storage import clock, replanning, replanning_jobs
from storage.database import transaction
from storage.events import Event, record
from storage.lead_facts import LeadFacts, PlannedRow
from storage.replanning import Move
from storage.replanning_jobs import Job

FRESH: Final = timedelta(hours=1)
"""Business time for which an edit is decided as it was shown; later, as of now."""


async def work_off_edits(ctx: Context) -> int:
    """Do what was foreseen, campaign by campaign; returns how many leads it looked at. A duty."""
    async with transaction(ctx.database) as tx:
        waiting = await replanning_jobs.list_open(tx)
    looked_at = 0
    for campaign_id in waiting:
        while (done := await _batch(ctx, campaign_id)) is not None:
            looked_at += done
            ctx.seam("replanned")
    return looked_at


async def _batch(ctx: Context, campaign_id: UUID) -> int | None:
    """One page of leads in one transaction; None when there is nothing left to do for now."""
    async with transaction(ctx.database) as tx:
        job = await replanning_jobs.lock(tx, campaign_id)
        if job is None or await replanning_jobs.must_wait(tx, job):
            return None
        after = await rules_of(ctx, tx, campaign_id)
        assert after is not None, "a job has the key of its campaign"
        edit = await edit_from(ctx, tx, job.from_version, after)
        asked = page_of(ctx, edit, job.position or NOBODY)
        ids = await replanning.page(tx, asked, lock=True)
        now = await clock.now(tx)
        as_of = job.as_of if now - job.as_of <= FRESH else now
        decided = await decide(ctx, tx, edit, ids, as_of, {})
        plans = Plans(now=now, actor=job.asked_by, reason=job.reason)
        for lead, change in decided:
            _add(ctx, plans, lead, change)
        await write(tx, plans)
        counts = Counter(job.counts) + Counter(word(change) for _, change in decided)
        # A page may be short before the end: who was claimed while it was locked falls out of it.
        is_last = not ids
        done = replace(
            job,
            position=ids[-1] if ids else job.position,
            counts=counts,
            done_at=now if is_last else None,
        )
        await replanning_jobs.advance(tx, done)
        if is_last:
            await record(tx, [_done(done, now)])
        return len(ids)


def _add(ctx: Context, plans: Plans, lead: LeadFacts, change: Change) -> None:
    match change:
        case Kept() | Moved() | Stopped():
            assert lead.planned is not None, "only a planned attempt is kept, moved or taken back"
            _add_planned(plans, lead, lead.planned, change)
        case Freed():
            wanted = again(lead, change.placed, change.wanted_at)
            plans.plan(ctx, lead, change.placed, wanted)
        case StillHeld(nowhere=nowhere):
            if nowhere is not None and lead.work == Work.BLOCKED:
                plans.hold(lead, nowhere.blocked)
        case _:
            assert_never(change)


def _add_planned(
    plans: Plans, lead: LeadFacts, planned: PlannedRow, change: Kept | Moved | Stopped
) -> None:
    match change:
        case Kept(window_end_at=end_at):
            if planned.window_end_at != end_at:
                plans.ends[planned.id] = end_at
        case Moved():
            plans.skip(lead, change.placed.skipped)
            plans.moves.append(_move(planned, change))
        case Stopped(nowhere=nowhere):
            plans.cancels[nowhere.blocked.reason.value].append(planned.id)
            if not lead.in_flight:
                plans.hold(lead, nowhere.blocked)
        case _:
            assert_never(change)


def _move(planned: PlannedRow, change: Moved) -> Move:
    found = change.placed
    return Move(
        id=planned.id,
        channel=found.step.channel,
        phone=found.step.point.address,
        due_at=found.planned.due_at,
        window_end_at=found.planned.window_end_at,
        wanted_at=change.wanted_at,
        moved_by=found.planned.moved_by,
    )


def _done(job: Job, now: datetime) -> Event:
    return Event(
        kind=Kind.CAMPAIGN_REPLANNED,
        at=now,
        actor=job.asked_by,
        campaign_id=job.campaign_id,
        data={"reason": job.reason, "version": job.to_version, "counts": dict(job.counts)},
    )
