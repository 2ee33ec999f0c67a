"""What a company's move sets off: written down with the move, worked on soon after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.add_lead import add_lead
from orchestrator.engine.actions.person_row import Person
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.journeys.recompute import Moved
from outreach.accounts.trigger import Cause, Turn, cause_of, choose
from outreach.accounts.trigger_document import Enrol, Trigger
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, documents, leads, triggers
from storage.database import transaction
from storage.documents import Named, Version
from storage.events import Event, record
from storage.tasks import Task, open_task
from storage.triggers import Firing

log = structlog.get_logger(__name__)

FIRST: Final = UUID(int=0)
AT_ONCE: Final = 100
TRIES: Final = 5


async def newest_triggers(ctx: Context, tx: AsyncConnection) -> list[tuple[int, Trigger]]:
    """All triggers in their newest versions, by name."""
    names = [Named("trigger", name) for name in await documents.list_names(tx, "trigger")]
    found = await ctx.library.newest(tx, names)
    return [
        (version, document)
        for version, document in (found[name] for name in names)
        if isinstance(document, Trigger)
    ]


def turn_of(moved: Moved) -> Turn:
    return Turn(
        stage_before=moved.before.stage,
        needed_attention=moved.before.needs_attention,
        journey=moved.journey,
        fresh=moved.fresh,
    )


async def set_off(ctx: Context, tx: AsyncConnection, moved: Sequence[Moved], now: datetime) -> None:
    """Write down which triggers these moves set off, in the transaction of the moves."""
    if not moved:
        return
    known = await newest_triggers(ctx, tx)
    for one in moved:
        for version, trigger in known:
            cause = cause_of(trigger, turn_of(one), now)
            if cause is not None:
                await _fire(ctx, tx, one, (version, trigger), cause, now)


async def _fire(
    ctx: Context,
    tx: AsyncConnection,
    moved: Moved,
    document: tuple[int, Trigger],
    cause: Cause,
    now: datetime,
) -> None:
    version, trigger = document
    firing = Firing(
        id=ctx.new_id(now),
        trigger=trigger.name,
        version=version,
        company_id=moved.after.id,
        company=moved.after.name,
        cause=cause.code,
        touchpoint_id=cause.touchpoint_id,
        tries=0,
    )
    await triggers.fire(tx, firing, cause, cooldown=trigger.cooldown, now=now)


async def work_off(ctx: Context) -> int:
    """Do what has been set off; returns how many were looked at. A duty, one process at a time.

    Bringing somebody in is a transaction of its own, and who is in already is left: dying on the
    way repeats nothing.
    """
    total, after = 0, FIRST
    while True:
        async with transaction(ctx.database) as tx:
            due = await triggers.list_due(tx, after, AT_ONCE)
        if not due:
            return total
        for firing in due:
            await _work(ctx, firing)
        total, after = total + len(due), due[-1].id


async def _work(ctx: Context, firing: Firing) -> None:
    try:
        await _do(ctx, firing)
    # One that cannot be done must not stop the others; it is tried again, and then shown.
    except Exception:
        log.exception("A trigger could not be worked on", firing_id=str(firing.id))
        async with transaction(ctx.database) as tx:
            if firing.tries + 1 >= TRIES:
                result = {"problem": "failed"}
                now = await clock.now(tx)
                await triggers.end(tx, firing.id, state="failed", result=result, now=now)
            else:
                await triggers.again(tx, firing.id)


async def _do(ctx: Context, firing: Firing) -> None:
    version = Version("trigger", firing.trigger, firing.version)
    async with transaction(ctx.database) as tx:
        trigger = (await ctx.library.fetch(tx, [version]))[version]
    assert isinstance(trigger, Trigger), "a firing names a trigger's document"
    by = Actor(name=f"trigger:{trigger.name}", role=Role.OPERATOR)
    enrolled = Enrolled()
    if trigger.then.enrol is not None:
        enrolled = await enrol(ctx, firing.company_id, trigger.then.enrol, by)
    ctx.seam("trigger enrolled")
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        result = {"leads": [str(one) for one in enrolled.leads], "refused": list(enrolled.refused)}
        if not await triggers.end(tx, firing.id, state="done", result=result, now=now):
            return
        if trigger.then.status is not None:
            own = await triggers.open_leads(tx, firing.company_id)
            await leads.lock(tx, own)
            await leads.set_status(tx, own, trigger.then.status, actor=by.name, now=now)
        if trigger.then.task is not None:
            await open_task(tx, _task(ctx, firing, trigger.then.task, by, now))
        data = {
            "trigger": trigger.name,
            "version": firing.version,
            "cause": firing.cause,
            "touchpoint_id": str(firing.touchpoint_id) if firing.touchpoint_id else None,
            **result,
        }
        event = Event(
            kind=Kind.TRIGGER_FIRED,
            at=now,
            actor=by.name,
            company_id=firing.company_id,
            data=data,
        )
        await record(tx, [event])


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    leads: tuple[UUID, ...] = ()
    refused: tuple[str, ...] = ()
    """The code of why, for each who was not taken in."""


async def enrol(ctx: Context, company_id: UUID, wanted: Enrol, by: Actor) -> Enrolled:
    """Bring the company's people into the campaign: each by the deed that adds a lead.

    Law, consent and suppression are asked by that deed; who may not be contacted is refused or
    blocked there, with the reason.
    """
    async with transaction(ctx.database) as tx:
        everybody = await triggers.candidates(tx, company_id, wanted.campaign)
    found: list[UUID] = []
    refused: list[str] = []
    for contact_id in choose(everybody, wanted.titles, wanted.at_most):
        async with transaction(ctx.database) as tx:
            person = Person(values=await triggers.person(tx, contact_id))
            try:
                found.append(await add_lead(ctx, tx, wanted.campaign, person, by))
            except Rejected as rejected:
                refused.append(rejected.code)
    return Enrolled(leads=tuple(found), refused=tuple(refused))


def _task(ctx: Context, firing: Firing, words: str, by: Actor, now: datetime) -> Task:
    return Task(
        id=ctx.new_id(now),
        kind="look_at_company",
        body=f"{firing.company}: {words}",
        created_by=by.name,
        created_at=now,
        due_at=now,
    )
