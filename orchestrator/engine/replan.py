"""Plans leads anew: when a block is lifted, and wherever a lead has nothing planned."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.calendar import reopen as reopen_completed
from orchestrator.engine.context import Context
from orchestrator.engine.persons import read_persons, rules_of
from orchestrator.engine.plans import Next, Plans, write
from outreach.hours import WindowsMemo
from outreach.lead import Work
from outreach.next_attempt import Asked, Nowhere, Placed, place
from outreach.reason import Reason
from outreach.replanning import FIRST_STEP
from storage import clock, leads, replanning
from storage.attempts import Priority
from storage.database import transaction
from storage.lead_facts import LeadFacts
from storage.leads import WorkChange

PRIORITIES: Final = frozenset(Priority)
OVER: Final = frozenset({"cancelled", "archived"})


async def unblock(ctx: Context) -> int:
    """Look again at the blocked leads whose time has come; returns how many."""
    await reopen_completed(ctx)
    async with transaction(ctx.database) as tx:
        due = await replanning.lock_due(tx, await clock.now(tx), ctx.limits.unblock_batch)
        if due:
            await replan_leads(ctx, tx, due)
    ctx.seam("unblocked")
    return len(due)


async def replan_leads(ctx: Context, tx: AsyncConnection, lead_ids: Collection[UUID]) -> int:
    """Give each of these leads its next attempt, or the reason why there is none.

    A lead whose last attempt was taken back gets the same again, another one the first step that
    it can be reached by. What is planned or under way stays. Returns how many were planned.
    """
    await leads.lock(tx, lead_ids)
    plans = Plans(now=await clock.now(tx))
    memo: WindowsMemo = {}
    for campaign_id, ids in (await replanning.campaigns_of(tx, lead_ids)).items():
        rules = await rules_of(ctx, tx, campaign_id)
        if rules is None or rules.row.status in OVER:
            plans.work += [
                WorkChange(lead_id=id, work=Work.ENDED, reason=Reason.CAMPAIGN_ENDED) for id in ids
            ]
            continue
        terms = rules.terms(plans.now)
        for lead, person in await read_persons(tx, ids, rules, plans.now):
            if lead.planned is not None or lead.in_flight or lead.is_closed:
                continue
            taken = lead.taken_back
            asked = Asked(
                wanted_at=plans.now,
                channel=taken.channel if taken else None,
                exempt_from_caps=taken.exempt_from_caps if taken else False,
            )
            found = place(person, terms, asked, memo)
            if isinstance(found, Nowhere):
                plans.skip(lead, found.skipped)
                plans.hold(lead, found.blocked)
            else:
                plans.plan(ctx, lead, found, again(lead, found, asked.wanted_at))
    return len(await write(tx, plans))


def again(lead: LeadFacts, placed: Placed, wanted_at: datetime) -> Next:
    """What a lead with nothing planned gets: what was taken back, else its first step."""
    taken = lead.taken_back
    priority = taken.priority if taken else lead.priority
    return Next(
        channel=placed.step.channel,
        wanted_at=wanted_at,
        reason=taken.reason if taken else FIRST_STEP,
        rule_id=taken.rule_id if taken else None,
        priority=Priority(priority) if priority in PRIORITIES else Priority.NORMAL,
        exempt_from_caps=taken.exempt_from_caps if taken else False,
    )
